"""Claims of the paper about differences between networks, and how docs/results/protocol.md judges.

This module has the only copy of these rules.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from liaf_ref.report.confidence_interval import MeanCI, holm_levels

CONFIRMED, CONTRADICTED, NOT_DECIDED = "confirmed", "contradicted", "not decided"


class Verdict(NamedTuple):
    """Confirmed, contradicted or not decided, and why."""

    name: str
    reason: str


class Criterion(NamedTuple):
    """On which side of a bound the paper has a difference, and the smallest one that counts."""

    sign: int
    smallest: float
    bound: float = 0.0

    def judge(self, difference: MeanCI) -> Verdict:
        """Judge the claim by the 95 % interval of the difference."""
        half = difference.half_width
        # Zero width means that the same number of samples happened to be correct for all seeds,
        # not that more seeds would agree: nothing is decided.
        if half == 0:
            return Verdict(NOT_DECIDED, "all differences are equal")
        if difference.n == 1:
            return Verdict(NOT_DECIDED, "one difference has no interval")
        distance = self.sign * (difference.value - self.bound)
        own, other = ("above", "below")[:: self.sign]
        bound = f"{self.bound:g}".replace("-", "−")
        smallest = f"{self.sign * self.smallest:+g}".replace("-", "−")
        if distance - half > 0:
            return Verdict(CONFIRMED, f"the whole interval is {own} {bound}")
        if distance + half < 0:
            return Verdict(CONTRADICTED, f"the whole interval is {other} {bound}")
        if distance + half < self.smallest:
            return Verdict(CONTRADICTED, f"the whole interval is {other} {smallest}")
        ends = f"{bound} and {smallest}" if self.smallest else bound
        return Verdict(NOT_DECIDED, f"the interval contains {ends}")

    def seeds_to_decide(self, difference: MeanCI) -> float:
        """About how many seeds would decide the claim if the mean stayed as it is."""
        distance = self.sign * (difference.value - self.bound)
        half_width = max(abs(distance), self.smallest - distance)
        if half_width == 0:
            return math.inf
        return math.ceil(difference.n * (difference.half_width / half_width) ** 2)

    def is_excluded(self, difference: MeanCI, half_width: float) -> bool:
        """Whether an interval of a half-width excludes the bound."""
        return abs(difference.value - self.bound) > half_width > 0


# Smallest differences that count, in points; a difference of -3 is no longer similar.
HIGHER, LOWER = Criterion(1, 2.0), Criterion(-1, 2.0)
SMOOTHER = Criterion(-1, 0.5)
SIMILAR = Criterion(1, 0.0, -3.0)


class ResultClaim(NamedTuple):
    """A claim about a difference in points, what the paper prints, and our difference."""

    where: str  # table or figure of the paper
    text: str
    printed: str
    difference: MeanCI
    criterion: Criterion

    @property
    def verdict(self) -> Verdict:
        """What our difference says about the claim."""
        return self.criterion.judge(self.difference)


def holm_half_widths(claims: Sequence[ResultClaim]) -> list[float]:
    """Half the widths of the intervals of several claims by Holm's procedure."""
    p_values = [claim.difference.p_value(claim.criterion.bound) for claim in claims]
    pairs = zip(claims, holm_levels(p_values), strict=True)
    return [claim.difference.half_width_at(level) for claim, level in pairs]
