"""Test the conclusions of Section VI-A about Table III on runs."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.experiments import paper
from liaf_ref.report.babi_runs import RunSummary
from liaf_ref.report.content import format_difference
from liaf_ref.report.statistics import (
    CONFIRMED,
    CONTRADICTED,
    HIGHER,
    LOWER,
    NOT_DECIDED,
    SIMILAR,
    Criterion,
    MeanCI,
    Verdict,
    paired_difference,
)
from liaf_ref.report.table03 import average_difference, sample_accuracies

RECURRENT_CELLS, GATED_CELLS = ("rnn", "lstm", "gru"), ("lstm", "gru")
# What the paper says of LIAF and another cell, averaged over all tasks, and the printed difference.
AVERAGES = {
    "ec": {
        "lif": ("beats", 3.9),
        "rnn": ("trails", -0.5),
        "lstm": ("trails", -3.3),
        "gru": ("trails", -3.3),
    },
    "fc": {
        "lif": ("beats", 4.6),
        "lstm": ("is similar to", 0.8),
        "gru": ("is similar to", 0.8),
    },
}
CRITERIA = {"beats": HIGHER, "trails": LOWER, "is similar to": SIMILAR}
WORST_FIRST = (CONTRADICTED, NOT_DECIDED, CONFIRMED)


class TaskClaim(NamedTuple):
    """What the paper says of LIAF and LIF on single tasks, against each of several other cells."""

    verb: str
    tasks: tuple[int, ...]
    baselines: tuple[str, ...]
    criterion: Criterion


TASK_CLAIMS = (  # of the equivalent condition
    TaskClaim("wins", (11, 12), RECURRENT_CELLS, HIGHER),
    TaskClaim("loses", (8, 14), GATED_CELLS, LOWER),
)


class Claim(NamedTuple):
    """A claim of the paper, and the differences in points between runs, by baseline."""

    claim: str
    printed: float
    differences: Mapping[str, MeanCI]
    criterion: Criterion

    @property
    def deciding(self) -> str:
        """The baseline against which the claim holds least: the claim is about all of them."""

        def support(baseline: str) -> tuple[int, float]:
            difference = self.differences[baseline]
            verdict = WORST_FIRST.index(self.criterion.judge(difference).name)
            return verdict, self.criterion.sign * difference.value - difference.half_width

        return min(self.differences, key=support)

    @property
    def difference(self) -> MeanCI:
        """The difference from the deciding baseline."""
        return self.differences[self.deciding]

    @property
    def verdict(self) -> Verdict:
        """What the deciding difference says about the claim."""
        return self.criterion.judge(self.difference)

    def as_row(self) -> tuple[str, str, str, str]:
        """The claim, the number of the paper, ours, and the verdict."""
        ours = "; ".join(
            format_difference(difference)
            + (", all equal" if difference.half_width == 0 else "")
            + (f" ({CELL_NAMES[baseline]})" if len(self.differences) > 1 else "")
            for baseline, difference in self.differences.items()
        )
        return self.claim, f"{self.printed:+.1f}", ours.replace("−", "-"), self.verdict.name


def evaluate_claims(runs: Sequence[RunSummary], selection: str, condition: str) -> list[Claim]:
    """Evaluate the claims of a condition for which there are enough runs."""
    found = list(_average_claims(runs, selection, condition))
    for claim in TASK_CLAIMS if condition == "ec" else ():
        for task, cell in product(claim.tasks, ("liaf", "lif")):
            found += _task_claim(runs, selection, claim, task, cell)
    return found


def _average_claims(runs: Sequence[RunSummary], selection: str, condition: str) -> Iterator[Claim]:
    samples = sample_accuracies(runs, selection)
    for baseline, (verb, printed) in AVERAGES[condition].items():
        difference = average_difference(samples, baseline)
        if difference is not None:
            text = f"LIAF {verb} {CELL_NAMES[baseline]} on average over all tasks"
            yield Claim(text, printed, {baseline: difference.in_percent()}, CRITERIA[verb])


def _task_claim(
    runs: Sequence[RunSummary], selection: str, claim: TaskClaim, task: int, cell: str
) -> Iterator[Claim]:
    """Compare a cell with each of the others on a task, paired by seed."""
    # The claim needs all comparisons: the intersection-union test of Berger (1982).
    by_seed: dict[str, dict[int, float]] = {}
    for run in (run for run in runs if run.task == task):
        by_seed.setdefault(run.cell, {})[run.seed] = getattr(run, selection)
    ours, differences = by_seed.get(cell, {}), {}
    for baseline in claim.baselines:
        difference = paired_difference(ours, by_seed.get(baseline, {}))
        if difference is None:
            return
        differences[baseline] = difference.in_percent()
    accuracy = paper.table03_accuracy(task, cell)
    printed = [accuracy - paper.table03_accuracy(task, name) for name in claim.baselines]
    least = min(printed, key=lambda value: claim.criterion.sign * value)
    names = ", ".join(CELL_NAMES[name] for name in claim.baselines)
    text = f"{CELL_NAMES[cell]} {claim.verb} on QA{task}, against each of {names}"
    yield Claim(text, least, differences, claim.criterion)
