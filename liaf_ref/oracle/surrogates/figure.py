"""All shapes of the table in one picture."""

import numpy as np

from liaf_ref._core.palette import BLUE, GREY
from liaf_ref._core.png import figure_to_png
from liaf_ref.oracle.surrogates.shape import format_values
from liaf_ref.oracle.surrogates.table import SHAPES

COLUMNS = 4
REACH = 2.0  # of U - v_th; wide slopes are drawn farther
FAR_REACH = {"square_wave": 8.0, "clipped_reciprocal": 8.0, "multi_gaussian": 4.0}


def draw_shapes() -> bytes:
    """Draw each shape with its defaults, in its own axes."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, seldom needed

    rows = -(-len(SHAPES) // COLUMNS)
    picture = Figure(figsize=(10, 1.75 * rows))
    picture.subplots_adjust(left=0.04, right=0.99, bottom=0.07, top=0.975, wspace=0.26, hspace=0.75)
    axes = picture.subplots(rows, COLUMNS).ravel()
    for axis, shape in zip(axes, SHAPES.values(), strict=False):
        values, reach = shape.complete({}), FAR_REACH.get(shape.name, REACH)
        x = np.linspace(-reach, reach, 2001)
        y = shape.slope(x, values)
        axis.axhline(0, color=GREY, lw=0.6)
        axis.axvline(0, color=GREY, lw=0.6)
        axis.plot(x, y, color=BLUE, lw=1.6)
        axis.set_title(shape.name, fontsize=10)
        defaults = format_values(shape.own(values)) or "no parameters"
        axis.set_xlabel(defaults, fontsize=8, color="#555555")
        axis.tick_params(labelsize=7)
        axis.margins(x=0)
        axis.set_ylim(min(-0.08 * y.max(), 1.15 * y.min()), 1.12 * y.max())
    for axis in axes[len(SHAPES) :]:
        axis.set_visible(False)
    picture.supxlabel("$U - V_{th}$", fontsize=10, y=0.006)
    return figure_to_png(picture)
