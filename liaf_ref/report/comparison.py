"""Two cells over the seeds or folds that both have, and what may be said of their difference."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from liaf_ref.report.confidence_interval import MeanCI, ci_supports_sign, mean_ci
from liaf_ref.report.dvs_runs import DvsRun
from liaf_ref.report.palette import CELL_NAMES
from liaf_ref.report.run_groups import RunGroup

RunMetric = Callable[[DvsRun], float | None]


class Comparison(NamedTuple):
    """A quantity of one cell less that of another, in points.

    Attributes
    ----------
    where, what, unlike : str
        Of which runs, which quantity, and ``LIAF − LIF``.
    difference : Mean or None
        Paired over the seeds or folds; None if there is no pair.
    sign : int
        Which side of 0 the paper has it on; 0 if it says nothing.
    printed : str
        The paper's own difference; may be empty.
    over : str
        What is averaged over, such as seed.
    """

    group_label: str
    quantity: str
    pair_label: str
    difference: MeanCI | None
    sign: int
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
        d, place = self.difference, f"{self.group_label}, {self.quantity}: "
        paper = f" (paper: {self.printed})" if self.printed else ""
        if d is None:
            return f"{place}no {self.averaged_over} has a run of both for {self.pair_label}."
        over = format_n(d, self.averaged_over)
        text = f"{self.pair_label} is {format_difference(d)} points over {over}{paper}"
        if d.n < 2:
            return (
                f"{place}one {self.averaged_over} has no interval, so nothing is decided: {text}."
            )
        if not d.half_width:
            return f"{place}all differences are equal, so nothing is decided: {text}."
        if self.supported == "open":
            return f"{place}the interval of the difference holds 0: {text}."
        sides = {"yes": ", in agreement with the paper", "no": ", contradicting the paper"}
        side = sides[self.supported] if self.sign else ""
        return f"{place}the interval of the difference excludes 0{side}: {text}."


def compare_cells(
    group: RunGroup,
    pair: tuple[str, str],
    quantity: str,
    value: RunMetric,
    sign: int,
    printed: str = "",
) -> Comparison:
    """Compare two cells of a group."""
    a, b = (_values_by_key(group.runs_of(cell), value) for cell in pair)
    gaps = [a[key] - b[key] for key in a if key in b]
    unlike = " − ".join(CELL_NAMES[cell] for cell in pair)
    found = mean_ci(gaps) if gaps else None
    return Comparison(group.label, quantity, unlike, found, sign, printed, group.averaged_over)


def _values_by_key(runs: Sequence[DvsRun], value: RunMetric) -> dict[tuple[object, ...], float]:
    found = ((run.key, value(run)) for run in runs)
    return {key: number for key, number in found if number is not None}


def mean_over_runs(runs: Sequence[DvsRun], value: RunMetric) -> MeanCI | None:
    """Average a quantity over runs; None if none of them has it."""
    found = [number for number in map(value, runs) if number is not None]
    return mean_ci(found) if found else None


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


def format_difference(difference: MeanCI) -> str:
    """As ``+1.2 ± 3.4``; without an interval where there is one seed or all agree."""
    half = f" ± {difference.half_width:.1f}" if _has_interval(difference) else ""
    return f"{format_number(difference.value, '+')}{half}"


def format_mean(interval: MeanCI | None) -> str:
    """As ``51.2 ± 3.4``, a dash where there is nothing."""
    if interval is None:
        return "–"
    half = f" ± {interval.half_width:.1f}" if _has_interval(interval) else ""
    return f"{format_number(interval.value)}{half}"


def _has_interval(interval: MeanCI) -> bool:
    """Whether there is an interval to show: of several seeds that are not all equal."""
    return interval.n > 1 and interval.half_width > 0


def format_n(interval: MeanCI, unit: str) -> str:
    """As ``3 seeds``."""
    return f"{interval.n} {unit}{'' if interval.n == 1 else 's'}"


def format_number(value: float, sign_flag: str = "") -> str:
    """A number with one decimal and a minus as wide as a plus; zero has no minus."""
    return f"{round(value, 1) + 0.0:{sign_flag}.1f}".replace("-", "−")
