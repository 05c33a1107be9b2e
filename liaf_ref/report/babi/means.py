"""Means of each task and cell over seeds."""

from collections.abc import Sequence

import numpy as np

from liaf_ref.data.babi.tasks import TASK_NAMES
from liaf_ref.report.babi.run_summary import RunSummary
from liaf_ref.report.confidence_interval import MeanCI, mean_ci


def mean_accuracies(runs: Sequence[RunSummary], selection: str) -> dict[tuple[int, str], MeanCI]:
    """Average each cell's accuracy on each task over the seeds."""
    keys = sorted({(end.task, end.cell) for end in runs})
    return {
        key: mean_ci(getattr(end, selection) for end in runs if (end.task, end.cell) == key)
        for key in keys
    }


def by_seed(ends: Sequence[RunSummary], reading: str, task: int, cell: str) -> dict[int, float]:
    """A cell's accuracy on a task, by seed."""
    return {e.seed: getattr(e, reading) for e in ends if (e.task, e.cell) == (task, cell)}


def task_averages(runs: Sequence[RunSummary], selection: str, cell: str) -> dict[int, float]:
    """Average a cell over all twenty tasks, by seed; seeds that lack a task are left out."""
    own = [end for end in runs if end.cell == cell]
    seeds = sorted({end.seed for end in own})
    tasks = {seed: {e.task: getattr(e, selection) for e in own if e.seed == seed} for seed in seeds}
    return {
        seed: float(np.mean(list(by_task.values())))
        for seed, by_task in tasks.items()
        if len(by_task) == len(TASK_NAMES)
    }
