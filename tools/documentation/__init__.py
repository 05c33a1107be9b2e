"""What `make docs` is made of; the command is tools/build_docs.py."""
