"""Table and figure of each study: degradation (Section II-C), efficiency, spike codes (VII-C)."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, NamedTuple

from liaf_ref._core.palette import BLUE, CELL_COLORS, CELL_NAMES, CODE_COLORS, VERMILION
from liaf_ref._core.png import figure_to_png, new_figure
from liaf_ref.analysis import op_count
from liaf_ref.analysis.op_count import LayerSparsity, OpCount
from liaf_ref.report import audit
from liaf_ref.report.audit.counts import OPERATIONS, TABLE_I_SIZES, TABLE_II_SIZES
from liaf_ref.report.content import column_table, format_percent, format_sizes, markdown_table

Row = Mapping[str, Any]
Document = Mapping[str, Any]
IDENTITY_TITLES = {1: "(1) LIF", 2: "(2) perceptron, Conv2D", 3: "(3) RNN"}
OUTPUT = "Y"
MAX_COMPARABLE_ULPS = 1e6
SHARES = {
    "interpolation": "share of the spike in the activation / %",
    "memory_scaling": "share of the decays α and β / %",
}
TABLES = {
    "I": f"temporal layers, {format_sizes(TABLE_I_SIZES)}, one step",
    "II": f"spatiotemporal layers, {format_sizes(TABLE_II_SIZES)}",
    "VII": "convolutions of the CIFAR10-DVS networks",
    "IX": "convolutions of the DVS128 Gesture networks",
}
RATIO = "operations / LIAF's"
OPERATIONS_LABEL = "multiplications and additions"
KINDS = ("dense", "effective")  # operations of a layer, and those without zeros
SCALE_PANEL, PRUNED_PANEL = "here", "pruned"
LABEL_OFFSETS = {
    "lif": (6, -12),
    "gru": (6, -12),
    "conv2d": (-50, -4),
}  # to keep labels from overlapping
LINE_STYLES = {"sign": "-", "offset": ":"}
CODING_BASELINES = {"LIAF, analog": "analog", "LIF": "lif"}
MARKERS = {"rate": "o", "first spike": "x", "first spike, log": "^"}


def degradation_table(document: Document) -> str:
    """Format the equivalences, and the measures of a network that is degraded."""
    identities: dict[str, Callable[[Row], str]] = {
        "II-C": lambda row: IDENTITY_TITLES[row["item"]],
        **{title: itemgetter(title.lower()) for title in ("LIAF", "baseline", "dtype")},
        "output": lambda row: _format_ulps(row["ulps"][OUTPUT]),
        "gradients": _format_gradients,
        "reason": itemgetter("explanation"),
    }
    equal = column_table(document["equivalences"], identities, str.ljust)
    left = document["remaining_effects"]
    effects = (
        f"With alpha = beta = 0, V^0 = 0.25 changes the outputs of {left['changed_steps']} of "
        f"{left['steps']} steps; the gradients in alpha and beta are up to {left['alpha']:.3g} and "
        f"{left['beta']:.3g}.\n\n"
        "Difference between the logits of the trained network with alpha = beta = 0 and without "
        f"neurons, in float64: {_format_ulps(document['stateless_error'])}."
    )
    lines = [
        (
            f"{100 * act['share']:.0f}",
            *(format_percent(act["accuracy"]), f"{act['loss']:.4f}"),
            *(format_percent(memory["accuracy"]), f"{memory['loss']:.4f}"),
        )
        for act, memory in zip(*(document[key] for key in SHARES), strict=True)
    ]
    degraded = markdown_table(("share %", "Act: test %", "loss", "memory: test %", "loss"), lines)
    count, least = document["recordings"], format_percent(document["majority_accuracy"])
    note = f"{count} test recordings; always predicting the most frequent class gives {least} %."
    return "\n\n".join((equal, effects, degraded, note))


def _format_gradients(found: Row) -> str:
    ulps = {name: ulps for name, ulps in found["ulps"].items() if name != OUTPUT}
    unequal = ", ".join(f"d{name} {_format_ulps(n)}" for name, n in ulps.items() if n)
    return unequal or f"all {len(ulps)} equal"


def _format_ulps(ulps: float) -> str:
    """Format a difference in ulps; a very large one is ``another value``."""
    if ulps > MAX_COMPARABLE_ULPS:
        return "another value"
    return f"{ulps:.3g} ulp" if ulps else "equal"


def degradation_png(document: Document) -> bytes:
    """Plot accuracy and loss over both shares."""
    picture = new_figure(7.4, 3.6)
    highest = max(point["loss"] for key in SHARES for point in document[key])
    for axes, (key, label) in zip(picture.subplots(1, 2), SHARES.items(), strict=True):
        points = document[key]
        shares = [100 * point["share"] for point in points]
        axes.plot(shares, [100 * p["accuracy"] for p in points], "o-", color=BLUE)
        majority = 100 * document["majority_accuracy"]
        axes.axhline(majority, color="grey", ls=":", label="most frequent class")
        axes.set(xlabel=label, ylim=(0, 105))
        axes.set_ylabel("test accuracy / %", color=BLUE)
        other = axes.twinx()
        other.plot(shares, [p["loss"] for p in points], "s--", ms=4, color=VERMILION)
        other.set_ylabel("test loss / nat", color=VERMILION)
        other.set_ylim(0, 1.1 * highest)
        axes.legend(fontsize=9, loc="center left")
    return figure_to_png(picture)


def efficiency_table(document: Document) -> str:
    """Format the counts as Markdown tables."""
    parts: list[str] = []
    for name, what in TABLES.items():
        parts += [f"## Table {name}: {what}", _counts_table(_by_row(name, document))]
    for name, exact in document["exact"].items():
        parts += [f"## Whole networks of Table {name}, exact count", _counts_table(exact)]
    parts += ["## Networks of this scale, exact count", _counts_table(document["at_scale"])]
    head = "network", "test %", "MULs", "remaining", "ADDs", "remaining", "operations saved %"
    lines = []
    for found in document["trained"]:
        full, left = (found[kind] for kind in KINDS)
        both = (f"{count[key]:,}" for key in ("muls", "adds") for count in (full, left))
        saved = format_percent(1 - _operations(left) / _operations(full))
        lines.append((CELL_NAMES[found["cell"]], format_percent(found["accuracy"]), *both, saved))
    parts += ["## Operations that remain when zeros are skipped", markdown_table(head, lines)]
    for found in document["trained"]:
        rows = [
            LayerSparsity(**row | {name: OpCount(**row[name]) for name in KINDS})
            for row in found["stages"]
        ]
        parts += [f"### {CELL_NAMES[found['cell']]}", sparsity_table(rows)]
    trained = {CELL_NAMES[found["cell"]]: found for found in document["trained"]}
    numbers = {cell: found["neurobench"] for cell, found in trained.items()}
    parts += ["## NeuroBench, a recording in the mean", neurobench_table(numbers)]
    pruned = [{"cell": cell, **row} for cell, found in trained.items() for row in found["pruned"]]
    columns: dict[str, Callable[[Row], str]] = {
        "network": itemgetter("cell"),
        "zero below": lambda row: f"{row['below']:g}",
        "test %": lambda row: format_percent(row["accuracy"]),
        "effective MACs": lambda row: f"{row['effective_macs']:,.0f}",
        "effective ACs": lambda row: f"{row['effective_acs']:,.0f}",
    }
    parts += ["## What is left if small outputs are set to zero", column_table(pruned, columns)]
    return "\n\n".join(parts)


def neurobench_table(numbers: Mapping[str, Row]) -> str:
    """NeuroBench's numbers of networks by name."""
    columns: dict[str, Callable[[Row], str]] = {
        "network": itemgetter("name"),
        "footprint / bytes": lambda row: f"{row['footprint']:,}",
        "connection sparsity": lambda row: f"{row['connection_sparsity']:.4f}",
        "activation sparsity": lambda row: f"{row['activation_sparsity']:.4f}",
        "dense": lambda row: f"{row['dense']:,.0f}",
        "effective MACs": lambda row: f"{row['effective_macs']:,.0f}",
        "effective ACs": lambda row: f"{row['effective_acs']:,.0f}",
    }
    return column_table([{"name": name, **row} for name, row in numbers.items()], columns)


def _counts_table(counts: Mapping[str, Row]) -> str:
    """Operations and weights of layers or networks, beside the printed ones if there are any."""
    printed = "printed" in counts["liaf"]
    head, lines = list(OPERATIONS), []
    if printed:
        head = [title for name in OPERATIONS for title in (f"{name} printed", name)]
    for cell, own in counts.items():
        texts = [f"{own[title.lower()]:,}" for title in OPERATIONS]
        if printed:
            theirs = (own["printed"][title] for title in OPERATIONS)
            texts = list(chain(*zip(theirs, texts, strict=True)))
        ratio = _operations(own) / _operations(counts["liaf"])
        lines.append((CELL_NAMES[cell], *texts, f"{ratio:.2f}"))
    return markdown_table(("layer" if printed else "network", *head, RATIO), lines)


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


def _by_row(table: str, document: Document) -> dict[str, dict[str, Any]]:
    """Our counts in each row of a table, and those printed there."""
    rows: dict[str, dict[str, Any]] = {}
    for found in document["printed"]:
        if found["table"] == table and found["column"] in OPERATIONS:
            own = rows.setdefault(found["row"], {"printed": {}})
            own[found["column"].lower()] = found["computed"]
            own["printed"][found["column"]] = found["printed"]
    return rows


def _operations(count: Mapping[str, int]) -> int:
    return count["muls"] + count["adds"]


def efficiency_png(document: Document) -> bytes:
    """Plot operations over weights, a panel for each table and one for this scale."""
    picture = new_figure(7.4, 12)
    rows = [["I", "II"], ["VII", "IX"], [SCALE_PANEL] * 2, [PRUNED_PANEL] * 2]
    panels: dict[str, Any] = picture.subplot_mosaic(rows)
    _draw_pruned(panels.pop(PRUNED_PANEL), document)
    for axes in panels.values():
        axes.set(
            xscale="log", yscale="log", xlabel="weights", ylabel="multiplications and additions"
        )
        axes.margins(0.5, 0.3)
        axes.grid(alpha=0.3)
    for name in TABLES:
        panels[name].set_title(f"Table {name}", fontsize=10)
        panels[name].xaxis.set_minor_formatter("")
        for cell, count in _by_row(name, document).items():
            _draw_point(panels[name], cell, count)
            if name in document["exact"]:
                muls, adds, weights = (float(count["printed"][title]) for title in OPERATIONS)
                panels[name].plot(weights, muls + adds, "x", color=CELL_COLORS[cell])
    panels["VII"].plot([], [], "x", color="grey", label="as printed")
    panels["VII"].legend(fontsize=9, loc="lower right")
    axes = panels[SCALE_PANEL]
    axes.set_title("networks of this scale; arrows: when zeros are skipped", fontsize=10)
    for cell, count in document["at_scale"].items():
        _draw_point(axes, cell, count)
    for found in document["trained"]:
        weights, color = found["dense"]["weights"], CELL_COLORS[found["cell"]]
        full, left = (_operations(found[kind]) for kind in KINDS)
        arrow = {"arrowstyle": "->", "color": color}
        axes.annotate("", (weights, left), (weights, full), arrowprops=arrow)
        axes.plot(weights, left, "v", color=color)
    return figure_to_png(picture)


def _draw_pruned(axes: Any, document: Document) -> None:
    for found in document["trained"]:
        points = [(p["effective_macs"] / 1e6, 100 * p["accuracy"]) for p in found["pruned"]]
        axes.plot(*zip(*points, strict=True), "o-", ms=4, color=CELL_COLORS[found["cell"]])
        place = {"textcoords": "offset points", "fontsize": 9}
        axes.annotate(CELL_NAMES[found["cell"]], points[0], (4, 5), **place)
    axes.set(
        xlabel="multiplications that are left / million", ylabel="test accuracy / %", ylim=(0, 105)
    )
    axes.set_title("if outputs below 0.01, 0.03, 0.1, 0.2, 0.3, 1 are set to zero", fontsize=10)
    axes.margins(0.15)
    axes.grid(alpha=0.3)


def _draw_point(axes: Any, cell: str, count: Row) -> None:
    point, name = (count["weights"], _operations(count)), CELL_NAMES[cell]
    axes.plot(*point, "o", color=CELL_COLORS[cell])
    place = LABEL_OFFSETS.get(cell, (6, 4))
    axes.annotate(name, point, place, textcoords="offset points", fontsize=9)


def coding_table(document: Document) -> str:
    """Format the results as a Markdown table."""

    def optional(name: str, show: Callable[[Any], str] = str) -> Callable[[Row], str]:
        return lambda row: show(row[name]) if name in row else ""

    columns = {
        "encoded layers": lambda row: row["site"],
        "lines": optional("scaler"),
        "code": optional("code"),
        "k": optional("k"),
        "test %": lambda row: format_percent(row["accuracy"]),
        "agrees with analog %": optional("agreement", format_percent),
        "spikes per value": lambda row: f"{row['spikes_per_value']:.3f}" if "code" in row else "",
        "MULs": lambda row: f"{row['muls']:,}",
        "ADDs": lambda row: f"{row['adds']:,}",
    }
    analog = [{"site": name, **document[key]} for name, key in CODING_BASELINES.items()]
    note = (
        f"{document['recordings']} test recordings; the ranges are percentile "
        f"{document['percentile']} of the values on training recordings."
    )
    return f"{column_table([*analog, *document['encoded']], columns)}\n\n{note}"


def coding_png(document: Document) -> bytes:
    """Plot accuracy and operations over k, a column for each site."""
    rows = document["encoded"]
    places = list(dict.fromkeys(row["site"] for row in rows))
    picture = new_figure(4.6 * len(places), 7)
    for place, (above, below) in zip(places, picture.subplots(2, len(places)).T, strict=True):
        here = [row for row in rows if row["site"] == place]
        for (lines, code), line in groupby(here, lambda row: (row["scaler"], row["code"])):
            found = list(line)
            look = {"color": CODE_COLORS[code], "ls": LINE_STYLES[lines], "marker": MARKERS[code]}
            k = [row["k"] for row in found]
            label = code if lines == "sign" else f"{code}, {lines}"
            above.plot(k, [100 * row["accuracy"] for row in found], label=label, ms=5, **look)
            below.plot(k, [_operations(row) for row in found], ms=5, **look)
        for (name, key), style in zip(CODING_BASELINES.items(), ("--", "-."), strict=True):
            row = document[key]
            above.axhline(100 * row["accuracy"], color="black", ls=style, lw=1, label=name)
            below.axhline(_operations(row), color="black", ls=style, lw=1)
        above.set(title=f"spikes at the {place}", ylabel="test accuracy / %", ylim=(0, 105))
        below.set(ylabel=OPERATIONS_LABEL)
        below.set_ylim(bottom=0)
        for axes in (above, below):
            axes.set_xscale("log", base=2)
            axes.set_xlabel("sub-intervals of a time step, k")
            axes.grid(alpha=0.3)
    entries = [axes.get_legend_handles_labels() for axes in picture.axes]
    shown = {label: line for own in entries for line, label in zip(*own, strict=True)}
    picture.legend(shown.values(), shown, loc="outside lower center", ncols=4, fontsize=9)
    return figure_to_png(picture)


class StudyReport(NamedTuple):
    """How the results of a study are laid out."""

    to_markdown: Callable[[dict[str, Any]], str]
    plot_png: Callable[[dict[str, Any]], bytes]
    with_printed: Callable[[dict[str, Any]], dict[str, Any]] = dict


STUDY_REPORTS = {
    "degradation": StudyReport(degradation_table, degradation_png),
    "efficiency": StudyReport(
        efficiency_table, efficiency_png, lambda result: {"printed": audit.counted()} | result
    ),
    "coding": StudyReport(coding_table, coding_png),
}
