"""Data sets: readers, generators, validation splits and batches.

NumPy and the standard library only.
"""

from liaf_ref.data.batches import batches, split_validation

__all__ = ["batches", "split_validation"]
