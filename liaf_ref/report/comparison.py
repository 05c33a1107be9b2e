"""Compare two cells over the seeds or folds that both have."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from liaf_ref._core.palette import CELL_NAMES
from liaf_ref._core.plural import count
from liaf_ref.report.claims import ResultClaim
from liaf_ref.report.confidence_interval import MeanCI, ci_supports_sign, mean_ci, paired_difference
from liaf_ref.report.dvs_runs import DvsRun, RunGroup
from liaf_ref.report.formatting import format_difference

RunMetric = Callable[[DvsRun], float | None]


class Comparison(NamedTuple):
    """The difference of a quantity between two cells, in points, paired by seed or fold."""

    group_label: str
    quantity: str
    pair_label: str
    difference: MeanCI | None
    sign: int  # the sign in the paper; 0 if the paper does not state one
    printed: str
    averaged_over: str = "seed"

    @property
    def supported(self) -> str:
        """Whether the paper's sign is supported: yes, no or open; none without a pair of runs."""
        return (
            "none" if self.difference is None else ci_supports_sign(self.difference, self.sign or 1)
        )

    def as_sentence(self) -> str:
        """The conclusion as a sentence, computed from the interval."""
        place = f"{self.group_label}, {self.quantity}"
        if self.difference is None:
            return f"{place}: no {self.averaged_over} has runs of both for {self.pair_label}."
        paper = f" (paper: {self.printed})" if self.printed else ""
        size = f"{format_difference(self.difference)} points"
        over = count(self.difference.n, self.averaged_over)
        conclusion = conclude(self.difference, self.sign, self.averaged_over)
        return f"{place}: {self.pair_label} is {size} over {over}{paper}; {conclusion}."


def conclude(difference: MeanCI, sign: int, unit: str = "seed") -> str:
    """Say what an interval says about a difference whose sign the paper states."""
    if difference.n == 1:
        return f"one {unit} gives no interval: not decided"
    if difference.half_width == 0:
        return "all differences are equal: not decided"
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
    """Count how many comparisons support a claim, contradict it, or do not decide it."""
    made = [one for one in comparisons if one.supported != "none"]
    if not made:
        return f"No runs for the claim that {claim}."
    if len(made) == 1:
        return made[0].as_sentence()
    count = {name: sum(one.supported == name for one in made) for name in ("yes", "no", "open")}
    return (
        f"Claim: {claim}.  {len(made)} comparisons: {count['yes']} confirmed, {count['no']} "
        f"contradicted, {count['open']} not decided (the interval contains 0 or has no width)."
    )


def as_findings(comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    """The sentences of the comparisons, if there is more than one."""
    return tuple(one.as_sentence() for one in comparisons) if len(comparisons) > 1 else ()


def as_claims(where: str, comparisons: Sequence[Comparison]) -> tuple[ResultClaim, ...]:
    """The comparisons of which the paper says which side of 0 they are on."""
    return tuple(
        ResultClaim(where, _claim_text(one), one.printed, one.difference, one.sign)
        for one in comparisons
        if one.difference is not None and one.sign
    )


def _claim_text(one: Comparison) -> str:
    first, second = one.pair_label.split(" − ")
    side = "higher" if one.sign > 0 else "lower"
    return f"{first} has a {side} {one.quantity} than {second}, {one.group_label}"


def _values_by_key(runs: Sequence[DvsRun], metric: RunMetric) -> dict[tuple[object, ...], float]:
    values = ((run.key, metric(run)) for run in runs)
    return {key: value for key, value in values if value is not None}
