"""Frames of an event camera side by side, and a matrix with its entries."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from liaf_ref._core.errors import unexpected
from liaf_ref._core.kinds import many, sizes
from liaf_ref._core.palette import VERMILION
from liaf_ref._core.png import new_figure
from liaf_ref._core.validation import check_items, check_positive_int, check_shape
from liaf_ref.data.events.frames import Frames
from liaf_ref.kernels.array import Array
from liaf_ref.report.pictures import add_color_legend, draw_frames

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
    columns = min(columns, len(counts))
    rows = -(-len(counts) // columns)
    H, W = counts.shape[1:3]
    panel_width = min(WIDTH / columns, MAX_PANEL)
    lines = max((text.count("\n") + 1 for text in titles), default=0)
    height = rows * (panel_width * H / W + 0.17 * lines + 0.05) + 0.4 + 0.25 * bool(title)
    figure = new_figure(max(panel_width * columns, 4), height)
    texts = [*titles, *[""] * len(counts)]
    for panel in draw_frames(figure, counts, texts, columns, interpolation="nearest"):
        panel.set(xticks=(), yticks=())
    add_color_legend(figure, "outside lower center", 2, frameon=False)
    if title:
        figure.suptitle(title, fontsize=10)
    return figure


BLANK_COLOR = (1.0, 1.0, 1.0)
POSITIVE_COLOR, NEGATIVE_COLOR = (0.70, 0.85, 0.95), (0.98, 0.83, 0.68)
MAX_NUMBERED_COLUMNS = 24  # largest number of columns with room for numbers


def plot_matrix(
    axes: Any,
    M: Array,
    *,
    groups: Array | None = None,
    highlighted: Iterable[tuple[int, int, int, int]] = (),
    title: str = "",
) -> None:
    """Draw a matrix, each entry a square with its number; zeros are blank.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    M : ndarray, shape (rows, columns)
        The matrix; positive numbers are blue and negative ones orange unless ``groups`` is given.
    groups : ndarray of int, shape (rows, columns), optional
        Entries of one group share a colour; -1 is white.
    highlighted : iterable of tuple of int
        Blocks ``(row, column, height, width)`` to frame.
    title : str
        Title of the axes.

    Raises
    ------
    InputError
        If ``M`` has another shape or does not hold finite numbers, or ``groups`` or a block does
        not fit it.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from liaf_ref.plotting import plot_matrix
    >>> axes = Figure().subplots()
    >>> plot_matrix(axes, np.eye(2), highlighted=[(0, 0, 1, 2)], title="identity")
    >>> axes.get_title()
    'identity'
    """
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - slow to import

    M = check_shape("M", M, ("rows", "columns"), "matrix")
    if not M.size or M.dtype.kind not in "iufb" or not np.isfinite(M).all():
        raise unexpected("M", M, "matrix", "finite numbers")
    if groups is not None:
        groups = check_shape("groups", groups, M.shape, "matrix")
        if groups.dtype.kind not in "iu" or groups.min() < -1:
            raise unexpected("groups", groups, "matrix", "integers >= -1")
    place = "(row, column, height, width)"
    given = check_items("highlighted", highlighted, object, "matrix", f"a sequence of {place}")
    blocks = many(sizes(4, low=0)).check("highlighted", given, "matrix")
    colors = _colors_by_sign(M) if groups is None else _colors_by_group(groups)
    axes.imshow(colors, interpolation="nearest")
    rows, columns = M.shape
    axes.set(xticks=[], yticks=[], title=title)
    if columns <= MAX_NUMBERED_COLUMNS:
        axes.hlines(np.arange(1, rows) - 0.5, -0.5, columns - 0.5, color="0.8", lw=0.6)
        axes.vlines(np.arange(1, columns) - 0.5, -0.5, rows - 0.5, color="0.8", lw=0.6)
        _write_numbers(axes, M, colors)
    for row, column, height, width in blocks:
        corner = column - 0.5, row - 0.5
        frame = Rectangle(corner, width, height, fill=False, ec=VERMILION, lw=2.5, clip_on=False)
        axes.add_patch(frame)


def _write_numbers(axes: Any, M: Array, colors: Array) -> None:
    dark = colors @ np.array([0.299, 0.587, 0.114]) < 0.5
    for (i, j), value in np.ndenumerate(M):
        if value:
            color = "white" if dark[i, j] else "black"
            axes.text(j, i, f"{value:.3g}", ha="center", va="center", fontsize=9, color=color)


def _colors_by_sign(M: Array) -> Array:
    colors = np.array([BLANK_COLOR, POSITIVE_COLOR, NEGATIVE_COLOR])
    chosen: Array = colors[np.sign(M).astype(int)]  # -1 is the last
    return chosen


def _colors_by_group(groups: Array) -> Array:
    from matplotlib import colormaps  # noqa: PLC0415 - slow to import

    shades = np.array(colormaps["cividis"](np.linspace(0.15, 1, max(int(groups.max()) + 1, 2))))
    chosen: Array = np.where((groups < 0)[..., None], BLANK_COLOR, shades[groups][..., :3])
    return chosen
