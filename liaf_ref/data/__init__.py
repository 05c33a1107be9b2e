"""Data sets: readers, generators, validation splits and batches.

Importing it loads NumPy and the standard library only.
"""

from typing import TYPE_CHECKING

import lazy_loader

from liaf_ref.data import babi, events
from liaf_ref.data.babi import load_babi
from liaf_ref.data.batches import batches, split_validation
from liaf_ref.data.events import events_to_frames, make_events
from liaf_ref.data.events.readers import read_events, stream_events

if TYPE_CHECKING:
    from liaf_ref.data import simulator

__all__ = [
    "babi",
    "batches",
    "events",
    "events_to_frames",
    "load_babi",
    "make_events",
    "read_events",
    "simulator",
    "split_validation",
    "stream_events",
]

__getattr__, _, _ = lazy_loader.attach(__name__, ["simulator"])  # loads when it is first used


def __dir__() -> list[str]:
    return __all__.copy()
