"""Event cameras: files of events, frames of them, and the data sets of Section VI-B and VI-C."""

from liaf_ref.data.events.array import EVENT, slice_by_time, check_events, crop, make_events
from liaf_ref.data.events.cache import cached_frames
from liaf_ref.data.events.frames import ON_CHANNEL, OFF_CHANNEL, crop_at_median, events_to_frames, downsample
from liaf_ref.data.events.preparation import CIFAR10_DVS, GESTURE, MNIST_DVS, Preprocessing
from liaf_ref.data.events.read import FORMATS, read_events, stream_events

__all__ = [
    "ON_CHANNEL",
    "CIFAR10_DVS",
    "OFF_CHANNEL",
    "EVENT",
    "FORMATS",
    "GESTURE",
    "MNIST_DVS",
    "Preprocessing",
    "slice_by_time",
    "cached_frames",
    "check_events",
    "crop",
    "crop_at_median",
    "make_events",
    "events_to_frames",
    "read_events",
    "downsample",
    "stream_events",
]
