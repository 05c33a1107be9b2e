"""The tables and the figure of docs/results/table03.md, from table03.csv beside it."""

import re
from collections.abc import Sequence
from functools import cache

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from liaf_ref._core.palette import CELL_COLORS, CELL_NAMES, GREY
from liaf_ref._core.png import figure_to_png
from liaf_ref.data.babi.reader import TASK_NAMES
from liaf_ref.experiments.babi import UNPRINTED_SETTINGS
from liaf_ref.report.babi_runs import RunSummary
from liaf_ref.report.runs import from_csv
from liaf_ref.report.table03 import MAIN_HEADING, Accuracies, render_markdown
from results import RESULTS

RUNS, FIGURE = RESULTS / "table03.csv", RESULTS / "table03-alpha.png"
FINE_TUNED = "Fine-tuned condition (FC)"
LINE = 4  # points: the height of a line of text in the figure
LARGE = 10  # points: tasks whose accuracy changes by more are named in the figure


def sections(text: str) -> dict[str, str]:
    """The sections of second level, by heading."""
    parts = re.split(r"^## ", text, flags=re.M)[1:]
    return {head: body for head, _, body in (part.partition("\n") for part in parts)}


@cache
def sections_of_runs() -> dict[str, str]:
    """The tables of the stored runs, by heading."""
    runs = from_csv(RUNS)
    ec, fc = (
        sections(render_markdown([run for run in runs if run.has_epochs_of(name)], name))
        for name in ("ec", "fc")
    )
    tables = [part for part in fc[MAIN_HEADING].split("\n\n") if part.startswith("|")]
    intro = (
        "Fine-tuned runs replace the EC runs of their task and cell.  The printed number is the "
        "fine-tuned one where\nthe paper gives one.  At the last epoch "
        "(`liaf-ref table03 --condition fc` prints the other epochs):"
    )
    return {
        heading: f"{text.strip()}\n"
        for heading, text in (ec | {FINE_TUNED: "\n\n".join((intro, *tables[:2]))}).items()
    }


def draw(runs: Sequence[RunSummary]) -> Figure:
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


def write() -> None:
    """Draw the figure."""
    FIGURE.write_bytes(figure_to_png(draw(from_csv(RUNS)), 110))
