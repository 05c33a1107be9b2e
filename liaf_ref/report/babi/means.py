"""Means over seeds with Student's interval."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from liaf_ref.report.babi.ends import End

LEVEL = 0.95


class Mean(NamedTuple):
    """A mean, half the width of its 95 % interval, and of how many."""

    value: float
    half: float
    seeds: int

    def percent(self) -> str:
        """As ``51.8 ± 1.2``; without an interval where there is but one."""
        text = f"{100 * self.value:.1f}"
        return text if self.seeds < 2 else f"{text} ± {100 * self.half:.1f}"


def mean(values: Iterable[float]) -> Mean:
    """Average; the interval is Student's t, of the mean, 95 %.

    Parameters
    ----------
    values : iterable of float
        One a seed; at least one.

    Returns
    -------
    Mean
        Of one value, with an infinite interval.
    """
    from scipy.stats import t  # noqa: PLC0415 - slow to import, seldom needed

    x = np.array(list(values))
    n = len(x)
    half = float(t.ppf((1 + LEVEL) / 2, n - 1) * x.std(ddof=1) / np.sqrt(n)) if n > 1 else np.inf
    return Mean(float(x.mean()), half, n)


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


def averages(ends: Sequence[End], reading: str, cell: str) -> dict[int, float]:
    """Average a cell over all twenty tasks, by seed; seeds that lack a task are left out."""
    own = [end for end in ends if end.cell == cell]
    seeds = sorted({end.seed for end in own})
    by_seed = {seed: [getattr(e, reading) for e in own if e.seed == seed] for seed in seeds}
    return {seed: float(np.mean(values)) for seed, values in by_seed.items() if len(values) == 20}
