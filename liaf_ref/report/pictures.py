"""Figures of the report: their numbers, and how they are drawn as SVG.

An SVG is reproducible, and has the light or dark colour scheme of the system.
"""

import io
import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.palette import CELL_COLORS, EVENT_COLORS
from liaf_ref._core.png import new_figure
from liaf_ref.data.events.array import Events
from liaf_ref.data.events.frames import Frames
from liaf_ref.report.statistics import MeanCI

TEXT_COLOR = "#010203"  # placeholder of the style, replaced by the color of the scheme
MARKERS = {"liaf": "o", "lif": "s", "conv2d": "^", "conv3d": "v", "convlstm": "D"}
RASTER_DPI = 200  # of raster images in the SVG
BAND_ALPHA = 0.13  # opacity of an interval
STYLE = Path(__file__).parent / "templates" / "report.mplstyle"
NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
SCHEME_STYLE = """<style>
svg { color: #222 }
image { image-rendering: pixelated }
@media (prefers-color-scheme: dark) { svg { color: #ddd } }
</style>"""
Rows = Sequence[tuple[object, ...]]


class Picture(NamedTuple):
    """A figure: what its file and caption are, its numbers under titles, and how it is drawn."""

    name: str
    caption: str
    rows: Rows
    draw: Callable[[Any], None]  # into a figure of Matplotlib


class Curve(NamedTuple):
    """The means of a cell at each epoch."""

    cell: str
    label: str
    dashed: bool
    means: Sequence[MeanCI]


def curve_plot(
    name: str, caption: str, y_label: str, y_max: float | None, curves: Sequence[Curve]
) -> Picture:
    """Curves over the epochs; ``y_max`` None scales the axis to the curves."""
    rows: list[tuple[object, ...]] = [("line", "epoch", "mean", "half_width", "seeds")]
    for line in curves:
        for epoch, (y, half, n, *_) in enumerate(line.means, 1):
            width = "" if math.isinf(half) else f"{half:.6g}"
            rows.append((line.label, epoch, f"{y:.6g}", width, n))
    return Picture(name, caption, rows, partial(_draw_curves, y_label, y_max, curves))


def _draw_curves(y_label: str, y_max: float | None, curves: Sequence[Curve], figure: Any) -> None:
    """Draw a line for each curve, with its interval."""
    axes = figure.subplots()
    for line in curves:
        color, epochs = CELL_COLORS[line.cell], range(1, len(line.means) + 1)
        look = {"ls": "-", "lw": 1.8, "markersize": 4.5, "markerfacecolor": color}
        if line.dashed:
            look = {"ls": "--", "lw": 1.2, "markersize": 3.5, "markerfacecolor": "none"}
        look |= {"marker": MARKERS[line.cell], "markevery": max(1, len(epochs) // 8)}
        y, half, n, *_ = np.array(line.means).T
        axes.plot(epochs, y, color=color, label=line.label, **look)
        if n[0] > 1 and not line.dashed:
            axes.fill_between(epochs, y - half, y + half, color=color, alpha=BAND_ALPHA, lw=0)
    maximum = max(mean.value for line in curves for mean in line.means)
    axes.set_ylim(0, y_max or 1.08 * maximum or 1)
    last = max(len(line.means) for line in curves)
    axes.set_xlim(1 - 0.02 * last, 1.02 * last)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(xlabel="epoch", ylabel=y_label)
    axes.grid(visible=True)
    figure.legend(loc="outside lower center", ncols=2, fontsize=9)


def event_cloud(name: str, caption: str, size: tuple[int, int], events: Events) -> Picture:
    """Events in time, width and height; ``size`` is the sensor's height and width in pixels."""
    columns = (events[field].astype(int).tolist() for field in "txyp")
    rows = [("t_us", "x", "y", "brighter"), *zip(*columns, strict=True)]
    return Picture(name, caption, rows, partial(_draw_cloud, size, events))


def _draw_cloud(size: tuple[int, int], events: Events, figure: Any) -> None:
    """Draw the events as points in three dimensions."""
    figure.set_layout_engine("none")  # it leaves no room for the labels of three axes
    axes = figure.add_axes((-0.03, 0.08, 0.98, 0.92), projection="3d")
    axes.grid(visible=False)
    axes.xaxis.labelpad = 9
    scatter_events(axes, events, int(events["t"][0]), size, 3, 1.05)
    for side in (axes.xaxis, axes.yaxis, axes.zaxis):
        side.set_pane_color((0, 0, 0, 0))
        side.line.set_color(TEXT_COLOR)
    figure.legend(loc="lower center", ncols=2, fontsize=9, markerscale=3)


def frame_strip(name: str, caption: str, counts: Frames, titles: Sequence[str]) -> Picture:
    """Frames in a row, of shape (N, H, W, 2): events that became darker, and brighter."""
    pixels = np.argwhere(counts.any(axis=-1)).tolist()
    rows = [(titles[k], y, x, *counts[k, y, x].tolist()) for k, y, x in pixels]
    head = ("frame", "y", "x", "darker", "brighter")

    def draw(figure: Any) -> None:
        for panel in draw_frames(figure, counts, titles, 2, interpolation="none"):
            panel.set_axis_off()

    return Picture(name, caption, [head, *rows], draw)


def draw_svg(picture: Picture) -> bytes:
    """Draw a figure as SVG."""
    from matplotlib import rc_context  # noqa: PLC0415 - slow to import, seldom needed

    with rc_context({"svg.hashsalt": picture.name}, fname=STYLE):
        figure = new_figure(5, 3.6)
        picture.draw(figure)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata=NO_METADATA, dpi=RASTER_DPI)
    text = buffer.getvalue().replace(TEXT_COLOR, "currentColor")
    return text.replace("<defs>", f"{SCHEME_STYLE}<defs>", 1).encode()


FULL_COLOR_PERCENTILE = 95  # percentile of the non-zero counts that gets the full colour


def full_color_count(frames: Frames) -> float:
    """The count that gets the full colour: a high percentile, so that hot pixels do not matter."""
    counts = (frame.sum(axis=-1, dtype=np.int64) for frame in frames)
    some = np.concatenate([frame[frame > 0] for frame in counts])  # no more than there are events
    return max(float(np.percentile(some, FULL_COLOR_PERCENTILE)), 1.0) if len(some) else 1.0


def frame_to_rgb(frame: Frames, full_count: float) -> NDArray[np.uint8]:
    """Colour one frame: brighter orange, darker blue, no event black."""
    palette = [list(bytes.fromhex(color[1:])) for color in EVENT_COLORS.values()]
    counts = frame.astype(float)
    both = counts.sum(axis=-1, keepdims=True)
    # The power keeps single events visible, and noise of coarse frames weak.
    strength = np.minimum(both / full_count, 1) ** 0.4
    colors: NDArray[np.float64] = counts @ np.array(palette, float) / np.maximum(both, 1) * strength
    return np.round(colors).astype(np.uint8)


def draw_frames(
    figure: Any,
    frames: Frames,
    titles: Sequence[str],
    columns: int,
    full_count: float | None = None,
    *,
    is_shared: bool = False,
    **look: Any,
) -> list[Any]:
    """Draw frames in panels under titles, and return the panels."""
    most = full_color_count(frames) if full_count is None else full_count
    grid = -(-len(frames) // columns), columns
    panels = figure.subplots(*grid, squeeze=False, sharex=is_shared, sharey=is_shared).ravel()
    for panel, frame, title in zip(panels, frames, titles, strict=False):
        panel.imshow(frame_to_rgb(frame, most), **look)
        panel.set_title(title, fontsize=9)
    for panel in panels[len(frames) :]:
        panel.set_axis_off()
    return list(panels[: len(frames)])


def add_color_legend(figure: Any, place: str, columns: int, **look: Any) -> None:
    """Say which colour is brighter and which darker."""
    from matplotlib.patches import Patch  # noqa: PLC0415 - slow to import

    patches = [Patch(color=color, label=name) for name, color in EVENT_COLORS.items()]
    figure.legend(handles=patches, loc=place, ncols=columns, fontsize=9, **look)


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
