"""The rows as tables: forward and backward, for a terminal and for a page."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from liaf_ref.oracle.compare.row import Row

FORWARD = ("output", "fires", "reset", "order", "shows", "gain", "leak", "V0")
BACKWARD = ("through reset", "surrogate slope", "dY/dV_th", "parameter")
SHOWN = {"before": "U", "after": "R"}
THRESHOLD = {
    "attached": ", reset too",
    "explicit": ", amount too",
    "none": ", output only",
    "other": ", other",
}
Lines = list[tuple[str, ...]]


def terminal(rows: Sequence[Row]) -> str:
    """Lay the rows out for a terminal, under 100 columns.

    Parameters
    ----------
    rows : sequence of Row
        The findings.

    Returns
    -------
    str
        Two tables, and below them what was set in each row.
    """
    parts = [
        _columns(rows, "FORWARD", FORWARD, [_forward(row) for row in rows]),
        _columns(rows, "BACKWARD", BACKWARD, [_backward(row) for row in rows]),
        "SETTINGS (where none are named: the framework's own defaults)\n"
        + "\n".join(
            f"{k:>2}  {row.neuron}: {row.settings or 'defaults'}" for k, row in enumerate(rows, 1)
        ),
    ]
    return "\n\n".join(parts)


def markdown(rows: Sequence[Row]) -> str:
    """Lay the rows out for a page; arguments and result as :func:`terminal`."""
    names = [f"{row.framework} `{row.neuron}`" for row in rows]
    parts = [
        _piped(("", "neuron", *FORWARD), names, [_forward(row) for row in rows]),
        _piped(("", "neuron", *BACKWARD), names, [_backward(row) for row in rows]),
        _piped(("", "neuron", "settings"), names, [(row.settings or "defaults",) for row in rows]),
    ]
    return "\n\n".join(parts)


def _forward(row: Row) -> tuple[str, ...]:
    basic, left = row.basics, row.reset
    reset = {"hard": f"to {_n(left.amount)}", "soft": f"by {_n(left.amount)}"}
    kind = reset.get(left.kind, left.kind) + (", late" if left.late else "")
    if left.kind == "hard" and _n(left.slope) != "0":
        kind += " not i"
    decay = ", ".join(_n(pole) for pole in basic.poles if pole)
    leak = f"{decay}{_signed(basic.beta)}"
    cells = (row.output, row.fires, kind, left.order, SHOWN[left.shows], _n(basic.gain))
    return (*cells, leak, _n(basic.base))


def _backward(row: Row) -> tuple[str, ...]:
    slope, th = row.slope, row.threshold
    if slope.edge:
        shape = f"{slope.family} {_n(slope.height)}, {slope.edge}"
    elif np.isfinite(slope.half):
        shape = f"{slope.family} {_n(slope.height)}, half at {_n(slope.half)}"
    else:
        shape = f"{slope.family} {_n(slope.height)}" if slope.height else slope.family
    threshold = f"{_n(th.output)}{THRESHOLD[th.through]}" if th.exists else "none"
    return (row.through.kind, shape, threshold, row.trainable)


def _columns(rows: Sequence[Row], title: str, head: tuple[str, ...], cells: Lines) -> str:
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


def _piped(head: tuple[str, ...], names: Sequence[str], cells: Lines) -> str:
    lines = [head, ("---:", *["---"] * (len(head) - 1))]
    lines += [(str(k), name, *c) for k, (name, c) in enumerate(zip(names, cells, strict=True), 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _n(value: float) -> str:
    """Four digits: what float32 measures beyond that says nothing."""
    return "?" if np.isnan(value) else f"{round(value, 4) + 0.0:.4g}"


def _signed(value: float) -> str:
    return "" if _n(value) in {"0", "-0"} else f" {'+' if value > 0 else '-'}{_n(abs(value))}"
