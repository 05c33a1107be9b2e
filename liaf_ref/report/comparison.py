"""Two cells over the seeds or folds that both have, and what may be said of their difference."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from liaf_ref._core.plural import count
from liaf_ref.report.confidence_interval import MeanCI, ci_supports_sign, mean_ci, paired_difference
from liaf_ref.report.dvs_runs import DvsRun, RunGroup
from liaf_ref.report.formatting import format_difference
from liaf_ref.report.palette import CELL_NAMES

RunMetric = Callable[[DvsRun], float | None]


class Comparison(NamedTuple):
    """A quantity of one cell less that of another, in points, paired over seeds or folds."""

    group_label: str
    quantity: str
    pair_label: str
    difference: MeanCI | None
    sign: int  # the side of 0 that the paper has it on; 0 if the paper does not say
    printed: str
    averaged_over: str = "seed"

    @property
    def supported(self) -> str:
        """yes, no or open, as the paper has it; none without a pair."""
        return (
            "none" if self.difference is None else ci_supports_sign(self.difference, self.sign or 1)
        )

    def as_sentence(self) -> str:
        """What may be said, computed from the interval."""
        place = f"{self.group_label}, {self.quantity}"
        if self.difference is None:
            return f"{place}: no {self.averaged_over} has a run of both for {self.pair_label}."
        paper = f" (paper: {self.printed})" if self.printed else ""
        size = f"{format_difference(self.difference)} points"
        over = count(self.difference.n, self.averaged_over)
        conclusion = conclude(self.difference, self.sign, self.averaged_over)
        return f"{place}: {self.pair_label} is {size} over {over}{paper}; {conclusion}."


def conclude(difference: MeanCI, sign: int, unit: str = "seed") -> str:
    """Say what an interval says of a difference that the paper has on one side of 0."""
    if difference.n == 1:
        return f"one {unit} has no interval, so nothing is decided"
    if difference.half_width == 0:
        return "all differences are equal, so nothing is decided"
    supported = ci_supports_sign(difference, sign or 1)
    if supported == "open":
        return "the interval contains 0: no significant difference"
    side = {"yes": ", in agreement with the paper", "no": ", contradicting the paper"}[supported]
    return f"the interval excludes 0{side if sign else ''}"


def compare_cells(
    group: RunGroup,
    pair: tuple[str, str],
    quantity: str,
    metric: RunMetric,
    sign: int,
    printed: str = "",
) -> Comparison:
    """Compare two cells of a group."""
    a, b = (_values_by_key(group.runs_of(cell), metric) for cell in pair)
    label = " − ".join(CELL_NAMES[cell] for cell in pair)
    difference = paired_difference(a, b)
    return Comparison(group.label, quantity, label, difference, sign, printed, group.averaged_over)


def mean_over_runs(runs: Sequence[DvsRun], metric: RunMetric) -> MeanCI | None:
    """Average a quantity over runs; None if none of them has it."""
    found = _values_by_key(runs, metric)
    return mean_ci(found.values()) if found else None


def summarize_comparisons(comparisons: Sequence[Comparison], claim: str) -> str:
    """Say in one sentence what several comparisons come to."""
    made = [one for one in comparisons if one.supported != "none"]
    if not made:
        return f"No runs to compare whether {claim}."
    if len(made) == 1:
        return made[0].as_sentence()
    count = {name: sum(one.supported == name for one in made) for name in ("yes", "no", "open")}
    return (
        f"Whether {claim}: {len(made)} comparisons, {count['yes']} for it, {count['no']} "
        f"against it, {count['open']} undecided (the interval contains 0 or has zero width)."
    )


def as_findings(comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    """The sentence of each comparison, if there are more than the verdict's one."""
    return tuple(one.as_sentence() for one in comparisons) if len(comparisons) > 1 else ()


def _values_by_key(runs: Sequence[DvsRun], metric: RunMetric) -> dict[tuple[object, ...], float]:
    values = ((run.key, metric(run)) for run in runs)
    return {key: value for key, value in values if value is not None}
