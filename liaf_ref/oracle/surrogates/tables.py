"""The shapes as tables and as a figure."""

import math
import textwrap
from typing import Any

import numpy as np

from liaf_ref._core.palette import BLUE, GREY
from liaf_ref._core.png import figure_to_png
from liaf_ref.oracle.surrogates.names import NAMES, names_of
from liaf_ref.oracle.surrogates.shape import Shape, format_values
from liaf_ref.oracle.surrogates.table import SHAPES


def describe(shape: Shape) -> dict[str, Any]:
    """What is known about a shape; numbers hold for the default parameters."""
    values = shape.complete({})
    support, area = shape.support(**shape.own(values)), shape.area(**shape.own(values))
    return {
        "name": shape.name,
        "curve": shape.curve,
        "formula": shape.formula,
        "source": shape.source,
        "parameters": shape.own(values),
        "value_at_0": float(shape.slope(np.zeros(1), values)[0]),
        "support": _number_or_none(support),
        "area": _number_or_none(area),
        "symmetric": shape.symmetric,
        "names": names_of(shape.name),
    }


def to_dict() -> dict[str, Any]:
    """All shapes; null stands for infinity."""
    return {"shapes": [describe(shape) for shape in SHAPES.values()]}


def format_terminal() -> str:
    """A paragraph for each shape."""
    return "\n\n".join(_paragraph(describe(shape)) for shape in SHAPES.values())


def format_markdown() -> str:
    """Two tables: the shapes, and the names in each framework."""
    rows = [describe(shape) for shape in SHAPES.values()]
    shapes = [
        "| shape | formula | defaults | at 0 | zero from | area | source |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| `{r['name']}` | `{_escape(r['formula'])}` | {format_values(r['parameters'])} "
            f"| {r['value_at_0']:.3g} | {_text(r['support'])} | {_text(r['area'])} "
            f"| {r['source']} |"
            for r in rows
        ),
    ]
    frameworks = list(dict.fromkeys(entry.framework for entry in NAMES))
    names = [
        "| framework | name and defaults | shape here |",
        "|---|---|---|",
        *(
            f"| {entry.framework} | `{entry}` | `{_call(entry.shape, entry.convert())}` |"
            for framework in frameworks
            for entry in NAMES
            if entry.framework == framework
        ),
    ]
    return "\n".join([*shapes, "", *names])


def _paragraph(row: dict[str, Any]) -> str:
    facts = [
        f"defaults {values}" if (values := format_values(row["parameters"])) else "no parameters",
        f"{row['value_at_0']:.3g} at 0",
        "never 0" if row["support"] is None else f"0 from |x| = {row['support']:.3g} on",
        f"area {_text(row['area'])}",
    ]
    names = "; ".join(f"{name}: {', '.join(known)}" for name, known in row["names"].items())
    lines = [row["formula"], ", ".join(facts), row["source"], names]
    wrapped = [textwrap.fill(line, 96, subsequent_indent="  ") for line in lines if line]
    return f"{row['name']}\n" + textwrap.indent("\n".join(wrapped), "  ")


def _call(shape: str, values: dict[str, float]) -> str:
    given = ", ".join(f"{name}={value:.4g}" for name, value in values.items())
    return f"{shape}({given})"


def _escape(text: str) -> str:
    return text.replace("|", "\\|")


def _text(value: float | None) -> str:
    return "infinite" if value is None else f"{value:.3g}"


def _number_or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


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
