"""Measure the frameworks that are installed, for the tables of docs/verify/frameworks.md.

What is known of frameworks that are not installed, or that cannot be imported, stays as it is, so
that each can be measured in an environment of its own.  The figure is drawn if all are here.
"""

import json
from importlib.metadata import version
from itertools import cycle
from typing import Any

from frameworks import DOCS, MEASURED, Measured, stored
from frameworks.neurons import FRAMEWORKS
from liaf_ref import __version__
from liaf_ref._core.palette import BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION
from liaf_ref._core.png import figure_to_png, new_figure

COLORS = (VERMILION, BLUE, GREEN, PURPLE, ORANGE, BLACK)
DASHES = ("-", "--", "-.", ":")


def measure(name: str) -> tuple[dict[str, Any], Measured]:
    """The version of a framework and its neurons, in words and numbers; and its first neuron."""
    here = __version__ if name == "liaf_ref" else version(name).partition("+")[0]
    found = [(text, Measured(run, v_th)) for text, run, v_th in FRAMEWORKS[name]().subjects()]
    neurons = [{"neuron": text, **neuron.describe()} for text, neuron in found]
    return {"version": here, "neurons": neurons}, found[0][1]


def draw_slopes(neurons: dict[str, Measured]) -> bytes:
    """Draw each distinct slope once, named after every framework whose first neuron has it."""
    groups: dict[tuple[float, ...], list[str]] = {}
    for name, neuron in neurons.items():
        groups.setdefault(tuple(neuron.slope.y.round(3)), []).append(name)
    figure = new_figure(9, 6.2)
    axes = figure.subplots()
    for names, color, dash in zip(groups.values(), cycle(COLORS), cycle(DASHES), strict=False):
        slope = neurons[names[0]].slope
        axes.plot(slope.x, slope.y, color=color, ls=dash, lw=2, label=", ".join(names))
    axes.axvline(0, color="grey", lw=0.8)
    axes.set(xlabel=r"$U - V_{th}$", ylabel="gradient of the spike in U", ylim=(-0.03, None))
    figure.legend(loc="outside lower center", fontsize=9, ncols=2, frameon=False)
    return figure_to_png(figure)


def main() -> None:
    """Write what can be measured here."""
    found, first = stored(), dict[str, Measured]()
    for name in FRAMEWORKS:
        try:
            found[name], first[name] = measure(name)
        except ImportError as error:
            print(f"{name}: {error}")
    MEASURED.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    if first.keys() == FRAMEWORKS.keys():
        (DOCS / "results" / "surrogates.png").write_bytes(draw_slopes(first))


if __name__ == "__main__":
    main()
