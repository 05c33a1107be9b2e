"""Claims of the paper about differences between networks, and what our runs say about each."""

from typing import NamedTuple

from liaf_ref.report.confidence_interval import MeanCI, ci_supports_sign

VERDICTS = {"yes": "confirmed", "no": "contradicted", "open": "not decided"}


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
