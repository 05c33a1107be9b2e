"""The shapes and their names in frameworks as text, and the shapes as a figure."""

import inspect
import math
import textwrap
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.palette import BLUE, GREY
from liaf_ref._core.png import figure_to_png, new_figure
from liaf_ref.oracle.surrogates.table import SHAPES, Shape, Values, format_values


class FrameworkName(NamedTuple):
    """A surrogate of a framework with its defaults, and what it is here."""

    name: str
    defaults: Values
    shape: str
    here: Values | None = None  # its parameters; None: those of the defaults

    def __str__(self) -> str:
        return _call(self.name, self.defaults)


TABLE = (resources.files(__package__) / "frameworks.toml").read_text("utf-8")
NAMES: Mapping[str, Sequence[FrameworkName]] = {
    framework: [FrameworkName(**row) for row in rows]
    for framework, rows in tomllib.loads(TABLE).items()
}


def describe(shape: Shape) -> dict[str, Any]:
    """What is known about a shape; numbers hold for the default parameters; None is infinity."""
    paragraphs = str(inspect.getdoc(shape.function)).split("\n\n")
    curve, formula, source = (" ".join(paragraph.split()) for paragraph in paragraphs)
    sizes = {"support": shape.support, "area": shape.area}
    names = {f: [str(n) for n in some if n.shape == shape.name] for f, some in NAMES.items()}
    return {
        "name": shape.name,
        "curve": curve.removesuffix("."),
        "formula": formula,
        "source": source,
        "parameters": shape.own,
        "value_at_0": float(shape.slope(np.zeros(1))[0]),
        **{name: float(x) if math.isfinite(x) else None for name, x in sizes.items()},
        "symmetric": shape.symmetric,
        "names": {framework: own for framework, own in names.items() if own},
    }


def format_shapes() -> str:
    """A paragraph for each shape."""
    return "\n\n".join(map(_paragraph, SHAPES.values()))


def _paragraph(shape: Shape) -> str:
    row, values, support = describe(shape), format_values(shape.own), shape.support
    facts = [
        f"defaults {values}" if values else "no parameters",
        f"{row['value_at_0']:.3g} at 0",
        f"0 from |x| = {support:.3g} on" if math.isfinite(support) else "never 0",
        f"area {shape.area:.3g}" if math.isfinite(shape.area) else "infinite area",
    ]
    names = "; ".join(
        f"{framework}: {name}" + (f" = {_call(shape.name, name.here)}" if name.here else "")
        for framework, some in NAMES.items()
        for name in some
        if name.shape == shape.name
    )
    lines = [row["formula"], ", ".join(facts), row["source"], names]
    wrapped = [textwrap.fill(line, 96, subsequent_indent="  ") for line in lines if line]
    return f"{shape.name}\n" + textwrap.indent("\n".join(wrapped), "  ")


def _call(name: str, values: Values) -> str:
    return f"{name}({', '.join(f'{key}={value:.4g}' for key, value in values.items())})"


COLUMNS = 4
REACH = 2.0  # of U - v_th; wide slopes are drawn farther
FAR_REACH = {"square_wave": 8.0, "clipped_reciprocal": 8.0, "multi_gaussian": 4.0}


def draw_shapes() -> bytes:
    """Draw each shape with its defaults, in its own axes."""
    rows = -(-len(SHAPES) // COLUMNS)
    picture = new_figure(10, 1.75 * rows)
    for place, shape in enumerate(SHAPES.values(), 1):
        axis = picture.add_subplot(rows, COLUMNS, place)
        reach = FAR_REACH.get(shape.name, REACH)
        x = np.linspace(-reach, reach, 2001)
        axis.axhline(0, color=GREY, lw=0.6)
        axis.axvline(0, color=GREY, lw=0.6)
        axis.plot(x, shape.slope(x), color=BLUE)
        axis.set_title(shape.name, fontsize=10)
        axis.set_xlabel(format_values(shape.own) or "no parameters", fontsize=8)
    picture.supxlabel("$U - V_{th}$")
    return figure_to_png(picture)
