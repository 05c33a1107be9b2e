"""What `make docs` and `make docs-check` are made of."""
