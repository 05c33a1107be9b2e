"""Compare two cells over the seeds or folds that both have."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref._core.plural import count
from liaf_ref.report.claims import (
    CONFIRMED,
    CONTRADICTED,
    NOT_DECIDED,
    SIMILAR,
    Criterion,
    ResultClaim,
    Verdict,
)
from liaf_ref.report.confidence_interval import MeanCI, mean_ci, paired_difference
from liaf_ref.report.content import Section
from liaf_ref.report.dvs_runs import DvsRun, RunGroup, shared_training
from liaf_ref.report.formatting import format_difference

RunMetric = Callable[[DvsRun], float | None]


class Comparison(NamedTuple):
    """The difference of a quantity between two cells, in points, paired by seed or fold."""

    group_label: str
    quantity: str
    pair_label: str
    difference: MeanCI | None
    criterion: Criterion
    printed: str
    averaged_over: str = "seed"

    @property
    def verdict(self) -> Verdict | None:
        """What the difference says about the claim; None without a pair of runs."""
        return None if self.difference is None else self.criterion.judge(self.difference)

    def as_sentence(self) -> str:
        """The conclusion as a sentence, computed from the interval."""
        place = f"{self.group_label}, {self.quantity}"
        if self.difference is None or self.verdict is None:
            return f"{place}: no {self.averaged_over} has runs of both for {self.pair_label}."
        paper = f" (paper: {self.printed})" if self.printed else ""
        size = f"{format_difference(self.difference)} points"
        over = count(self.difference.n, self.averaged_over)
        name, reason = self.verdict
        return f"{place}: {self.pair_label} is {size} over {over}{paper}; {name}: {reason}."


def compare_cells(
    group: RunGroup,
    pair: tuple[str, str],
    quantity: str,
    metric: RunMetric,
    criterion: Criterion,
    printed: str = "",
) -> Comparison:
    """Compare two cells of a group."""
    a, b = (_values_by_key(group.runs_of(cell), metric) for cell in pair)
    label = " − ".join(CELL_NAMES[cell] for cell in pair)
    difference = paired_difference(a, b, shared_training(group.runs))
    place = group.label, quantity, label
    return Comparison(*place, difference, criterion, printed, group.averaged_over)


def mean_over_runs(runs: Sequence[DvsRun], metric: RunMetric) -> MeanCI | None:
    """Average a quantity over runs; None if none of them has it."""
    found = _values_by_key(runs, metric)
    return mean_ci(found.values(), shared_training(runs)) if found else None


def _summarize(comparisons: Sequence[Comparison], claim: str) -> str:
    """Count how many comparisons support a claim, contradict it, or do not decide it."""
    made = [one for one in comparisons if one.verdict is not None]
    if not made:
        return f"No runs for the claim that {claim}."
    if len(made) == 1:
        return made[0].as_sentence()
    names = [one.verdict.name for one in made if one.verdict is not None]
    counts = [f"{names.count(name)} {name}" for name in (CONFIRMED, CONTRADICTED, NOT_DECIDED)]
    return f"Claim: {claim}.  {len(made)} comparisons: {', '.join(counts)}."


def with_comparisons(section: Section, made: Sequence[Comparison], claim: str) -> Section:
    """Fill a section with what comparisons say of a claim."""
    claims = (
        ResultClaim(section.number, _claim_text(one), one.printed, one.difference, one.criterion)
        for one in made
        if one.difference is not None
    )
    return section._replace(
        verdict=_summarize(made, claim),
        findings=tuple(one.as_sentence() for one in made) if len(made) > 1 else (),
        claims=tuple(claims),
    )


def _claim_text(one: Comparison) -> str:
    first, second = one.pair_label.split(" − ")
    if one.criterion == SIMILAR:
        return f"{first} is similar to {second} in {one.quantity}, {one.group_label}"
    side = "higher" if one.criterion.sign > 0 else "lower"
    return f"{first} has a {side} {one.quantity} than {second}, {one.group_label}"


def _values_by_key(runs: Sequence[DvsRun], metric: RunMetric) -> dict[tuple[object, ...], float]:
    values = ((run.key, metric(run)) for run in runs)
    return {key: value for key, value in values if value is not None}
