"""Data sets: readers, generators, validation splits and batches.

Importing it loads NumPy and the standard library only.
"""

from liaf_ref.data.babi import load_babi
from liaf_ref.data.batches import batches, split_validation
from liaf_ref.data.events import events_to_frames, make_events
from liaf_ref.data.events.readers import read_events, stream_events

__all__ = [
    "batches",
    "events_to_frames",
    "load_babi",
    "make_events",
    "read_events",
    "split_validation",
    "stream_events",
]


def __dir__() -> list[str]:
    return __all__.copy()
