"""Data for the plots of an event file, in memory independent of its size."""

import math
import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import FileWarning, InputError
from liaf_ref.data.events import downsample, events_to_frames, slice_by_time, stream_events
from liaf_ref.data.events.array import EVENT, Events
from liaf_ref.data.events.frames import Frames
from liaf_ref.data.events.summary import EventFileSummary

MAX_SIDE = 384  # longest side of a frame in pixels; larger frames are down-sampled
MAX_FRAMES = 300
MAX_POINTS = 20_000  # events of a cloud
RATE_BINS = 400  # bins of the event rate


class TimeSpan(NamedTuple):
    """A half-open span in μs of the file's clock, in frames of ``window`` μs."""

    start: int
    stop: int
    window: int
    title: str

    @property
    def frames(self) -> int:
        """Number of windows that begin in the span."""
        return -(-(self.stop - self.start) // self.window)


class PlotData(NamedTuple):
    """Data to plot for a span of a file."""

    survey: EventFileSummary
    span: TimeSpan
    frames: Frames  # of the span, shape (T, H, W, 2): counts, darker and brighter
    factor: int  # down-sampling factor of the frames
    points: Events  # an evenly spaced selection of the events in the span
    events: int  # number of events in the span
    rate: NDArray[np.int64]  # of the whole file, shape (2, K): darker and brighter


def load_plot_data(survey: EventFileSummary, span: TimeSpan) -> PlotData:
    """Read a file again, for the plots of one span."""
    if span.frames > MAX_FRAMES:
        reason = f"expected at most {MAX_FRAMES} frames, got {span.frames}; choose a longer window"
        raise InputError.for_argument("window", "pictures", reason)
    factor = -(-max(survey.sensor_size) // MAX_SIDE)
    H, W = (-(-side // factor) for side in survey.sensor_size)
    frames = np.zeros((span.frames, H, W, 2), np.uint16)
    counts = np.zeros((2, RATE_BINS), np.int64)
    points, step, count = np.empty(0, EVENT), 1, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FileWarning)  # the summary has reported it already
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
    """Add events to the frames of their windows; counts saturate at the maximum of uint16."""
    size = frames.shape[1:3]
    for place in np.unique((events["t"] - span.start) // span.window):
        start = span.start + int(place) * span.window
        new = events_to_frames(events, size, span.window, 1, start, dtype=np.int64)[0]
        frames[place] = np.minimum(new + frames[place], 2**16 - 1)


def _count_bins(events: Events, survey: EventFileSummary) -> NDArray[np.int64]:
    place = (events["t"].astype(float) - survey.t_first) * RATE_BINS / max(survey.duration, 1)
    place = np.minimum(place.astype(np.intp), RATE_BINS - 1)
    both = np.bincount(place + RATE_BINS * events["p"], minlength=2 * RATE_BINS)
    return both.reshape(2, RATE_BINS)
