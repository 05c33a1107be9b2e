"""The measurements as tables: forward and backward, for a terminal and for a page."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from liaf_ref.oracle.frameworks.lag import Lag
from liaf_ref.oracle.frameworks.measurement import NeuronMeasurement

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
TableRows = list[tuple[str, ...]]


def format_terminal(rows: Sequence[NeuronMeasurement]) -> str:
    """Lay the rows out for a terminal, under 100 columns."""
    parts = [
        _text_table(rows, "FORWARD", FORWARD_COLUMNS, [_forward_cells(row) for row in rows]),
        _text_table(rows, "BACKWARD", BACKWARD_COLUMNS, [_backward_cells(row) for row in rows]),
        "SETTINGS (defaults: those of the framework)\n"
        + "\n".join(
            f"{k:>2}  {row.neuron}: {row.settings or 'defaults'}" for k, row in enumerate(rows, 1)
        ),
    ]
    return "\n\n".join(parts)


def format_markdown(rows: Sequence[NeuronMeasurement]) -> str:
    """Lay the rows out for a page; arguments and result as :func:`format_terminal`."""
    names = [f"{row.framework} `{row.neuron}`" for row in rows]
    parts = [
        _markdown_table(
            ("", "neuron", *FORWARD_COLUMNS), names, [_forward_cells(row) for row in rows]
        ),
        _markdown_table(
            ("", "neuron", *BACKWARD_COLUMNS), names, [_backward_cells(row) for row in rows]
        ),
        _markdown_table(
            ("", "neuron", "settings"), names, [(row.settings or "defaults",) for row in rows]
        ),
    ]
    return "\n\n".join(parts)


def _forward_cells(row: NeuronMeasurement) -> tuple[str, ...]:
    basic, left = row.subthreshold, row.reset
    reset = {
        "hard": f"to {_format_number(left.amount)}",
        "soft": f"by {_format_number(left.amount)}",
    }
    kind = reset.get(left.kind, left.kind) + (", one step late" if left.delayed else "")
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
    half = _format_number(slope.half_width)
    if slope.edge:
        shape = f"{slope.family} {_format_number(slope.height)}, {slope.edge}"
    elif np.isfinite(slope.half_width):
        shape = f"{slope.family} {_format_number(slope.height)}, half at {half}"
    else:
        shape = f"{slope.family} {_format_number(slope.height)}" if slope.height else slope.family
    threshold = (
        f"{_format_number(th.output)}{RESET_PATH_NOTES[th.reset_path]}"
        if th.has_gradient
        else "none"
    )
    through = "none" if row.reset.kind == "none" else row.reset_gradient.kind
    return (through, shape, threshold, row.trainable_threshold)


def _text_table(
    rows: Sequence[NeuronMeasurement], title: str, head: tuple[str, ...], cells: TableRows
) -> str:
    named = [
        (f"{k:>2}  {row.neuron}", *c) for k, (row, c) in enumerate(zip(rows, cells, strict=True), 1)
    ]
    table = [(title, *head), *named]
    widths = [max(len(line[k]) for line in table) for k in range(len(table[0]))]
    text = [
        "  ".join(part.ljust(width) for part, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    ]
    lines = [text[0]]
    for (framework, version), group in groupby(enumerate(rows, 1), lambda k: k[1][:2]):
        lines += [f"{framework} {version}", *(text[k] for k, _ in group)]
    return "\n".join(lines)


def _markdown_table(head: tuple[str, ...], names: Sequence[str], cells: TableRows) -> str:
    lines = [head, ("---:", *["---"] * (len(head) - 1))]
    lines += [(str(k), name, *c) for k, (name, c) in enumerate(zip(names, cells, strict=True), 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _format_number(value: float) -> str:
    """Four digits: further digits of a float32 measurement are noise."""
    return "?" if np.isnan(value) else f"{round(value, 4) + 0.0:.4g}"


def _format_signed(value: float) -> str:
    return (
        ""
        if _format_number(value) in {"0", "-0"}
        else f" {'+' if value > 0 else '-'}{_format_number(abs(value))}"
    )
