"""Colours of events: brighter orange, darker blue, no event black."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.palette import EVENT_COLORS
from liaf_ref.data.events.array import Events
from liaf_ref.data.events.frames import Frames

FULL_COLOR_PERCENTILE = 95  # percentile of the non-zero counts that gets the full colour


def _hex_to_rgb(color: str) -> NDArray[np.float64]:
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], float)


def full_color_count(frames: Frames) -> float:
    """The count that gets the full colour: a high percentile, so that hot pixels do not matter."""
    counts = (frame.sum(axis=-1, dtype=np.int64) for frame in frames)
    some = np.concatenate([frame[frame > 0] for frame in counts])  # no more than there are events
    return max(float(np.percentile(some, FULL_COLOR_PERCENTILE)), 1.0) if len(some) else 1.0


def frame_to_rgb(frame: Frames, full_count: float) -> NDArray[np.uint8]:
    """Colour one frame."""
    counts = frame.astype(float)
    both = counts.sum(axis=-1, keepdims=True)
    mixed = counts @ np.stack([_hex_to_rgb(color) for color in EVENT_COLORS.values()])
    # The power keeps single events visible, and noise of coarse frames weak.
    strength = np.minimum(both / full_count, 1) ** 0.4
    colors: NDArray[np.float64] = mixed / np.maximum(both, 1) * strength
    return np.round(colors).astype(np.uint8)


def scatter_events(
    axes: Any, points: Events, t_start: int, size: tuple[int, int], dot_area: float, zoom: float
) -> None:
    """Draw events into axes of three dimensions."""
    H, W = size
    axes.set_box_aspect((2.2, W / max(H, W), H / max(H, W)), zoom=zoom)
    t = (points["t"] - t_start) / 1e3
    for (name, color), part in zip(EVENT_COLORS.items(), (~points["p"], points["p"]), strict=True):
        look = {"s": dot_area, "color": color, "label": name, "linewidths": 0, "alpha": 0.8}
        # In an SVG, thousands of dots are one image.
        axes.scatter(t[part], points["x"][part], points["y"][part], rasterized=True, **look)
    axes.set(xlabel="time / ms", ylabel="width / px", zlabel="height / px")
    axes.set(ylim=(0, W), zlim=(H, 0))
    for side, ticks in ((axes.xaxis, 6), (axes.yaxis, 4), (axes.zaxis, 4)):
        side.get_major_locator().set_params(nbins=ticks)
    axes.view_init(elev=18, azim=-62)
