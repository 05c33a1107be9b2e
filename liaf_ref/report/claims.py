"""Claims of the paper about differences between networks, and what our runs say about each."""

import csv
import io
import math
from collections.abc import Iterable
from typing import NamedTuple

from liaf_ref.report.confidence_interval import MeanCI, ci_supports_sign
from liaf_ref.report.formatting import NOTHING

VERDICTS = {"yes": "confirmed", "no": "contradicted", "open": "not decided"}
HEADER = ("where", "claim", "paper", "ours", "half_width", "n", "verdict")


class ResultClaim(NamedTuple):
    """A difference in points that the paper has on one side of 0, and ours with its interval."""

    where: str  # table or figure of the paper
    text: str
    printed: str
    difference: MeanCI
    sign: int

    @property
    def verdict(self) -> str:
        """Whether the interval lies on the paper's side of 0, on the other, or on both."""
        return VERDICTS[ci_supports_sign(self.difference, self.sign)]


def claims_to_csv(claims: Iterable[ResultClaim]) -> str:
    """Write a row for each claim."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for claim in claims:
        value, half, n = claim.difference
        ours = (f"{value:.1f}", f"{half:.1f}" if math.isfinite(half) else "", n)
        writer.writerow((claim.where, claim.text, claim.printed or NOTHING, *ours, claim.verdict))
    return text.getvalue()
