"""What Section VI-A concludes from Table III, held to runs."""

from collections.abc import Sequence
from typing import NamedTuple

from liaf_ref.experiments import paper
from liaf_ref.report.babi.ends import End
from liaf_ref.report.babi.means import averages, means
from liaf_ref.report.interval import Mean, holds, mean

OTHERS = ("rnn", "lstm", "gru")
EQUAL = ", all equal"  # in place of an interval that has no width


class Verdict(NamedTuple):
    """A claim, what runs say, and whether that bears it out.

    Attributes
    ----------
    claim : str
        In a few words.
    printed : str
        The paper's figure.
    ours : str
        The same of our runs.
    holds : str
        ``yes`` if our interval excludes 0 on the claim's side, ``no`` if on the other,
        else ``open``, as it is without an interval.
    """

    claim: str
    printed: str
    ours: str
    holds: str


# What is printed of LIAF less another cell, on average over all tasks.
PRINTED = {
    "ec": {"lif": 3.9, "lstm": -3.3, "gru": -3.3},
    "fc": {"lif": 4.6, "lstm": 0.8, "gru": 0.8},
}


def verdicts(ends: Sequence[End], reading: str, condition: str) -> list[Verdict]:
    """Judge the claims of a condition that the runs are enough for.

    Parameters
    ----------
    ends : sequence of End
        Runs of that condition.
    reading : str
        final, chosen or best.
    condition : str
        ec or fc.

    Returns
    -------
    list of Verdict
        Averages over all twenty tasks are paired by seed.
    """
    found = []
    for other, printed in PRINTED[condition].items():
        difference = _difference(ends, reading, other)
        if difference is not None:
            sign = 1 if printed > 0 else -1
            verb = "beats" if sign > 0 else "trails"
            claim = f"LIAF {verb} {other.upper()} on average over all tasks"
            verdict = holds(difference, sign)
            found.append(Verdict(claim, f"{printed:+.1f}", _signed(difference), verdict))
    cells = means(ends, reading)
    for task in (11, 12):
        found += [
            _wins(task, cell, cells, condition)
            for cell in ("liaf", "lif")
            if all((task, name) in cells for name in (cell, *OTHERS))
        ]
    return found


def _difference(ends: Sequence[End], reading: str, other: str) -> Mean | None:
    ours, theirs = (averages(ends, reading, cell) for cell in ("liaf", other))
    seeds = sorted(ours.keys() & theirs.keys())
    return mean(ours[seed] - theirs[seed] for seed in seeds) if seeds else None


def _signed(difference: Mean) -> str:
    half = f" ± {100 * difference.half:.1f}" if difference.half else EQUAL
    return f"{100 * difference.value:+.1f}{half if difference.seeds > 1 else ''}"


def _wins(task: int, cell: str, cells: dict[tuple[int, str], Mean], condition: str) -> Verdict:
    """Whether a cell is ahead of RNN, LSTM and GRU by more than both intervals."""
    own = cells[task, cell]
    rival = max(OTHERS, key=lambda name: cells[task, name].value)
    best = cells[task, rival]
    gap = Mean(own.value - best.value, own.half + best.half, min(own.seeds, best.seeds))
    rivals = (paper.table03(task, name, condition) for name in OTHERS)
    printed = paper.table03(task, cell, condition) - max(rivals)
    claim = f"{cell.upper()} wins on QA{task}, against the best of RNN, LSTM, GRU"
    return Verdict(claim, f"{printed:+.1f}", f"{_signed(gap)} ({rival.upper()})", holds(gap, 1))
