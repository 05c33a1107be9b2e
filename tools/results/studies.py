"""Table III and the figures of stored tables: decays, degraded networks, networks that grow."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from liaf_ref._core.palette import BLUE, CELL_COLORS, CELL_NAMES, GREY, ORANGE
from liaf_ref._core.png import figure_to_png
from liaf_ref.data.babi.reader import TASK_NAMES
from liaf_ref.experiments.babi import UNPRINTED_SETTINGS
from liaf_ref.report.babi_runs import RunSummary
from liaf_ref.report.runs import from_csv
from liaf_ref.report.table03 import MAIN_HEADING, Accuracies, render_markdown
from results import RESULTS, Rows, read

TABLE = RESULTS / "table03.csv"
FINE_TUNED = "Fine-tuned condition (FC)"
FINE_TUNED_RUNS = """Fine-tuned runs replace the EC runs of their task and cell.  The printed number
is the fine-tuned one where the paper gives one.  At the last epoch (`liaf-ref table03 --condition
fc` prints the other epochs):"""
LINE = 4  # points: the height of a line of text in the figure of decays
LARGE = 10  # points: tasks whose accuracy changes by more are named in it
TASKS = {"order": "order of movements, five seeds", "gesture": "gestures, six seeds"}
COLUMNS = ("share", "accuracy", "half_width")
CHANGES = {
    "memory": "share of both decays that is left / %",
    "spike": "share of the spike in the output / %",
}
SIZES = {"B": "batch", "T": "time steps", "HW": "pixels of a frame", "L": "filters of block 1"}
NETWORKS = {"MNIST-DVS": BLUE, "DVS128 Gesture": ORANGE}
MEASURES = {"milliseconds": "time of a step / ms", "megabytes": "saved for backward / MB"}


def sections(text: str) -> dict[str, str]:
    """The sections of second level, by heading."""
    parts = re.split(r"^## ", text, flags=re.M)[1:]
    return {head: f"{body.strip()}\n" for head, _, body in (p.partition("\n") for p in parts)}


@cache
def table03() -> dict[str, str]:
    """The tables of the stored runs on bAbI, by heading."""
    runs = from_csv(TABLE)
    ec, fc = (
        sections(render_markdown([run for run in runs if run.has_epochs_of(name)], name))
        for name in ("ec", "fc")
    )
    tables = [part for part in fc[MAIN_HEADING].split("\n\n") if part.startswith("|")]
    return ec | {FINE_TUNED: "\n\n".join((FINE_TUNED_RUNS, *tables[:2])).strip() + "\n"}


def draw_decays(runs: Sequence[RunSummary]) -> Figure:
    """Accuracy of LIAF and LIF at the last epoch against the initial decay, by task."""
    default = {"alpha": str(UNPRINTED_SETTINGS["alpha"])}
    by_alpha: dict[str, list[RunSummary]] = {}
    for run in runs:
        settings = default | run.settings_by_name()
        if run.has_epochs_of("ec") and settings.keys() == {"alpha"}:
            by_alpha.setdefault(settings["alpha"], []).append(run)
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, cell in zip(panels, ("liaf", "lif"), strict=True):
        _draw_cell(axes, dict(sorted(by_alpha.items())), cell)
    figure.legend(*panels[0].get_legend_handles_labels(), fontsize=9, loc="outside lower center")
    panels[0].set_ylabel("test accuracy at the last epoch / %")
    return figure


def _draw_cell(axes: Axes, by_alpha: dict[str, list[RunSummary]], cell: str) -> None:
    every = {float(a): Accuracies.of(own, "final") for a, own in by_alpha.items()}
    ends: dict[int, float] = {}  # where the lines of named tasks end
    for task in TASK_NAMES:
        means = {a: own.mean(cell, [task]) for a, own in every.items()}
        points = {a: mean.value for a, mean in means.items() if mean is not None}
        if len(points) < len(every):
            continue
        *_, last = points.values()
        named = max(points.values()) - min(points.values()) > LARGE
        color, width = (CELL_COLORS[cell], 1.5) if named else (GREY, 0.6)
        axes.plot(list(points), list(points.values()), ".-", color=color, lw=width, ms=4)
        if named:
            ends[task] = last
    place = float(-LINE)
    for task, y in sorted(ends.items(), key=lambda end: end[1]):
        place = max(y, place + LINE)
        axes.annotate(
            f"QA{task}", (max(every), place), (5, 0), textcoords="offset points", va="center"
        )
    average = {a: own.mean(cell) for a, own in every.items()}
    known = {a: mean.value for a, mean in average.items() if mean is not None}
    axes.plot(list(known), list(known.values()), "k--", label="mean of all tasks")
    axes.set(title=CELL_NAMES[cell], xlabel="initial decay α", xticks=sorted(every), ylim=(0, 100))
    axes.spines[["top", "right"]].set_visible(False)


def draw_degradation(rows: Rows) -> Figure:
    """Accuracy with its 95 % interval against the share, a row for each task."""
    figure = Figure(figsize=(8, 6.4), layout="constrained")
    panels = figure.subplots(len(TASKS), len(CHANGES), sharey=True)
    for line, task in zip(panels, TASKS, strict=True):
        line[0].set_ylabel("test accuracy / %")
        for axes, (change, label) in zip(line, CHANGES.items(), strict=True):
            own = [row for row in rows if (row["task"], row["change"]) == (task, change)]
            for cell, found in groupby(own, lambda row: row["cell"]):
                points = [[float(row[name]) for name in COLUMNS] for row in found]
                share, mean, half = zip(*points, strict=True)
                look = {"color": CELL_COLORS[cell], "label": CELL_NAMES[cell]}
                axes.errorbar(share, mean, half, fmt=".-", capsize=2, lw=1.5, **look)
            axes.set(title=TASKS[task], xlabel=label, ylim=(0, 105))
            axes.spines[["top", "right"]].set_visible(False)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def draw_scaling(rows: Rows) -> Figure:
    """Time and memory of a training step against each size, a line for each network."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    panels = figure.subplots(len(MEASURES), len(SIZES), sharex="col", sharey="row")
    for line, (measure, label) in zip(panels, MEASURES.items(), strict=True):
        line[0].set_ylabel(label)
        for axes, size in zip(line, SIZES, strict=True):
            for name, color in NETWORKS.items():
                own = [row for row in rows if (row["network"], row["size"]) == (name, size)]
                values, found = ([float(row[key]) for row in own] for key in ("value", measure))
                axes.plot(values, found, "o-", color=color, label=name)
            axes.set(yscale="log", xlabel=SIZES[size])
            axes.set_xscale("log", base=2)
            axes.xaxis.set_major_formatter("{x:,.0f}")
            axes.grid(alpha=0.3)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def write() -> None:
    """Draw the figures."""
    figures = {
        "table03-alpha": draw_decays(from_csv(TABLE)),
        "degradation": draw_degradation(read(RESULTS / "degradation.csv")),
        "scaling": draw_scaling(read(RESULTS / "scaling.csv")),
    }
    for name, figure in figures.items():
        (RESULTS / f"{name}.png").write_bytes(figure_to_png(figure, 110))
