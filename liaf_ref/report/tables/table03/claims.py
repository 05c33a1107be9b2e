"""Test the conclusions of Section VI-A about Table III on runs."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref.data.babi.files import TASK_NAMES
from liaf_ref.experiments import paper
from liaf_ref.report.babi_runs import RunSummary
from liaf_ref.report.claims import (
    CONFIRMED,
    CONTRADICTED,
    HIGHER,
    LOWER,
    NOT_DECIDED,
    SIMILAR,
    Criterion,
    Verdict,
)
from liaf_ref.report.confidence_interval import MeanCI, paired_difference, welch_difference
from liaf_ref.report.formatting import NOTHING, format_difference, format_number
from liaf_ref.report.tables.table03.accuracies import accuracies_by_seed, sample_accuracies

BASELINES = ("rnn", "lstm", "gru", "lif")
DIFFERENCE_HEADER = ("task", *(f"LIAF − {CELL_NAMES[name]} (paper)" for name in BASELINES))
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
    found = [
        _average_claim(runs, selection, baseline, verb, printed)
        for baseline, (verb, printed) in AVERAGES[condition].items()
    ]
    for claim in TASK_CLAIMS if condition == "ec" else ():
        tasks_and_cells = product(claim.tasks, ("liaf", "lif"))
        found += [_task_claim(runs, selection, claim, task, cell) for task, cell in tasks_and_cells]
    return [claim for claim in found if claim is not None]


def difference_rows(
    runs: Sequence[RunSummary], selection: str, condition: str
) -> list[tuple[str, ...]]:
    """LIAF minus each other cell in points, beside the paper's, for ``DIFFERENCE_HEADER``."""
    samples = sample_accuracies(runs, selection)
    rows = []
    for task in TASK_NAMES:
        cells = []
        for baseline in BASELINES:
            ours, theirs = samples.get((task, "liaf")), samples.get((task, baseline))
            found = welch_difference([(ours, theirs)]) if ours and theirs else None
            cells.append(_with_printed(found, _printed_difference(task, baseline, condition)))
        if any(not cell.startswith(NOTHING) for cell in cells):
            rows.append((f"QA{task}", *cells))
    if rows:
        cells = []
        for baseline in BASELINES:
            printed = [_printed_difference(task, baseline, condition) for task in TASK_NAMES]
            mean = _average_difference(runs, selection, baseline)
            cells.append(_with_printed(mean, sum(printed) / len(printed)))
        rows.append(("mean of 20", *cells))
    return rows


def _with_printed(difference: MeanCI | None, printed: float) -> str:
    ours = NOTHING if difference is None else format_difference(difference.in_percent())
    return f"{ours} ({format_number(printed, '+')})"


def _printed_difference(task: int, baseline: str, condition: str) -> float:
    liaf, other = (paper.table03_accuracy(task, c, condition) for c in ("liaf", baseline))
    return liaf - other


def _average_difference(runs: Sequence[RunSummary], selection: str, baseline: str) -> MeanCI | None:
    """LIAF minus a baseline, combined task by task; None if a task is missing."""
    samples = sample_accuracies(runs, selection)
    pairs = [
        (samples[task, "liaf"], samples[task, baseline])
        for task in TASK_NAMES
        if {(task, "liaf"), (task, baseline)} <= samples.keys()
    ]
    return welch_difference(pairs) if len(pairs) == len(TASK_NAMES) else None


def _average_claim(
    runs: Sequence[RunSummary], selection: str, baseline: str, verb: str, printed: float
) -> Claim | None:
    difference = _average_difference(runs, selection, baseline)
    if difference is None:
        return None
    claim = f"LIAF {verb} {CELL_NAMES[baseline]} on average over all tasks"
    return Claim(claim, printed, {baseline: difference.in_percent()}, CRITERIA[verb])


def _task_claim(
    runs: Sequence[RunSummary], selection: str, claim: TaskClaim, task: int, cell: str
) -> Claim | None:
    """Compare a cell with each of the others on a task, paired by seed."""
    # The claim needs all comparisons: the intersection-union test of Berger (1982).
    ours = accuracies_by_seed(runs, selection, task, cell)
    differences = {}
    for baseline in claim.baselines:
        theirs = accuracies_by_seed(runs, selection, task, baseline)
        difference = paired_difference(ours, theirs)
        if difference is None:
            return None
        differences[baseline] = difference.in_percent()
    accuracy = paper.table03_accuracy(task, cell)
    printed = [accuracy - paper.table03_accuracy(task, name) for name in claim.baselines]
    least = min(printed, key=lambda value: claim.criterion.sign * value)
    names = ", ".join(CELL_NAMES[name] for name in claim.baselines)
    text = f"{CELL_NAMES[cell]} {claim.verb} on QA{task}, against each of {names}"
    return Claim(text, least, differences, claim.criterion)
