"""Malicious files, and how they are rejected."""
