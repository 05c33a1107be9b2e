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
    """Numbers of one recording.

    Attributes
    ----------
    event_count : int
        How many there are.
    seconds : float
        From the first to the last.
    event_rate : float
        Events in a second.
    on_fraction : float
        Share of those for brighter.
    isolated_fraction : float
        Share of those that are alone; see :func:`isolated_events`.
    events_per_frame : float
        Events in a window of time, on average.
    max_per_pixel : int
        Most events of one pixel, of either polarity, in one window of time.
    """

    event_count: int
    seconds: float
    event_rate: float
    on_fraction: float
    isolated_fraction: float
    events_per_frame: float
    max_per_pixel: int


def isolated_events(events: Events, max_interval: int = NEIGHBOR_INTERVAL) -> NDArray[np.bool_]:
    """Tell which events are alone, as noise is.

    An event is alone if there is no other at its pixel or one of the eight around it within
    ``max_interval`` before or after.

    Parameters
    ----------
    events : ndarray of EVENT, shape (N,)
        In the order of time.
    max_interval : int
        In μs.

    Returns
    -------
    ndarray of bool, shape (N,)
        Whether it is alone.

    Raises
    ------
    InputError
        If an argument is not so, or the recording too long for so many pixels.
    """
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
    """Measure one recording.

    Parameters
    ----------
    events : ndarray of EVENT, shape (N,)
        In the order of time, N >= 2, not all at one time.
    time_window : int
        Length of a frame, in μs.

    Returns
    -------
    EventStatistics
        Its numbers; frames begin at the first event, and the last counts if it is whole.

    Raises
    ------
    InputError
        If an argument is not so, or the recording is shorter than a frame or too long for so
        many pixels.
    """
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
