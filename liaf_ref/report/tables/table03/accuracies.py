"""Mean accuracies over seeds, and the rows of Table III."""

import math
from collections.abc import Sequence

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.data.babi.files import TASK_NAMES
from liaf_ref.experiments import paper
from liaf_ref.report.babi_runs import EARLY_STOPPED, OVERFLOWED, UNKNOWN, RunSummary
from liaf_ref.report.confidence_interval import MeanCI, mean_ci, mean_of_means
from liaf_ref.report.formatting import NOTHING, format_mean, format_number, format_percent

MAIN_SELECTION = "final"  # the paper names 60 epochs and no choice among them
CELLS = ("rnn", "lstm", "gru", "lif", "liaf")
HEADER = ("task", "majority", *(f"{CELL_NAMES[cell]} (paper)" for cell in CELLS))
ABORT_REASONS = {
    OVERFLOWED: "because a gradient was not finite",
    EARLY_STOPPED: "because the validation loss stopped decreasing",
    UNKNOWN: "for a reason that the table of runs does not record",
}


def task_label(task: int) -> str:
    """Format as ``QA1 single-supporting-fact``."""
    return f"QA{task} {TASK_NAMES[task]}"


def accuracies_by_seed(
    runs: Sequence[RunSummary], selection: str, task: int, cell: str
) -> dict[int, float]:
    """A cell's accuracy on a task, by seed."""
    own = (run for run in runs if (run.task, run.cell) == (task, cell))
    return dict(sorted((run.seed, getattr(run, selection)) for run in own))


def sample_accuracies(
    runs: Sequence[RunSummary], selection: str
) -> dict[tuple[int, str], list[float]]:
    """The accuracies of all seeds, for each task and cell."""
    values: dict[tuple[int, str], list[float]] = {}
    for run in sorted(runs, key=RunSummary.sort_key):
        values.setdefault((run.task, run.cell), []).append(getattr(run, selection))
    return values


def mean_accuracies(runs: Sequence[RunSummary], selection: str) -> dict[tuple[int, str], MeanCI]:
    """Average each cell's accuracy on each task over the seeds."""
    return {key: mean_ci(values) for key, values in sample_accuracies(runs, selection).items()}


def task_average(runs: Sequence[RunSummary], selection: str, cell: str) -> MeanCI | None:
    """Average a cell over all twenty tasks; None if a task is missing."""
    samples = sample_accuracies(runs, selection)
    own = [samples[task, cell] for task in TASK_NAMES if (task, cell) in samples]
    return mean_of_means(own) if len(own) == len(TASK_NAMES) else None


def table_rows(runs: Sequence[RunSummary], selection: str, condition: str) -> list[tuple[str, ...]]:
    """Rows of a condition, for the columns of ``HEADER``."""
    means = mean_accuracies(runs, selection)
    rows = []
    for task in sorted({run.task for run in runs}):
        majority = (r.majority for r in runs if r.task == task and not math.isnan(r.majority))
        cells = (
            with_printed(means.get((task, cell)), paper.table03_accuracy(task, cell, condition))
            for cell in CELLS
        )
        rows.append((task_label(task), format_percent(next(majority, math.nan)), *cells))
    return [*rows, ("mean of 20", "", *(_mean_cell(runs, selection, c, condition) for c in CELLS))]


def _mean_cell(runs: Sequence[RunSummary], selection: str, cell: str, condition: str) -> str:
    printed = [paper.table03_accuracy(task, cell, condition) for task in TASK_NAMES]
    return with_printed(task_average(runs, selection, cell), sum(printed) / len(printed))


def with_printed(mean: MeanCI | None, printed: float) -> str:
    """Format a mean in percent and the printed number, as in ``52.6 ± 2.0 (51.8)``."""
    ours = NOTHING if mean is None else format_mean(mean.in_percent())
    return f"{ours} ({format_number(printed)})"


def aborted_runs(runs: Sequence[RunSummary]) -> dict[str, list[RunSummary]]:
    """Runs that ended before their last epoch, by cause."""
    short = [run for run in runs if run.epochs_done < run.epochs]
    found = {cause: [run for run in short if run.cause == cause] for cause in ABORT_REASONS}
    return {cause: own for cause, own in found.items() if own}
