"""The measurements as tables of a page, forward and backward, and the slopes as a figure."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from documentation import markdown_table
from matplotlib.figure import Figure

from frameworks import NeuronMeasurement
from frameworks.forward import Lag
from liaf_ref._core.palette import BLACK, BLUE, GREEN, LIGHT_BLUE, ORANGE, PURPLE, VERMILION
from liaf_ref._core.png import figure_to_png

FORWARD_COLUMNS = ("output", "fires", "reset", "order", "shown", "gain", "leak", "V0")
BACKWARD_COLUMNS = ("reset grad", "surrogate", "dY/dV_th", "trainable")
POTENTIAL_SYMBOLS = {"before": "U", "after": "R"}
RESET_PATH_NOTES = {
    "attached": ", incl. reset",
    "explicit": ", incl. amount",
    "none": ", output only",
    "other": ", other",
}
LAG_NOTES = {Lag(0, 0): "", Lag(0, 1): ", next step", Lag(1, 0): ", U next step"}
DOCS = Path(__file__).resolve().parents[2] / "docs"
MEASURED = DOCS / "verify" / "frameworks" / "measured.json"
Neuron = dict[str, str]  # what was measured of a neuron, by column


def stored() -> list[dict[str, Any]]:
    """What was measured last, a page each: its name, versions, and neurons."""
    pages: list[dict[str, Any]] = json.loads(MEASURED.read_text("utf-8"))
    return pages


def describe(row: NeuronMeasurement) -> Neuron:
    """What was measured, in words and numbers."""
    cells = (*_forward_cells(row), *_backward_cells(row), row.settings or "defaults")
    names = (*FORWARD_COLUMNS, *BACKWARD_COLUMNS, "settings")
    return {"neuron": f"{row.framework} `{row.neuron}`"} | dict(zip(names, cells, strict=True))


def format_markdown(neurons: Sequence[Neuron]) -> str:
    """Lay neurons out as three tables of a page."""
    return "\n".join(
        _markdown(("neuron", *columns), neurons)
        for columns in (FORWARD_COLUMNS, BACKWARD_COLUMNS, ("settings",))
    )


def format_page(name: str) -> str:
    """The tables of a page, below what was measured."""
    page = next(page for page in stored() if page["page"] == f"{name}.md")
    return f"{_measured_with(page['versions'])}\n\n{format_markdown(page['neurons'])}"


def format_overview() -> str:
    """The first neuron of each framework, below the versions."""
    first: dict[str, Neuron] = {}
    versions: dict[str, str] = {}
    for page in stored():
        versions |= page["versions"]
        for neuron in page["neurons"]:
            framework, _, name = neuron["neuron"].partition(" ")
            link = f"[{framework}](frameworks/{page['page']}) {name}"
            first.setdefault(framework, neuron | {"neuron": link})
    return f"{_measured_with(versions)}\n\n{format_markdown([*first.values()])}"


def _measured_with(versions: dict[str, str]) -> str:
    return f"Measured with {', '.join(map(' '.join, versions.items()))}, in float32."


def _markdown(columns: Sequence[str], rows: Sequence[Neuron]) -> str:
    """A table whose rows are numbered."""
    lines = [(str(k), *(row[c] for c in columns)) for k, row in enumerate(rows, 1)]
    return markdown_table([("", *columns), *lines], right=(0,))


def _forward_cells(row: NeuronMeasurement) -> tuple[str, ...]:
    basic, left = row.subthreshold, row.reset
    word = {"hard": "to", "soft": "by"}.get(left.kind)
    kind = f"{word} {_format_number(left.amount)}" if word else left.kind
    kind += ", one step late" if left.delayed else ""
    if left.kind == "hard" and _format_number(left.slope) != "0":
        kind += " V only"
    if left.refractory_steps:
        kind += f", refractory {left.refractory_steps}"
    decay = ", ".join(_format_number(pole) for pole in basic.poles if pole)
    leak = f"{decay}{_format_signed(basic.beta)}"
    cells = (
        row.output + LAG_NOTES.get(row.lag, ", late"),
        row.firing_condition,
        kind,
        left.order,
        POTENTIAL_SYMBOLS[left.shown_potential],
        _format_number(basic.gain),
    )
    return (*cells, leak, _format_number(basic.initial))


def _backward_cells(row: NeuronMeasurement) -> tuple[str, ...]:
    slope, th = row.surrogate, row.threshold_gradient
    half = f"half at {_format_number(slope.half_width)}" if np.isfinite(slope.half_width) else ""
    end = slope.edge or half
    shape = slope.family
    if slope.height or end:
        shape += f" {_format_number(slope.height)}" + (f", {end}" if end else "")
    threshold = (
        f"{_format_number(th.output)}{RESET_PATH_NOTES[th.reset_path]}"
        if th.has_gradient
        else "none"
    )
    through = "none" if row.reset.kind == "none" else row.reset_gradient.kind
    return (through, shape, threshold, row.trainable_threshold)


def _format_number(value: float) -> str:
    """Four digits: further digits of a float32 measurement are noise."""
    return "?" if np.isnan(value) else f"{round(value, 4) + 0.0:.4g}"


def _format_signed(value: float) -> str:
    sign, size = "+" if value > 0 else "-", _format_number(abs(value))
    return "" if size == "0" else f" {sign}{size}"


# A dash of its own for each: no curve depends on its color.
STYLES = (
    (VERMILION, "-"),
    (BLUE, "--"),
    (GREEN, "-."),
    (PURPLE, ":"),
    (ORANGE, (0, (7, 2, 1, 2, 1, 2))),
    (BLACK, (0, (1, 1))),
    (LIGHT_BLUE, (0, (9, 3))),
    (BLUE, "-"),
    (VERMILION, ":"),
    (GREEN, (0, (9, 3))),
    (PURPLE, "-."),
    (ORANGE, "--"),
)
MIN_VISIBLE_DIFFERENCE = 1e-3  # less cannot be seen in the picture


def draw_surrogates(rows: Sequence[NeuronMeasurement]) -> bytes:
    """Draw each distinct curve once, named after every neuron that has it."""
    picture = Figure(figsize=(9, 6.2), layout="constrained")
    axes = picture.subplots()
    for number, group in enumerate(_group_equal_curves(rows)):
        color, dashes = STYLES[number % len(STYLES)]
        slope = rows[group[0]].surrogate
        axes.plot(slope.x, slope.y, color=color, ls=dashes, lw=2, label=_label(rows, group))
    axes.axvline(0, color="grey", lw=0.8)
    axes.set(
        xlabel=r"$U - V_{th}$",
        ylabel="gradient of the spike in U",
        title="Measured surrogate gradients (numbers refer to table rows)",
        ylim=(-0.03, None),
    )
    picture.legend(loc="outside lower center", fontsize=9, frameon=False)
    return figure_to_png(picture)


def _group_equal_curves(rows: Sequence[NeuronMeasurement]) -> list[list[int]]:
    groups: list[list[int]] = []
    at = np.linspace(-1.5, 1.5, 25)
    curves = [np.interp(at, row.surrogate.x, row.surrogate.y) for row in rows]
    for k, curve in enumerate(curves):
        for group in groups:
            if abs(curve - curves[group[0]]).max() < MIN_VISIBLE_DIFFERENCE:
                group.append(k)
                break
        else:
            groups.append([k])
    return groups


def _label(rows: Sequence[NeuronMeasurement], group: Sequence[int]) -> str:
    owners: dict[str, list[str]] = {}
    for k in group:
        owners.setdefault(rows[k].framework, []).append(str(k + 1))
    named = "; ".join(f"{name} {', '.join(numbers)}" for name, numbers in owners.items())
    return f"{rows[group[0]].surrogate.family}: {named}"
