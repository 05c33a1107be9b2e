"""Means of each task and cell over seeds."""

from collections.abc import Sequence

import numpy as np

from liaf_ref.data.babi.tasks import TASK_NAMES
from liaf_ref.report.babi.ends import End
from liaf_ref.report.interval import Mean, mean


def means(ends: Sequence[End], reading: str) -> dict[tuple[int, str], Mean]:
    """Average each cell's accuracy on each task over the seeds.

    Parameters
    ----------
    ends : sequence of End
        Runs of one condition.
    reading : str
        final, chosen or best.

    Returns
    -------
    dict of (task, cell) to Mean
        Of those that were run.
    """
    keys = sorted({(end.task, end.cell) for end in ends})
    return {
        key: mean(getattr(end, reading) for end in ends if (end.task, end.cell) == key)
        for key in keys
    }


def by_seed(ends: Sequence[End], reading: str, task: int, cell: str) -> dict[int, float]:
    """A cell's accuracy on a task, by seed."""
    return {e.seed: getattr(e, reading) for e in ends if (e.task, e.cell) == (task, cell)}


def averages(ends: Sequence[End], reading: str, cell: str) -> dict[int, float]:
    """Average a cell over all twenty tasks, by seed; seeds that lack a task are left out."""
    own = [end for end in ends if end.cell == cell]
    seeds = sorted({end.seed for end in own})
    tasks = {seed: {e.task: getattr(e, reading) for e in own if e.seed == seed} for seed in seeds}
    return {
        seed: float(np.mean(list(by_task.values())))
        for seed, by_task in tasks.items()
        if len(by_task) == len(TASK_NAMES)
    }
