"""What Section VI-A concludes from Table III, held to runs."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from liaf_ref.experiments import paper
from liaf_ref.report.babi.means import by_seed, task_averages
from liaf_ref.report.babi.run_summary import RunSummary
from liaf_ref.report.confidence_interval import MeanCI, ci_supports_sign, mean_ci

RECURRENT_CELLS = ("rnn", "lstm", "gru")
ALL_EQUAL = ", all equal"  # in place of an interval that has no width


class ClaimVerdict(NamedTuple):
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
    measured: str
    supported: str


# What is printed of LIAF less another cell, on average over all tasks.
PRINTED_DIFFERENCES = {
    "ec": {"lif": 3.9, "lstm": -3.3, "gru": -3.3},
    "fc": {"lif": 4.6, "lstm": 0.8, "gru": 0.8},
}


def evaluate_claims(
    runs: Sequence[RunSummary], selection: str, condition: str
) -> list[ClaimVerdict]:
    """Judge the claims of a condition that the runs are enough for."""
    found = []
    for other, printed in PRINTED_DIFFERENCES[condition].items():
        difference = _paired_difference(runs, selection, other)
        if difference is not None:
            sign = 1 if printed > 0 else -1
            verb = "beats" if sign > 0 else "trails"
            claim = f"LIAF {verb} {other.upper()} on average over all tasks"
            verdict = ci_supports_sign(difference, sign)
            found.append(
                ClaimVerdict(claim, f"{printed:+.1f}", _format_difference(difference), verdict)
            )
    won = (
        _evaluate_win(runs, selection, t, cell, condition)
        for t in (11, 12)
        for cell in ("liaf", "lif")
    )
    return found + [verdict for verdict in won if verdict is not None]


def _paired_difference(runs: Sequence[RunSummary], selection: str, baseline: str) -> MeanCI | None:
    return _paired(*(task_averages(runs, selection, cell) for cell in ("liaf", baseline)))


def _paired(ours: Mapping[int, float], theirs: Mapping[int, float]) -> MeanCI | None:
    """The mean difference over the seeds that both have; None if there is none."""
    seeds = sorted(ours.keys() & theirs.keys())
    return mean_ci(ours[seed] - theirs[seed] for seed in seeds) if seeds else None


def _format_difference(difference: MeanCI) -> str:
    half = f" ± {100 * difference.half_width:.1f}" if difference.half_width else ALL_EQUAL
    return f"{100 * difference.value:+.1f}{half if difference.n > 1 else ''}"


def _evaluate_win(
    ends: Sequence[RunSummary], reading: str, task: int, cell: str, condition: str
) -> ClaimVerdict | None:
    """Whether a cell is ahead of the best of RNN, LSTM and GRU, seed by seed."""
    own = by_seed(ends, reading, task, cell)
    gaps = {name: _paired(own, by_seed(ends, reading, task, name)) for name in RECURRENT_CELLS}
    known = {name: gap for name, gap in gaps.items() if gap is not None}
    if len(known) < len(RECURRENT_CELLS):
        return None
    rival = min(known, key=lambda name: known[name].value)
    gap = known[rival]
    rivals = (paper.table03_accuracy(task, name, condition) for name in RECURRENT_CELLS)
    printed = paper.table03_accuracy(task, cell, condition) - max(rivals)
    claim = f"{cell.upper()} wins on QA{task}, against the best of RNN, LSTM, GRU"
    return ClaimVerdict(
        claim,
        f"{printed:+.1f}",
        f"{_format_difference(gap)} ({rival.upper()})",
        ci_supports_sign(gap, 1),
    )
