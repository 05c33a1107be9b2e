"""Frames of an event camera side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from liaf_ref._core.errors import unexpected
from liaf_ref._core.palette import EVENT_COLORS
from liaf_ref._core.validation import check_items, check_positive_int, check_shape
from liaf_ref.data.events.frames import Frames
from liaf_ref.report.event_colors import frame_to_rgb, full_color_count

WIDTH, MAX_PANEL = 7.2, 2.3  # of the figure and of a panel, in inches


def plot_frames(
    counts: Frames, titles: Sequence[str] = (), columns: int = 5, title: str = ""
) -> Any:
    """Draw frames of counts: brighter orange, darker blue, no event black.

    Parameters
    ----------
    counts : ndarray, shape (N, H, W, 2)
        Frames, as :func:`liaf_ref.events_to_frames` returns them.
    titles : sequence of str
        Titles of the frames.
    columns : int
        Largest number of frames side by side.
    title : str
        Title of the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If ``counts`` has another shape or does not hold finite numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.plotting import plot_frames
    >>> figure = plot_frames(np.ones((2, 4, 4, 2)), titles=["first", "second"])
    >>> [panel.get_title() for panel in figure.axes]
    ['first', 'second']
    """
    counts = check_shape("counts", counts, ("N", "H", "W", 2), "frames")
    columns = check_positive_int("columns", columns, "frames")
    titles = check_items("titles", titles, str, "frames", "strings")
    if not counts.size or counts.dtype.kind not in "iuf" or not np.isfinite(counts).all():
        raise unexpected("counts", counts, "frames", "frames of finite numbers")
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import
    from matplotlib.patches import Patch  # noqa: PLC0415

    columns = min(columns, len(counts))
    rows = -(-len(counts) // columns)
    H, W = counts.shape[1:3]
    panel_width = min(WIDTH / columns, MAX_PANEL)
    lines = max((text.count("\n") + 1 for text in titles), default=0)
    height = rows * (panel_width * H / W + 0.17 * lines + 0.05) + 0.4 + 0.25 * bool(title)
    figure = Figure(figsize=(max(panel_width * columns, 4), height), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    maximum = full_color_count(counts)
    for panel, frame in zip(panels, counts, strict=False):
        panel.imshow(frame_to_rgb(frame, maximum), interpolation="nearest")
        panel.set(xticks=(), yticks=())
    for panel in panels[len(counts) :]:
        panel.set_axis_off()
    for panel, text in zip(panels, titles, strict=False):
        panel.set_title(text, fontsize=9)
    patches = [Patch(color=color, label=name) for name, color in EVENT_COLORS.items()]
    figure.legend(handles=patches, loc="outside lower center", ncols=2, fontsize=9, frameon=False)
    if title:
        figure.suptitle(title, fontsize=10)
    return figure
