"""Figures as SVG: reproducible, and with the light or dark colour scheme of the system."""

import io
import re
from base64 import b64decode, b64encode
from typing import Any

import numpy as np

from liaf_ref._core.palette import CELL_COLORS
from liaf_ref._core.png import with_palette
from liaf_ref.report.content import CurvePlot, EventCloud, FrameStrip, Picture
from liaf_ref.report.event_colors import frame_to_rgb, full_color_count, scatter_events

TEXT_COLOR = "#010203"  # placeholder, which is replaced by the color of the scheme
MARKERS = {"liaf": "o", "lif": "s", "conv2d": "^", "conv3d": "v", "convlstm": "D"}
RASTER_DPI = 200  # of raster images in the SVG
BAND_ALPHA = 0.13  # opacity of an interval
EMBEDDED_PNG = re.compile(r"(?<=data:image/png;base64,)[^\"]+")
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


def draw_svg(picture: Picture) -> bytes:
    """Draw a figure as SVG."""
    from matplotlib import rc_context  # noqa: PLC0415 - slow to import, seldom needed
    from matplotlib.figure import Figure  # noqa: PLC0415

    with rc_context(STYLE | {"svg.hashsalt": picture.name}):
        figure = Figure(figsize=(5, 3.6), layout="constrained")
        if isinstance(picture, CurvePlot):
            _draw_curves(figure, picture)
        elif isinstance(picture, EventCloud):
            _draw_cloud(figure, picture)
        else:
            _draw_frames(figure, picture)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata=NO_METADATA, dpi=RASTER_DPI)
    text = EMBEDDED_PNG.sub(_smaller, buffer.getvalue()).replace(TEXT_COLOR, "currentColor")
    return text.replace("<defs>", f"{SCHEME_STYLE}<defs>", 1).encode()


def _smaller(png: re.Match[str]) -> str:
    return b64encode(with_palette(b64decode(png[0]))).decode()


def _draw_curves(figure: Any, picture: CurvePlot) -> None:
    axes = figure.subplots()
    for line in picture.curves:
        color, epochs = CELL_COLORS[line.cell], range(1, len(line.y) + 1)
        look = {"ls": "-", "lw": 1.8, "markersize": 4.5, "markerfacecolor": color}
        if line.dashed:
            look = {"ls": "--", "lw": 1.2, "markersize": 3.5, "markerfacecolor": "none"}
        look |= {"marker": MARKERS[line.cell], "markevery": max(1, len(line.y) // 8)}
        axes.plot(epochs, line.y, color=color, label=line.label, **look)
        if line.n > 1 and not line.dashed:
            y, half = np.array(line.y), np.array(line.half_width)
            axes.fill_between(epochs, y - half, y + half, color=color, alpha=BAND_ALPHA, lw=0)
    maximum = max(max(line.y) for line in picture.curves)
    axes.set_ylim(0, picture.y_max or 1.08 * maximum or 1)
    last = max(len(line.y) for line in picture.curves)
    axes.set_xlim(1 - 0.02 * last, 1.02 * last)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(xlabel="epoch", ylabel=picture.y_label)
    axes.grid(visible=True)
    figure.legend(loc="outside lower center", ncols=2, fontsize=9)


def _draw_cloud(figure: Any, picture: EventCloud) -> None:
    figure.set_layout_engine("none")  # it leaves no room for the labels of three axes
    axes = figure.add_axes((-0.03, 0.08, 0.98, 0.92), projection="3d")
    axes.grid(visible=False)
    axes.xaxis.labelpad = 9
    first = int(picture.events["t"][0]) if len(picture.events) else 0
    scatter_events(axes, picture.events, first, picture.size, 3, 1.05)
    for side in (axes.xaxis, axes.yaxis, axes.zaxis):
        side.set_pane_color((0, 0, 0, 0))
        side.line.set_color(TEXT_COLOR)
    figure.legend(loc="lower center", ncols=2, fontsize=9, markerscale=3)


def _draw_frames(figure: Any, picture: FrameStrip) -> None:
    columns = 2
    rows = -(-len(picture.titles) // columns)
    panels = figure.subplots(rows, columns, squeeze=False)
    maximum = full_color_count(picture.counts)
    for panel in panels.ravel():
        panel.set_axis_off()
    for frame, title, panel in zip(picture.counts, picture.titles, panels.ravel(), strict=False):
        panel.imshow(frame_to_rgb(frame, maximum), interpolation="none")
        panel.set_title(title, fontsize=9)
