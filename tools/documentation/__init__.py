"""What `make docs` is made of; the command is tools/docs.py."""
