"""Reduce a failing case to the smallest one that fails the same way."""

from liaf_ref.oracle.shrinking.shrunk_failure import ShrunkFailure, shrink, shrink_failures

__all__ = ["ShrunkFailure", "shrink", "shrink_failures"]
