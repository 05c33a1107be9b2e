"""A matrix as a picture of its entries, coloured by sign or by kind."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from liaf_ref.door import check_items, check_shape
from liaf_ref.door.values import describe
from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.layers.sizes import check_sizes

NOTHING, POSITIVE, NEGATIVE = (1.0, 1.0, 1.0), (0.70, 0.85, 0.95), (0.98, 0.83, 0.68)
MARK = "#D55E00"
READABLE = 24  # columns that leave room for a number


def matrix(
    axes: Any,
    M: Array,
    *,
    kinds: Array | None = None,
    marked: Iterable[tuple[int, int, int, int]] = (),
    title: str = "",
) -> None:
    """Draw a matrix, each entry a square with its number.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to.
    M : ndarray, shape (rows, columns)
        Numbers; a zero is left blank, and all of them are where there are many columns.
    kinds : ndarray of int, shape of M, optional
        Entries of one kind share a colour; -1 is white.  Without it, positive numbers are
        blue and negative ones orange.
    marked : iterable of (row, column, height, width)
        Blocks to draw a frame around.
    title : str
        Above it.

    Raises
    ------
    InputError
        If ``M`` is no array of two axes of finite numbers, ``kinds`` has another shape or is
        not of whole numbers from -1, or a block is not four whole numbers.
    """
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - slow to import

    M = check_shape("M", M, ("rows", "columns"), "matrix")
    if not M.size or M.dtype.kind not in "iufb" or not np.isfinite(M).all():
        raise InputError.of("M", "matrix", f"expected finite numbers, got {describe(M)}")
    if kinds is not None:
        kinds = check_shape("kinds", kinds, M.shape, "matrix")
        if kinds.dtype.kind not in "iu" or kinds.min() < -1:
            reason = f"expected whole numbers >= -1, got {describe(kinds)}"
            raise InputError.of("kinds", "matrix", reason)
    blocks = check_items("marked", marked, tuple, "matrix", "(row, column, height, width)")
    for block in blocks:
        check_sizes("marked", block, 4, "matrix", least=0)
    colours = _by_sign(M) if kinds is None else _by_kind(kinds)
    axes.imshow(colours, interpolation="nearest")
    rows, columns = M.shape
    axes.set(xticks=[], yticks=[], title=title)
    if columns <= READABLE:
        axes.hlines(np.arange(1, rows) - 0.5, -0.5, columns - 0.5, color="0.8", lw=0.6)
        axes.vlines(np.arange(1, columns) - 0.5, -0.5, rows - 0.5, color="0.8", lw=0.6)
        _numbers(axes, M, colours)
    for row, column, height, width in blocks:
        corner = column - 0.5, row - 0.5
        frame = Rectangle(corner, width, height, fill=False, ec=MARK, lw=2.5, clip_on=False)
        axes.add_patch(frame)


def _numbers(axes: Any, M: Array, colours: Array) -> None:
    dark = colours @ np.array([0.299, 0.587, 0.114]) < 0.5
    for (i, j), value in np.ndenumerate(M):
        if value:
            colour = "white" if dark[i, j] else "black"
            axes.text(j, i, f"{value:.3g}", ha="center", va="center", fontsize=8, color=colour)


def _by_sign(M: Array) -> Array:
    colours = np.array([NOTHING, POSITIVE, NEGATIVE])
    chosen: Array = colours[np.sign(M).astype(int)]  # -1 is the last
    return chosen


def _by_kind(kinds: Array) -> Array:
    from matplotlib import colormaps  # noqa: PLC0415 - slow to import

    shades = np.array(colormaps["cividis"](np.linspace(0.15, 1, max(int(kinds.max()) + 1, 2))))
    chosen: Array = np.where((kinds < 0)[..., None], NOTHING, shades[kinds][..., :3])
    return chosen
