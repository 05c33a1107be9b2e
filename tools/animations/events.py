"""The stream of an event camera becomes frames: each window of time is counted to one frame."""

import xml.etree.ElementTree as ET
from typing import NamedTuple

import numpy as np

from animations.svg import LARGE, SMALL, Animation
from liaf_ref.data.events import (
    OFF_CHANNEL,
    ON_CHANNEL,
    crop_at_median,
    events_to_frames,
    slice_by_time,
)
from liaf_ref.data.events.array import Events
from liaf_ref.data.simulator import DigitSource
from liaf_ref.kernels.array import Array

TITLE = "Events of a camera are counted into frames"
DESCRIPTION = (
    "Above: a cloud of points, each an event of one pixel; time runs to the right. Brighter events "
    "are orange, darker ones blue. Six windows of time follow one another. Below: six frames "
    "appear, one for each window, and show the edges of a handwritten digit that moves."
)
COUNT, WINDOW, START = 6, 30_000, 215_000  # number of frames; μs
LABEL, NUMBER = 3, 4  # of the simulated digit
SIDE, ZOOM = 54, 2.0  # pixels of a frame, and the size of a pixel in the picture
HEIGHT = 556
ARRIVE, FULL = 0, 1  # the two halves of a window
SHADES = (0.35, 0.7, 1.0)  # opacity of one, two, and more events


class Recording(NamedTuple):
    """Events of the span, times from 0, and their frames, one a window."""

    events: Events
    frames: Array  # (COUNT, SIDE, SIDE, 2)


def record() -> Recording:
    """Simulate a digit that moves, and count its events into frames."""
    source = DigitSource(seed=0, duration=START + (COUNT + 1) * WINDOW, scale=8)
    events = slice_by_time(source.events(LABEL, NUMBER), START, START + COUNT * WINDOW)
    events = crop_at_median(events, (128, 128), (SIDE, SIDE))
    frames = events_to_frames(
        events, size=(SIDE, SIDE), time_window=WINDOW, T=COUNT, start=START, dtype=np.int64
    )
    return Recording(events, frames)


def draw() -> bytes:
    """Draw the picture."""
    recording = record()
    picture = Animation(TITLE, DESCRIPTION, HEIGHT, 2 * COUNT + 2, 1.6)
    picture.text("The stream of events", (14, 28), size=LARGE, weight="b")
    picture.text("Frames: a count for each pixel", (14, 262), size=LARGE, weight="b")
    end = picture.step_count
    for k in range(COUNT):
        _draw_cloud(picture, recording.events, k, range(2 * k, end))
        lit = picture.group([2 * k, 2 * k + 1], k == 2)
        _draw_slab(picture, lit, k)
        seen = picture.group(range(2 * k + 1, end), True)
        _draw_frame(picture, seen, recording.frames[k], k)
    picture.arrow("M22 224H372", (380, 224), "right", "soft")
    picture.text("time", (380, 212), anchor="end", fill="soft")
    for x, color, text in ((20, "brighter", "brighter"), (116, "darker", "darker")):
        picture.add("circle", fill=color, cx=x, cy=538, r=5)
        picture.text(text, (x + 11, 543))
    picture.text(f"{WINDOW // 1000} ms a frame", (386, 543), anchor="end", fill="soft")
    return picture.to_bytes()


def _project(t: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Places in the picture: time to the right, columns to the upper right, rows downwards."""
    return 24 + 310 * t / (COUNT * WINDOW) + 0.8 * x, 78 + 2.2 * y - 0.5 * x


def _draw_cloud(picture: Animation, events: Events, k: int, steps: range) -> None:
    """The events of a window, each a dot."""
    shown = picture.group(steps, True)
    t = events["t"] - START
    for bit, color in ((0, "darker"), (1, "brighter")):
        mine = (t // WINDOW == k) & (events["p"] == bit)
        places = _project(t[mine], events["x"][mine], events["y"][mine])
        dots = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in zip(*places, strict=True))
        picture.add("path", shown, stroke=color, d=dots, stroke_width=1.7, stroke_linecap="round")


def _draw_slab(picture: Animation, parent: ET.Element, k: int) -> None:
    """The outline of a window in the cloud, and a frame around its frame."""
    lines = ""
    for t in (k, k + 1):
        face = ((t, 0, 0), (t, SIDE, 0), (t, SIDE, SIDE), (t, 0, SIDE))
        lines += f"M{'L'.join(_written(*corner) for corner in face)}z"
        if t == k:
            lines += "".join(f"M{_written(*c)}L{_written(t + 1, *c[1:])}" for c in face)
    picture.add("path", parent, stroke="ink", d=lines, stroke_width=1.2)
    x, y = _corner(k)
    picture.rect(
        (x - 3, y - 3),
        (ZOOM * SIDE + 6, ZOOM * SIDE + 6),
        parent,
        stroke="ink",
        rx=4,
        stroke_width=2.5,
    )


def _written(t: float, x: float, y: float) -> str:
    """A place in the cloud, as a path writes it; t counts windows."""
    column, row = _project(*(np.array(value) for value in (t * WINDOW, x, y)))
    return f"{column:.1f} {row:.1f}"


def _corner(k: int) -> tuple[float, float]:
    return 22 + 126.0 * (k % 3), 278 + 122.0 * (k // 3)


def _draw_frame(picture: Animation, parent: ET.Element, frame: Array, k: int) -> None:
    """A frame: a colored square where one polarity has more events than the other."""
    x, y = _corner(k)
    picture.rect((x, y), (ZOOM * SIDE, ZOOM * SIDE), parent, "line", fill_opacity="0.35")
    placed = picture.add("g", parent, transform=f"translate({x:.0f} {y:.0f}) scale({ZOOM})")
    difference = frame[..., ON_CHANNEL] - frame[..., OFF_CHANNEL]
    for sign, color in ((1, "brighter"), (-1, "darker")):
        for level, opacity in enumerate(SHADES, 1):
            counts = np.minimum(sign * difference, len(SHADES))
            rows, columns = np.nonzero(counts == level)
            squares = "".join(f"M{j} {i}h1v1h-1z" for i, j in zip(rows, columns, strict=True))
            picture.add("path", placed, color, d=squares, fill_opacity=str(opacity))
    picture.text(str(k + 1), (x + 4, y + 17), parent, SMALL)
