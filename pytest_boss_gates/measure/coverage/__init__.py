"""The coverage gate: how it is measured, read and turned into measurements."""
