"""Whether ours, brought to as many digits as are printed, is the printed number."""

import re
from collections.abc import Sequence
from fractions import Fraction

from liaf_ref.report.printed_precision import matches_printed

ROUNDED, TRUNCATED, MISMATCH, NOT_RECOMPUTED = "rounded", "truncated", "neither", "not recomputed"
SEPARATOR = re.compile(r", | x ")  # what stands between the numbers of 3 x 3 or of 32, 64


def classify_agreement(printed: str, values: Sequence[Fraction]) -> tuple[str, bool]:
    """Say how ours has to be shortened to be the printed number."""
    texts = SEPARATOR.split(printed)
    if len(texts) != len(values):
        return MISMATCH, False
    ways = [matches_printed(text, value) for text, value in zip(texts, values, strict=True)]
    rounded, cut = (all(way[k] for way in ways) for k in (0, 1))
    return (ROUNDED if rounded else TRUNCATED if cut else MISMATCH), cut
