"""Data sets: readers, generators, validation splits and batches.

Importing it loads NumPy and the standard library only.
"""

from liaf_ref.data.batches import batches, split_validation
from liaf_ref.data.events.readers import read_events, stream_events

__all__ = ["batches", "read_events", "split_validation", "stream_events"]
