"""Table and figure of each study; those of spike codes, Section VII-C, are here."""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from liaf_ref._core.palette import CODE_COLORS
from liaf_ref._core.png import figure_to_png
from liaf_ref.report import degradation, efficiency
from liaf_ref.report.audit.counts import compare_counts
from liaf_ref.report.content import format_percent, markdown_table

Row = Mapping[str, Any]
LINE_STYLES = {"sign": "-", "offset": ":"}
MARKERS = {"rate": "o", "first spike": "x", "first spike, log": "^"}


def coding_table(document: Mapping[str, Any]) -> str:
    """Format the results as a Markdown table."""
    encoding = "encoded layers", "lines", "code", "k"
    head = (*encoding, "test %", "agrees with analog %", "spikes per value", "MULs", "ADDs")
    lines: list[tuple[str, ...]] = []
    for name, row in (("LIAF, analog", document["analog"]), ("LIF", document["lif"])):
        lines.append((name, "", "", "", format_percent(row["accuracy"]), "", "", *_operations(row)))
    for row in document["encoded"]:
        how = row["site"], row["scaler"], row["code"], str(row["k"])
        shares = format_percent(row["accuracy"]), format_percent(row["agreement"])
        each = f"{row['spikes_per_value']:.3f}"
        lines.append((*how, *shares, each, *_operations(row)))
    note = (
        f"{document['recordings']} test recordings; the ranges are percentile "
        f"{document['percentile']} of the values on training recordings."
    )
    return f"{markdown_table(head, lines)}\n\n{note}"


def _operations(row: Row) -> tuple[str, str]:
    return f"{row['muls']:,}", f"{row['adds']:,}"


def coding_png(document: Mapping[str, Any]) -> bytes:
    """Plot accuracy and operations over k, a column for each site."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import, seldom needed

    rows = document["encoded"]
    places = list(dict.fromkeys(row["site"] for row in rows))
    picture = Figure(figsize=(4.6 * len(places), 7), layout="constrained")
    for place, (above, below) in zip(places, picture.subplots(2, len(places)).T, strict=True):
        here = [row for row in rows if row["site"] == place]
        for (lines, code), line in groupby(here, lambda row: (row["scaler"], row["code"])):
            found = list(line)
            look = {"color": CODE_COLORS[code], "ls": LINE_STYLES[lines], "marker": MARKERS[code]}
            k = [row["k"] for row in found]
            label = code if lines == "sign" else f"{code}, {lines}"
            above.plot(k, [100 * row["accuracy"] for row in found], label=label, ms=5, **look)
            below.plot(k, [row["muls"] + row["adds"] for row in found], ms=5, **look)
        for name, style, row in (
            ("LIAF, analog", "--", document["analog"]),
            ("LIF", "-.", document["lif"]),
        ):
            above.axhline(100 * row["accuracy"], color="black", ls=style, lw=1, label=name)
            below.axhline(row["muls"] + row["adds"], color="black", ls=style, lw=1)
        above.set(title=f"sent: {place}", ylabel="test accuracy / %", ylim=(0, 105))
        below.set(ylabel="MULs + ADDs of a recording")
        below.set_ylim(bottom=0)
        for axes in (above, below):
            axes.set_xscale("log", base=2)
            axes.set_xlabel("sub-intervals k")
            axes.grid(alpha=0.3)
    shown = {label: line for axes in picture.axes for line, label in _legend_entries(axes)}
    picture.legend(shown.values(), shown, loc="outside lower center", ncols=4, fontsize=9)
    return figure_to_png(picture)


def _legend_entries(axes: Any) -> Iterable[tuple[Any, str]]:
    return zip(*axes.get_legend_handles_labels(), strict=True)


class StudyReport(NamedTuple):
    """How the results of a study are laid out."""

    to_markdown: Callable[[dict[str, Any]], str]
    plot_png: Callable[[dict[str, Any]], bytes]
    with_printed: Callable[[dict[str, Any]], dict[str, Any]] = dict


def _with_printed_counts(result: dict[str, Any]) -> dict[str, Any]:
    return {"printed": [count._asdict() for count in compare_counts()]} | result


STUDY_REPORTS = {
    "degradation": StudyReport(degradation.to_markdown, degradation.plot_png),
    "efficiency": StudyReport(efficiency.to_markdown, efficiency.plot_png, _with_printed_counts),
    "coding": StudyReport(coding_table, coding_png),
}
