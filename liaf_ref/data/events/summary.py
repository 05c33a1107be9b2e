"""Summarize an event file without loading it into memory as a whole."""

import warnings
from pathlib import Path
from typing import NamedTuple

from liaf_ref._core.errors import FileWarning
from liaf_ref._core.validation import check_choice, check_path
from liaf_ref.data.events.readers import FORMATS, detect_format, stream_events


class EventFileSummary(NamedTuple):
    """Summary of an event file."""

    path: Path
    format: str
    event_count: int
    on_count: int  # events with p = 1
    t_first: int  # times of the first and last event in μs, as in the file
    t_last: int
    # (H, W) of the camera; if the format has no fixed camera, the smallest that contains all events
    sensor_size: tuple[int, int]
    warnings: tuple[str, ...]  # faults of the file that do not prevent reading

    @property
    def duration(self) -> int:
        """Time between the first and the last event, in μs."""
        return self.t_last - self.t_first

    @property
    def rate(self) -> float | None:
        """Events per second; None if all have the same time."""
        return 1e6 * self.event_count / self.duration if self.duration else None


def summarize_event_file(path: Path | str, format: str = "auto") -> EventFileSummary:
    """Read a file once, in chunks, and summarize it."""
    path = check_path("path", path, "events")
    name = check_choice("format", format, ("auto", *FORMATS), "events")
    name = detect_format(path) if name == "auto" else name
    count = brighter = t_first = t_last = height = width = 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FileWarning)
        for events in stream_events(path, name):
            t_first = t_first if count else int(events["t"][0])
            t_last = int(events["t"][-1])
            count += len(events)
            brighter += int(events["p"].sum())
            height = max(height, int(events["y"].max()) + 1)
            width = max(width, int(events["x"].max()) + 1)
    text = tuple(str(each.message) for each in caught)
    size = FORMATS[name].sensor_size or (height, width)
    return EventFileSummary(path, name, count, brighter, t_first, t_last, size, text)
