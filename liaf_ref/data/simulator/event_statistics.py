"""Statistics of events, to compare recordings with simulations."""

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
    """Mask of events without another within ``max_interval`` μs at the pixel or a neighbor."""
    events, max_interval = (
        check_events("events", events, WHERE),
        check_positive_int("max_interval", max_interval, WHERE),
    )
    if not len(events):
        return np.zeros(0, bool)
    H, W, span = int(events["y"].max()) + 1, int(events["x"].max()) + 1, _duration(events)
    width, max_interval = W + 2, min(max_interval, span)  # no two events are farther apart
    line = span + 2 * max_interval + 2  # times of a pixel, with a gap to those of the next
    if (H + 2) * width * line >= 2**63:
        reason = f"expected fewer pixels or a shorter recording, got {H} x {W} and {span} μs"
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
    """Statistics of a recording, in complete frames of ``time_window`` μs."""
    events = check_events("events", events, WHERE)
    time_window = check_positive_int("time_window", time_window, WHERE)
    span = _duration(events) if len(events) else 0
    frames = span // time_window
    if not frames:
        reason = (
            f"expected at least {time_window} μs, one frame, got {len(events)} events in {span} μs"
        )
        raise InputError.for_argument("events", WHERE, reason)
    alone = isolated_events(events)  # raises if pixel and time do not fit into 64 bits
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
    """Time from the first to the last event, as a Python int."""
    return int(events["t"][-1]) - int(events["t"][0])
