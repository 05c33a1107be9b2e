"""Event cameras: event files, frames, and the data sets of Sections VI-B and VI-C."""

from liaf_ref.data.events.array import EVENT, check_events, crop, make_events, slice_by_time
from liaf_ref.data.events.frames import (
    OFF_CHANNEL,
    ON_CHANNEL,
    crop_at_median,
    downsample,
    events_to_frames,
)
from liaf_ref.data.events.preprocessing import (
    CIFAR10_DVS,
    GESTURE,
    MNIST_DVS,
    Preprocessing,
    cached_frames,
)
from liaf_ref.data.events.readers import FORMATS, read_events, stream_events

__all__ = [
    "CIFAR10_DVS",
    "EVENT",
    "FORMATS",
    "GESTURE",
    "MNIST_DVS",
    "OFF_CHANNEL",
    "ON_CHANNEL",
    "Preprocessing",
    "cached_frames",
    "check_events",
    "crop",
    "crop_at_median",
    "downsample",
    "events_to_frames",
    "make_events",
    "read_events",
    "slice_by_time",
    "stream_events",
]
