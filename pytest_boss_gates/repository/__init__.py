"""The working tree and git: the only files that walk the one or run the other."""
