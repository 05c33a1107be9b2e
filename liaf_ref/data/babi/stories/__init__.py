"""Generators of stories, one for each bAbI task; each fills an empty story."""
