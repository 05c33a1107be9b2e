"""What Section VI-A concludes from Table III, held to runs."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from liaf_ref.experiments import paper
from liaf_ref.report.babi.ends import End
from liaf_ref.report.babi.means import averages, by_seed
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
        All differences are paired by seed: runs of one seed have the same questions, the
        same validation part and the same order of batches.
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
    won = (_wins(ends, reading, t, cell, condition) for t in (11, 12) for cell in ("liaf", "lif"))
    return found + [verdict for verdict in won if verdict is not None]


def _difference(ends: Sequence[End], reading: str, other: str) -> Mean | None:
    return _paired(*(averages(ends, reading, cell) for cell in ("liaf", other)))


def _paired(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Mean | None:
    """The mean difference over the seeds that both have; None if there is none."""
    seeds = sorted(ours.keys() & theirs.keys())
    return mean(ours[seed] - theirs[seed] for seed in seeds) if seeds else None


def _signed(difference: Mean) -> str:
    half = f" ± {100 * difference.half:.1f}" if difference.half else EQUAL
    return f"{100 * difference.value:+.1f}{half if difference.seeds > 1 else ''}"


def _wins(
    ends: Sequence[End], reading: str, task: int, cell: str, condition: str
) -> Verdict | None:
    """Whether a cell is ahead of the best of RNN, LSTM and GRU, seed by seed."""
    own = by_seed(ends, reading, task, cell)
    gaps = {name: _paired(own, by_seed(ends, reading, task, name)) for name in OTHERS}
    known = {name: gap for name, gap in gaps.items() if gap is not None}
    if len(known) < len(OTHERS):
        return None
    rival = min(known, key=lambda name: known[name].value)
    gap = known[rival]
    rivals = (paper.table03_accuracy(task, name, condition) for name in OTHERS)
    printed = paper.table03_accuracy(task, cell, condition) - max(rivals)
    claim = f"{cell.upper()} wins on QA{task}, against the best of RNN, LSTM, GRU"
    return Verdict(claim, f"{printed:+.1f}", f"{_signed(gap)} ({rival.upper()})", holds(gap, 1))
