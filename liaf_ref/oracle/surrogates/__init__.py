"""Conformance of surrogate slopes: a table of shapes, and checks against it."""
