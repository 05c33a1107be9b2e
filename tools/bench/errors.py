"""Errors of the benchmark."""

from liaf_ref._core.errors import LiafError


class BenchError(LiafError):
    """A measurement failed."""
