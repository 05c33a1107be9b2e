"""Counts of Tables I, II, VII and IX, printed and ours, and the operations zeros could save."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from liaf_ref._core.palette import CELL_COLORS, CELL_NAMES
from liaf_ref._core.png import figure_to_png
from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import LayerSparsity, OpCount
from liaf_ref.report.audit.counts import OPERATIONS, TABLE_I_SIZES, TABLE_II_SIZES, CountComparison
from liaf_ref.report.content import format_percent, markdown_table
from liaf_ref.report.tables import format_sizes

TABLES = {
    "I": f"temporal layers, {format_sizes(TABLE_I_SIZES)}, one step",
    "II": f"spatiotemporal layers, {format_sizes(TABLE_II_SIZES)}",
    "VII": "convolutions of the CIFAR10-DVS networks",
    "IX": "convolutions of the DVS128 Gesture networks",
}
KINDS = ("dense", "effective")  # operations of a layer, and those without zeros
SCALE_PANEL = "here"
LABEL_OFFSETS = {
    "lif": (6, -12),
    "gru": (6, -12),
    "conv2d": (-50, -4),
}  # to keep labels from overlapping
Counts = Mapping[str, Mapping[str, int]]


def to_markdown(document: Mapping[str, Any]) -> str:
    """Format the counts as Markdown tables."""
    figures = [CountComparison(**found) for found in document["printed"]]
    parts = []
    for name, what in TABLES.items():
        parts += [f"## Table {name}: {what}", _layer_table(name, figures)]
    for name, counts in document["exact"].items():
        parts += [f"## Whole networks of Table {name}, exact count", _network_table(counts)]
    parts += ["## Networks of this scale, exact count", _network_table(document["at_scale"])]
    parts += [
        "## Operations that remain when zeros are skipped",
        _sparsity_table(document["trained"]),
    ]
    for found in document["trained"]:
        parts += [f"### {CELL_NAMES[found['cell']]}", sparsity_table(_observed_stages(found))]
    return "\n\n".join(parts)


def _layer_table(name: str, figures: Iterable[CountComparison]) -> str:
    here = by_row(name, figures)
    columns = (f"{column}{what}" for column in OPERATIONS for what in (" printed", ""))
    lines: list[tuple[str, ...]] = []
    for row, cells in here.items():
        own = (text for c in OPERATIONS for text in (cells[c].printed, f"{cells[c].computed:,}"))
        lines.append(
            (CELL_NAMES[row], *own, _ratio(_total_computed(cells), _total_computed(here["liaf"])))
        )
    return markdown_table(("layer", *columns, "operations / LIAF's"), lines)


def _network_table(counts: Counts) -> str:
    head = "network", "MULs", "ADDs", "weights", "operations / LIAF's"
    lines = [
        (
            CELL_NAMES[cell],
            *(f"{count[key]:,}" for key in ("muls", "adds", "weights")),
            _ratio(_total_operations(count), _total_operations(counts["liaf"])),
        )
        for cell, count in counts.items()
    ]
    return markdown_table(head, lines)


def _sparsity_table(trained: Iterable[Mapping[str, Any]]) -> str:
    head = "network", "test %", "MULs", "remaining", "ADDs", "remaining", "operations saved %"
    lines = []
    for found in trained:
        full, left = found["dense"], found["effective"]
        both = (f"{count[key]:,}" for key in ("muls", "adds") for count in (full, left))
        saved = format_percent(1 - _total_operations(left) / _total_operations(full))
        lines.append((CELL_NAMES[found["cell"]], format_percent(found["accuracy"]), *both, saved))
    return markdown_table(head, lines)


def _observed_stages(network: Mapping[str, Any]) -> list[LayerSparsity]:
    return [
        LayerSparsity(**row | {name: OpCount(**row[name]) for name in KINDS})
        for row in network["stages"]
    ]


def sparsity_table(rows: Sequence[LayerSparsity]) -> str:
    """Table of the sparsity of activations, and of the operations without those on zeros."""
    head = ("part", "layer", "in %", "out %", "MULs", "ADDs", "left: MULs", "ADDs")
    lines: list[tuple[str, ...]] = []
    for row in rows:
        shares = format_percent(row.input_density), format_percent(row.output_density)
        layer = re.split("[(,]", row.label)[0]
        lines.append((row.prefix, layer, *shares, *_pairs(row.dense, row.effective)))
    full, left = (op_count.total(getattr(row, kind) for row in rows) for kind in KINDS)
    lines.append(("", "all", "", "", *_pairs(full, left)))
    return markdown_table(head, lines)


def _pairs(full: OpCount, remaining: OpCount) -> tuple[str, ...]:
    return tuple(f"{n:.3g}" for n in (full.muls, full.adds, remaining.muls, remaining.adds))


def by_row(name: str, figures: Iterable[CountComparison]) -> dict[str, dict[str, CountComparison]]:
    """The counts of one table, by row and column."""
    rows: dict[str, dict[str, CountComparison]] = {}
    for found in figures:
        if found.table == name:
            rows.setdefault(found.row, {})[found.column] = found
    return rows


def _total_computed(cells: Mapping[str, CountComparison]) -> int:
    return cells["MULs"].computed + cells["ADDs"].computed


def _total_operations(count: Mapping[str, int]) -> int:
    return count["muls"] + count["adds"]


def _ratio(a: float, b: float) -> str:
    return f"{a / b:.2f}"


def plot_png(document: Mapping[str, Any]) -> bytes:
    """Plot operations over weights, a panel for each table and one for this scale."""
    from matplotlib.figure import Figure as Picture  # noqa: PLC0415 - slow to import

    figures = [CountComparison(**found) for found in document["printed"]]
    picture = Picture(figsize=(7.4, 9), layout="constrained")
    rows = [["I", "II"], ["VII", "IX"], [SCALE_PANEL, SCALE_PANEL]]
    panels: dict[str, Any] = picture.subplot_mosaic(rows)
    for axes in panels.values():
        axes.set(xscale="log", yscale="log", xlabel="weights", ylabel="MULs + ADDs")
        axes.margins(0.5, 0.3)
        axes.grid(alpha=0.3)
    for name in TABLES:
        panels[name].set_title(f"Table {name}", fontsize=10)
        panels[name].xaxis.set_minor_formatter("")
        for row, cells in by_row(name, figures).items():
            _draw_point(panels[name], row, cells["weights"].computed, _total_computed(cells))
            if name in document["exact"]:
                muls, adds, weights = (float(cells[column].printed) for column in OPERATIONS)
                panels[name].plot(weights, muls + adds, "x", color=CELL_COLORS[row])
    panels["VII"].plot([], [], "x", color="grey", label="as printed")
    panels["VII"].legend(fontsize=9, loc="lower right")
    _draw_scale_panel(panels[SCALE_PANEL], document)
    return figure_to_png(picture)


def _draw_scale_panel(axes: Any, document: Mapping[str, Any]) -> None:
    """Plot the networks of the scale; arrows show the effect of skipping zeros."""
    axes.set_title("networks of this scale; arrows: when zeros are skipped", fontsize=10)
    for cell, count in document["at_scale"].items():
        _draw_point(axes, cell, count["weights"], _total_operations(count))
    for found in document["trained"]:
        weights = found["dense"]["weights"]
        full, left = (_total_operations(found[kind]) for kind in KINDS)
        look = {"arrowstyle": "->", "color": CELL_COLORS[found["cell"]]}
        axes.annotate("", (weights, left), (weights, full), arrowprops=look)
        axes.plot(weights, left, "v", color=CELL_COLORS[found["cell"]])


def _draw_point(axes: Any, cell: str, weights: int, operations: int) -> None:
    axes.plot(weights, operations, "o", color=CELL_COLORS[cell])
    place = LABEL_OFFSETS.get(cell, (6, 4))
    point, name = (weights, operations), CELL_NAMES[cell]
    axes.annotate(name, point, place, textcoords="offset points", fontsize=9)
