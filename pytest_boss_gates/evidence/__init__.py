"""The repository's files as facts with proofs; nothing is executed to find them."""
