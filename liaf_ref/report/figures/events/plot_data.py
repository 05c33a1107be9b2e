"""What the pictures need of a file, in memory that does not grow with it."""

import math
import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import FileWarning, InputError
from liaf_ref._core.validation import check_instance
from liaf_ref.data.events import downsample, events_to_frames, slice_by_time, stream_events
from liaf_ref.data.events.array import EVENT, Events
from liaf_ref.data.events.frames import Frames
from liaf_ref.data.events.summary import EventFileSummary

MAX_SIDE = 384  # most pixels of a frame along a side; squares of pixels are joined beyond
MAX_FRAMES = 300
MAX_POINTS = 20_000  # events of a cloud
RATE_BINS = 400  # of the rate


class TimeSpan(NamedTuple):
    """What is drawn.

    Attributes
    ----------
    start, stop : int
        The half-open span, in μs of the file's clock.
    window : int
        Length of a frame in μs.
    title : str
        What it shows.
    """

    start: int
    stop: int
    window: int
    title: str

    @property
    def frames(self) -> int:
        """Windows that begin in the span."""
        return -(-(self.stop - self.start) // self.window)


class PlotData(NamedTuple):
    """What the pictures show.

    Attributes
    ----------
    survey : Survey
        The file.
    span : Span
        The part of it.
    frames : ndarray of uint16, shape (T, H, W, 2)
        Counts of the span, darker and brighter, of joined pixels if ``factor`` is not 1.
    factor : int
        Pixels along the side of a square that are joined.
    points : ndarray of EVENT, shape (N,)
        Some of the span's events, evenly chosen.
    events : int
        How many the span has.
    rate : ndarray of int64, shape (2, K)
        Events of the whole file, darker and brighter, in K windows of equal length.
    """

    survey: EventFileSummary
    span: TimeSpan
    frames: Frames
    factor: int
    points: Events
    events: int
    rate: NDArray[np.int64]


def load_plot_data(survey: EventFileSummary, span: TimeSpan) -> PlotData:
    """Read a file once more, for the pictures of one span."""
    check_instance("survey", survey, EventFileSummary, "pictures", "a Survey")
    check_instance("span", span, TimeSpan, "pictures", "a Span")
    if span.frames > MAX_FRAMES:
        reason = f"expected at most {MAX_FRAMES} frames, got {span.frames}; take a longer window"
        raise InputError.for_argument("window", "pictures", reason)
    factor = -(-max(survey.sensor_size) // MAX_SIDE)
    H, W = (-(-side // factor) for side in survey.sensor_size)
    frames = np.zeros((span.frames, H, W, 2), np.uint16)
    counts = np.zeros((2, RATE_BINS), np.int64)
    points, step, count = np.empty(0, EVENT), 1, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FileWarning)  # the survey has said it
        for events in stream_events(survey.path, survey.format):
            counts += _count_bins(events, survey)
            part = slice_by_time(events, span.start, span.stop)
            _add_events(frames, downsample(part, factor), span)
            points = np.concatenate([points, part[-count % step :: step]])
            count += len(part)
            while len(points) > 2 * MAX_POINTS:
                points, step = points[::2], 2 * step
    if not count:
        reason = f"expected events from {span.start} to {span.stop} μs, got none"
        raise InputError.for_argument("start", "pictures", reason)
    points = points[:: math.ceil(len(points) / MAX_POINTS)]
    return PlotData(survey, span, frames, factor, points, count, counts)


def _add_events(frames: Frames, events: Events, span: TimeSpan) -> None:
    """Count events in the windows that they are in, up to what the type holds."""
    size = frames.shape[1:3]
    for place in np.unique((events["t"] - span.start) // span.window):
        start = span.start + int(place) * span.window
        new = events_to_frames(events, size, span.window, 1, start, dtype=np.int64)[0]
        frames[place] = np.minimum(new + frames[place], 2**16 - 1)


def _count_bins(events: Events, survey: EventFileSummary) -> NDArray[np.int64]:
    place = (events["t"].astype(float) - survey.t_first) * RATE_BINS / max(survey.duration, 1)
    place = np.minimum(place.astype(np.int64), RATE_BINS - 1)
    both = np.bincount(place + RATE_BINS * events["p"], minlength=2 * RATE_BINS)
    return both.reshape(2, RATE_BINS)
