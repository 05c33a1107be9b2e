"""The tables and figures of docs/results, from the stored runs beside them."""

import csv
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from statistics import median

from bench.spiking import FRAMEWORKS
from matplotlib.figure import Figure
from subprocesses import ROOT

from liaf_ref._core.palette import BLUE, GREEN, LIGHT_BLUE, ORANGE, PURPLE, VERMILION
from liaf_ref.report.runs import from_csv
from liaf_ref.report.table03 import MAIN_HEADING, render_markdown

RESULTS = ROOT / "docs" / "results"
RUNS = RESULTS / "runs"
FINE_TUNED = "Fine-tuned condition (FC)"
FINE_TUNED_RUNS = """Fine-tuned runs replace the EC runs of their task and cell.  The printed number
is the fine-tuned one where the paper gives one.  At the last epoch (`liaf-ref table03 --condition
fc` prints the other epochs):"""
COLORS = (VERMILION, BLUE, GREEN, LIGHT_BLUE, PURPLE, ORANGE)
PROGRAMS = dict(zip(("ours", *FRAMEWORKS), COLORS, strict=True))


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a stored table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sections(text: str) -> dict[str, str]:
    """The sections of second level, by heading."""
    parts = re.split(r"^## ", text, flags=re.M)[1:]
    return {head: f"{body.strip()}\n" for head, _, body in (p.partition("\n") for p in parts)}


@cache
def table03() -> dict[str, str]:
    """The tables of the stored runs on bAbI, by heading."""
    runs = from_csv(RESULTS / "table03.csv")
    ec, fc = (
        sections(render_markdown([run for run in runs if run.has_epochs_of(name)], name))
        for name in ("ec", "fc")
    )
    tables = [part for part in fc[MAIN_HEADING].split("\n\n") if part.startswith("|")]
    return ec | {FINE_TUNED: "\n\n".join((FINE_TUNED_RUNS, *tables[:2])).strip() + "\n"}


def draw_speed() -> Figure:
    """The time of a dense layer and LIF over their number, by each program."""
    times = defaultdict[str, defaultdict[int, list[float]]](lambda: defaultdict(list))
    for row in read(RESULTS / "dense-lif.csv"):
        seconds, count = float(row["milliseconds"]) / 1000, int(row["case"].rpartition("-")[2])
        times[row["program"]][count].append(seconds)
    figure = Figure(figsize=(7.2, 4.2), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    for program, color in PROGRAMS.items():
        shown, width = map(median, times[program].values()), 2.5 if program == "ours" else 1.2
        axes.loglog([*times[program]], [*shown], ".-", color=color, lw=width, label=program)
    counts = [*times["ours"]]
    axes.set_xticks(counts, map("{:,}".format, counts))
    axes.set(xlabel="neurons", ylabel="seconds, forward and backward")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right", frameon=False)
    return figure
