"""Test the conclusions of Section VI-A about Table III on runs."""

from collections.abc import Sequence
from typing import NamedTuple

from liaf_ref.experiments import paper
from liaf_ref.report.babi_runs import RunSummary
from liaf_ref.report.claims import HIGHER, LOWER, Criterion, Verdict
from liaf_ref.report.confidence_interval import MeanCI, paired_difference
from liaf_ref.report.formatting import format_difference
from liaf_ref.report.tables.table03.accuracies import accuracies_by_seed, task_averages

RECURRENT_CELLS = ("rnn", "lstm", "gru")
# Printed differences LIAF minus another cell, averaged over all tasks.
PRINTED_DIFFERENCES = {
    "ec": {"lif": 3.9, "lstm": -3.3, "gru": -3.3},
    "fc": {"lif": 4.6, "lstm": 0.8, "gru": 0.8},
}


class Claim(NamedTuple):
    """A claim of the paper, and the difference in points between runs, paired by seed."""

    claim: str
    printed: float
    difference: MeanCI
    criterion: Criterion
    best: str = ""  # the best baseline, if the claim is about the best of several

    @property
    def verdict(self) -> Verdict:
        """What the difference says about the claim."""
        return self.criterion.judge(self.difference)

    def as_row(self) -> tuple[str, str, str, str]:
        """The claim, the number of the paper, ours, and the verdict."""
        equal = ", all equal" if self.difference.half_width == 0 else ""
        best = f" ({self.best})" if self.best else ""
        ours = f"{format_difference(self.difference)}{equal}{best}".replace("−", "-")
        return self.claim, f"{self.printed:+.1f}", ours, self.verdict.name


def evaluate_claims(runs: Sequence[RunSummary], selection: str, condition: str) -> list[Claim]:
    """Evaluate the claims of a condition for which there are enough runs."""
    found = [
        _average_claim(runs, selection, baseline, printed)
        for baseline, printed in PRINTED_DIFFERENCES[condition].items()
    ]
    found += [
        _win_claim(runs, selection, task, cell, condition)
        for task in (11, 12)
        for cell in ("liaf", "lif")
    ]
    return [claim for claim in found if claim is not None]


def _average_claim(
    runs: Sequence[RunSummary], selection: str, baseline: str, printed: float
) -> Claim | None:
    ours, theirs = (task_averages(runs, selection, cell) for cell in ("liaf", baseline))
    difference = paired_difference(ours, theirs)
    if difference is None:
        return None
    verb, criterion = ("beats", HIGHER) if printed > 0 else ("trails", LOWER)
    claim = f"LIAF {verb} {baseline.upper()} on average over all tasks"
    return Claim(claim, printed, difference.in_percent(), criterion)


def _win_claim(
    runs: Sequence[RunSummary], selection: str, task: int, cell: str, condition: str
) -> Claim | None:
    """Compare a cell with the best of RNN, LSTM and GRU, paired by seed."""
    ours = accuracies_by_seed(runs, selection, task, cell)
    differences = {}
    for baseline in RECURRENT_CELLS:
        theirs = accuracies_by_seed(runs, selection, task, baseline)
        difference = paired_difference(ours, theirs)
        if difference is None:
            return None
        differences[baseline] = difference
    best = min(differences, key=lambda name: differences[name].value)
    baselines = (paper.table03_accuracy(task, name, condition) for name in RECURRENT_CELLS)
    printed = paper.table03_accuracy(task, cell, condition) - max(baselines)
    claim = f"{cell.upper()} wins on QA{task}, against the best of RNN, LSTM, GRU"
    return Claim(claim, printed, differences[best].in_percent(), HIGHER, best.upper())
