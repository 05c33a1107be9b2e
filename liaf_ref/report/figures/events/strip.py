"""Frames side by side."""

import numpy as np

from liaf_ref._core.palette import EVENT_COLORS
from liaf_ref._core.png import figure_to_png
from liaf_ref.data.events.frames import Frames
from liaf_ref.report.figures.events.colors import (
    frame_to_rgb,
    full_color_count,
)
from liaf_ref.report.figures.events.plot_data import PlotData

MAX_PANELS = 8
CROP_FRACTION = 0.01  # fraction of the events that may be cropped on each side


def plot_strip(data: PlotData) -> bytes:
    """Plot evenly spaced frames of the span, cropped to the region of nearly all events."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, seldom needed
    from matplotlib.patches import Patch  # noqa: PLC0415

    count = min(len(data.frames), MAX_PANELS)
    chosen = np.linspace(0, len(data.frames) - 1, count).round().astype(int)
    (top, bottom), (left, right) = (_visible_range(data, axis) for axis in (0, 1))
    columns = min(count, MAX_PANELS // 2)
    rows = -(-count // columns)
    height = 8.4 / columns * (bottom - top) / (right - left)
    figure = Figure(figsize=(9, 1.0 + rows * (height + 0.3)), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    maximum = full_color_count(data.frames)
    H, W = (side * data.factor for side in data.frames.shape[1:3])
    for place, panel in zip(chosen, panels, strict=False):
        panel.imshow(frame_to_rgb(data.frames[place], maximum), extent=(0, W, H, 0), aspect="equal")
        start = data.span.start - data.survey.t_first + int(place) * data.span.window
        panel.set_title(f"{round(start / 1e3):,} ms", fontsize=9)
        panel.tick_params(labelsize=9)
        panel.set(xlim=(left, right), ylim=(bottom, top))
    for panel in panels[count:]:
        panel.set_axis_off()
    figure.supxlabel("column / px", fontsize=9)
    figure.supylabel("row / px", fontsize=9)
    window = f"{data.span.window / 1e3:g} ms each"
    chosen_of = f"{count} of {len(data.frames)} frames, {window}; time from the first event"
    figure.suptitle(f"{data.span.title}\n{chosen_of}", fontsize=10)
    patches = [Patch(color=color, label=name) for name, color in EVENT_COLORS.items()]
    figure.legend(handles=patches, loc="outside upper right", ncols=1, fontsize=9)
    return figure_to_png(figure, 100, 256)


def _visible_range(data: PlotData, axis: int) -> tuple[int, int]:
    """Range of rows or columns to show."""
    counts: Frames = data.frames.sum(axis=(0, 2 - axis, 3), dtype=np.int64)
    share = np.cumsum(counts) / counts.sum()
    first, last = np.searchsorted(share, [CROP_FRACTION, 1 - CROP_FRACTION])
    margin = max(len(counts) // 20, 2)
    side = data.survey.sensor_size[axis]
    return (
        max(int(first) - margin, 0) * data.factor,
        min((int(last) + 1 + margin) * data.factor, side),
    )
