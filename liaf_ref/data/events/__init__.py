"""Event cameras: files of events, frames of them, and the data sets of Section VI-B and VI-C."""

from liaf_ref.data.events.array import EVENT, between, check_events, crop, make_events
from liaf_ref.data.events.read import FORMATS, read_events, stream_events

__all__ = [
    "EVENT",
    "FORMATS",
    "between",
    "check_events",
    "crop",
    "make_events",
    "read_events",
    "stream_events",
]
