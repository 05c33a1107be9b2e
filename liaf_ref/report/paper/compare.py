"""Two cells over the seeds or folds that both have, and what may be said of their difference."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from liaf_ref.report.interval import Mean, holds, mean
from liaf_ref.report.palette import NAMES
from liaf_ref.report.paper.groups import Group
from liaf_ref.report.paper.vision import VisionRun

Value = Callable[[VisionRun], float | None]


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

    where: str
    what: str
    unlike: str
    difference: Mean | None
    sign: int
    printed: str
    over: str = "seed"

    @property
    def outcome(self) -> str:
        """yes, no or open, as the paper has it; none without a pair."""
        return "none" if self.difference is None else holds(self.difference, self.sign or 1)

    def sentence(self) -> str:
        """What may be said, computed from the interval."""
        d, place = self.difference, f"{self.where}, {self.what}: "
        paper = f" (paper: {self.printed})" if self.printed else ""
        if d is None:
            return f"{place}no {self.over} has a run of both for {self.unlike}."
        said = f"{self.unlike} is {signed(d)} points over {times(d, self.over)}{paper}"
        if d.seeds < 2:
            return f"{place}one {self.over} has no interval, so nothing is decided: {said}."
        if not d.half:
            return f"{place}all differences are equal, so nothing is decided: {said}."
        if self.outcome == "open":
            return f"{place}the interval of the difference holds 0: {said}."
        sides = {"yes": " on the paper's side", "no": " against the paper"}
        side = sides[self.outcome] if self.sign else ""
        return f"{place}the interval of the difference excludes 0{side}: {said}."


def compare(
    group: Group, pair: tuple[str, str], what: str, value: Value, sign: int, printed: str = ""
) -> Comparison:
    """Compare two cells of a group.

    Parameters
    ----------
    group : Group
        The runs.
    pair : tuple of str
        Two cells; the second is taken from the first.
    what : str
        Name of the quantity.
    value : callable
        Takes it off a run, in points; None where a run has none.
    sign, printed
        As :class:`Comparison`.

    Returns
    -------
    Comparison
        Paired by seed, fold and recordings.
    """
    a, b = (_by_key(group.of(cell), value) for cell in pair)
    gaps = [a[key] - b[key] for key in a if key in b]
    unlike = " − ".join(NAMES[cell] for cell in pair)
    found = mean(gaps) if gaps else None
    return Comparison(group.label, what, unlike, found, sign, printed, group.over)


def _by_key(runs: Sequence[VisionRun], value: Value) -> dict[tuple[object, ...], float]:
    found = ((run.key, value(run)) for run in runs)
    return {key: number for key, number in found if number is not None}


def average(runs: Sequence[VisionRun], value: Value) -> Mean | None:
    """Average a quantity over runs; None if none of them has it."""
    found = [number for number in map(value, runs) if number is not None]
    return mean(found) if found else None


def summary(comparisons: Sequence[Comparison], claim: str) -> str:
    """Say in one sentence what several comparisons come to.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Of one claim of the paper's.
    claim : str
        The claim, to follow "whether".

    Returns
    -------
    str
        The one comparison's own sentence, or how many came out which way.
    """
    made = [one for one in comparisons if one.outcome != "none"]
    if not made:
        return f"No two runs were given that show whether {claim}."
    if len(made) == 1:
        return made[0].sentence()
    count = {name: sum(one.outcome == name for one in made) for name in ("yes", "no", "open")}
    return (
        f"Whether {claim}: {len(made)} comparisons, {count['yes']} for it, {count['no']} "
        f"against it, {count['open']} open (the interval holds 0 or has no width)."
    )


def signed(difference: Mean) -> str:
    """As ``+1.2 ± 3.4``; without an interval where there is one seed or all agree."""
    half = f" ± {difference.half:.1f}" if _spread(difference) else ""
    return f"{number(difference.value, '+')}{half}"


def shown(found: Mean | None) -> str:
    """As ``51.2 ± 3.4``, a dash where there is nothing."""
    if found is None:
        return "–"
    half = f" ± {found.half:.1f}" if _spread(found) else ""
    return f"{number(found.value)}{half}"


def _spread(found: Mean) -> bool:
    """Whether there is an interval to show: of several seeds that are not all equal."""
    return found.seeds > 1 and found.half > 0


def times(found: Mean, over: str) -> str:
    """As ``3 seeds``."""
    return f"{found.seeds} {over}{'' if found.seeds == 1 else 's'}"


def number(value: float, plus: str = "") -> str:
    """A number with one decimal and a minus as wide as a plus; zero has no minus."""
    return f"{round(value, 1) + 0.0:{plus}.1f}".replace("-", "−")
