"""Damaged files of every format, and what a reader may do with them."""
