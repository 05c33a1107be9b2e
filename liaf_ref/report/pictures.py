"""Figures of the report: their data, and how they are drawn as SVG.

An SVG is reproducible, and has the light or dark colour scheme of the system.
"""

import io
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.palette import CELL_COLORS
from liaf_ref._core.png import new_figure
from liaf_ref.report.event_colors import frame_to_rgb, full_color_count, scatter_events

TEXT_COLOR = "#010203"  # placeholder, which is replaced by the color of the scheme
MARKERS = {"liaf": "o", "lif": "s", "conv2d": "^", "conv3d": "v", "convlstm": "D"}
RASTER_DPI = 200  # of raster images in the SVG
BAND_ALPHA = 0.13  # opacity of an interval
STYLE = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.frameon": False,
    "grid.alpha": 0.15,
    "grid.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
} | dict.fromkeys(
    (
        *("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"),
        *("grid.color", "axes.titlecolor"),
    ),
    TEXT_COLOR,
)
NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
SCHEME_STYLE = """<style>
svg { color: #222 }
image { image-rendering: pixelated }
@media (prefers-color-scheme: dark) { svg { color: #ddd } }
</style>"""


class Curve(NamedTuple):
    """A mean over seeds at each epoch, with half the width of its 95 % interval."""

    cell: str
    label: str
    dashed: bool
    y: tuple[float, ...]
    half_width: tuple[float, ...]  # infinite with one seed
    n: int  # seeds


class CurvePlot(NamedTuple):
    """Curves over the epochs in one plot; ``y_max`` None scales the axis to the curves."""

    name: str
    caption: str
    y_label: str
    y_max: float | None
    curves: tuple[Curve, ...]

    def rows(self) -> Iterator[tuple[object, ...]]:
        """The plotted numbers, under titles."""
        yield "line", "epoch", "mean", "half_width", "seeds"
        for line in self.curves:
            for epoch, (y, half) in enumerate(zip(line.y, line.half_width, strict=True), 1):
                width = "" if math.isinf(half) else f"{half:.6g}"
                yield line.label, epoch, f"{y:.6g}", width, line.n

    def draw(self, figure: Any) -> None:
        """Draw a line for each curve, with its interval."""
        axes = figure.subplots()
        for line in self.curves:
            color, epochs = CELL_COLORS[line.cell], range(1, len(line.y) + 1)
            look = {"ls": "-", "lw": 1.8, "markersize": 4.5, "markerfacecolor": color}
            if line.dashed:
                look = {"ls": "--", "lw": 1.2, "markersize": 3.5, "markerfacecolor": "none"}
            look |= {"marker": MARKERS[line.cell], "markevery": max(1, len(line.y) // 8)}
            axes.plot(epochs, line.y, color=color, label=line.label, **look)
            if line.n > 1 and not line.dashed:
                y, half = np.array(line.y), np.array(line.half_width)
                axes.fill_between(epochs, y - half, y + half, color=color, alpha=BAND_ALPHA, lw=0)
        maximum = max(max(line.y) for line in self.curves)
        axes.set_ylim(0, self.y_max or 1.08 * maximum or 1)
        last = max(len(line.y) for line in self.curves)
        axes.set_xlim(1 - 0.02 * last, 1.02 * last)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set(xlabel="epoch", ylabel=self.y_label)
        axes.grid(visible=True)
        figure.legend(loc="outside lower center", ncols=2, fontsize=9)


class EventCloud(NamedTuple):
    """Events in time, width and height; ``size`` is the sensor's height and width in pixels."""

    name: str
    caption: str
    size: tuple[int, int]
    events: NDArray[Any]

    def rows(self) -> Iterator[tuple[object, ...]]:
        """The events, under titles."""
        yield "t_us", "x", "y", "brighter"
        yield from zip(*(self.events[name].astype(int).tolist() for name in "txyp"), strict=True)

    def draw(self, figure: Any) -> None:
        """Draw the events as points in three dimensions."""
        figure.set_layout_engine("none")  # it leaves no room for the labels of three axes
        axes = figure.add_axes((-0.03, 0.08, 0.98, 0.92), projection="3d")
        axes.grid(visible=False)
        axes.xaxis.labelpad = 9
        first = int(self.events["t"][0]) if len(self.events) else 0
        scatter_events(axes, self.events, first, self.size, 3, 1.05)
        for side in (axes.xaxis, axes.yaxis, axes.zaxis):
            side.set_pane_color((0, 0, 0, 0))
            side.line.set_color(TEXT_COLOR)
        figure.legend(loc="lower center", ncols=2, fontsize=9, markerscale=3)


class FrameStrip(NamedTuple):
    """Frames in a row, of shape (N, H, W, 2): events that became darker, and brighter."""

    name: str
    caption: str
    counts: NDArray[np.uint16]
    titles: tuple[str, ...]

    def rows(self) -> Iterator[tuple[object, ...]]:
        """The pixels that have events, under titles."""
        yield "frame", "y", "x", "darker", "brighter"
        for k, y, x in np.argwhere(self.counts.any(axis=-1)).tolist():
            yield self.titles[k], y, x, *self.counts[k, y, x].tolist()

    def draw(self, figure: Any) -> None:
        """Draw the frames side by side, in two columns."""
        columns = 2
        rows = -(-len(self.titles) // columns)
        panels = figure.subplots(rows, columns, squeeze=False)
        maximum = full_color_count(self.counts)
        for panel in panels.ravel():
            panel.set_axis_off()
        for frame, title, panel in zip(self.counts, self.titles, panels.ravel(), strict=False):
            panel.imshow(frame_to_rgb(frame, maximum), interpolation="none")
            panel.set_title(title, fontsize=9)


Picture = CurvePlot | EventCloud | FrameStrip


def draw_svg(picture: Picture) -> bytes:
    """Draw a figure as SVG."""
    from matplotlib import rc_context  # noqa: PLC0415 - slow to import, seldom needed

    with rc_context(STYLE | {"svg.hashsalt": picture.name}):
        figure = new_figure(5, 3.6)
        picture.draw(figure)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata=NO_METADATA, dpi=RASTER_DPI)
    text = buffer.getvalue().replace(TEXT_COLOR, "currentColor")
    return text.replace("<defs>", f"{SCHEME_STYLE}<defs>", 1).encode()
