"""Table III and the figure of its runs with other decays."""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from matplotlib.figure import Figure

from liaf_ref._core.palette import CELL_COLORS, CELL_NAMES, GREY
from liaf_ref._core.png import figure_to_png
from liaf_ref.data.babi.reader import TASK_NAMES
from liaf_ref.experiments.babi import UNPRINTED_SETTINGS
from liaf_ref.report.babi_runs import RunSummary
from liaf_ref.report.runs import from_csv
from liaf_ref.report.table03 import MAIN_HEADING, Accuracies, render_markdown
from results import RESULTS

TABLE = RESULTS / "table03.csv"
FINE_TUNED = "Fine-tuned condition (FC)"
FINE_TUNED_RUNS = """Fine-tuned runs replace the EC runs of their task and cell.  The printed number
is the fine-tuned one where the paper gives one.  At the last epoch (`liaf-ref table03 --condition
fc` prints the other epochs):"""
LARGE = 10  # points: tasks whose accuracy changes by more are named in the figure of decays


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
    usual = {"alpha": str(UNPRINTED_SETTINGS["alpha"])}
    by_alpha = defaultdict[float, list[RunSummary]](list)
    for run in runs:
        settings = usual | run.settings_by_name()
        if run.has_epochs_of("ec") and settings.keys() == usual.keys():
            by_alpha[float(settings["alpha"])].append(run)
    alphas = sorted(by_alpha)
    every = [Accuracies.of(by_alpha[alpha], "final") for alpha in alphas]
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, cell in zip(panels, ("liaf", "lif"), strict=True):
        for task in TASK_NAMES:
            points = [mean.value for each in every if (mean := each.mean(cell, [task]))]
            is_named = max(points) - min(points) > LARGE
            color, width = (CELL_COLORS[cell], 1.5) if is_named else (GREY, 0.6)
            axes.plot(alphas, points, ".-", color=color, lw=width, ms=4)
            if is_named:
                place = {"xytext": (5, 0), "textcoords": "offset points", "va": "center"}
                axes.annotate(f"QA{task}", (alphas[-1], points[-1]), **place)
        points = [mean.value for each in every if (mean := each.mean(cell))]
        axes.plot(alphas, points, "k--", label="mean of all tasks")
        axes.set(title=CELL_NAMES[cell], xlabel="initial decay α", xticks=alphas, ylim=(0, 100))
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(*panels[0].get_legend_handles_labels(), fontsize=9, loc="outside lower center")
    panels[0].set_ylabel("test accuracy at the last epoch / %")
    return figure


def write() -> None:
    """Draw the figure."""
    figure = draw_decays(from_csv(TABLE))
    (RESULTS / "table03-alpha.png").write_bytes(figure_to_png(figure, 110))
