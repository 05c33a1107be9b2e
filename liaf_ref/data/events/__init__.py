"""Event cameras: files of events, frames of them, and the data sets of Section VI-B and VI-C."""

from liaf_ref.data.events.array import EVENT, between, check_events, crop, make_events
from liaf_ref.data.events.cache import cached_frames
from liaf_ref.data.events.frames import BRIGHTER, DARKER, crop_at_median, make_frames, shrink
from liaf_ref.data.events.preparation import CIFAR10_DVS, GESTURE, MNIST_DVS, Preparation
from liaf_ref.data.events.read import FORMATS, read_events, stream_events

__all__ = [
    "BRIGHTER",
    "CIFAR10_DVS",
    "DARKER",
    "EVENT",
    "FORMATS",
    "GESTURE",
    "MNIST_DVS",
    "Preparation",
    "between",
    "cached_frames",
    "check_events",
    "crop",
    "crop_at_median",
    "make_events",
    "make_frames",
    "read_events",
    "shrink",
    "stream_events",
]
