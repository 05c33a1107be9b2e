"""What events look like, in a few numbers that a recording and a simulation can share."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_positive_int
from liaf_ref.data.events.array import Events, check_events

NEIGHBOR_INTERVAL = 5000  # μs
WHERE = "measure_events"


class EventStatistics(NamedTuple):
    """Statistics of one recording."""

    event_count: int
    seconds: float  # from the first event to the last
    event_rate: float  # per second
    on_fraction: float  # events of positive polarity
    isolated_fraction: float  # see :func:`isolated_events`
    events_per_frame: float  # mean over the windows of time
    max_per_pixel: int  # most events of a pixel, of either polarity, in one window


def isolated_events(events: Events, max_interval: int = NEIGHBOR_INTERVAL) -> NDArray[np.bool_]:
    """Which events have no other within ``max_interval`` μs at their pixel or its neighbors."""
    events, max_interval = (
        check_events("events", events, WHERE),
        check_positive_int("max_interval", max_interval, WHERE),
    )
    if not len(events):
        return np.zeros(0, bool)
    H, W, span = int(events["y"].max()) + 1, int(events["x"].max()) + 1, _duration(events)
    width, max_interval = W + 2, min(max_interval, span)  # no two events are further apart
    line = span + 2 * max_interval + 2  # times of a pixel, with a gap to those of the next
    if (H + 2) * width * line >= 2**63:
        reason = f"expected fewer pixels or less time, got {H} x {W} and {span} μs"
        raise InputError.for_argument("events", WHERE, reason)
    t = events["t"] - events["t"][0]
    pixel = (events["y"].astype(np.int64) + 1) * width + events["x"] + 1
    order = np.argsort(pixel * line + t)
    keys = (pixel * line + t)[order]
    neighbours = np.zeros(len(events), np.int64)
    for offset in (dy * width + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
        at = keys + offset * line
        neighbours += np.searchsorted(keys, at + max_interval, "right")
        neighbours -= np.searchsorted(keys, at - max_interval, "left")
    alone = np.empty(len(events), bool)
    alone[order] = neighbours == 1  # itself
    return alone


def measure_events(events: Events, time_window: int) -> EventStatistics:
    """Statistics of a recording in frames of ``time_window`` μs, of which only whole ones count."""
    events = check_events("events", events, WHERE)
    time_window = check_positive_int("time_window", time_window, WHERE)
    span = _duration(events) if len(events) else 0
    frames = span // time_window
    if not frames:
        reason = f"expected at least a frame of {time_window} μs, got {len(events)} in {span} μs"
        raise InputError.for_argument("events", WHERE, reason)
    alone = isolated_events(events)  # what it takes can be numbered by frame and pixel, too
    frame = (events["t"] - events["t"][0]) // time_window
    whole = frame < frames
    pixel = events["y"].astype(np.int64) * (int(events["x"].max()) + 1) + events["x"]
    place = frame * (int(pixel.max()) + 1) + pixel
    _, counts = np.unique(place[whole], return_counts=True)
    return EventStatistics(
        len(events),
        span * 1e-6,
        len(events) / span * 1e6,
        float(events["p"].mean()),
        float(alone.mean()),
        int(whole.sum()) / frames,
        int(counts.max()),
    )


def _duration(events: Events) -> int:
    """From the first to the last, however far apart."""
    return int(events["t"][-1]) - int(events["t"][0])
