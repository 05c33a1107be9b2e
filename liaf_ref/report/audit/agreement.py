"""Whether a number, brought to as many digits as are printed, is the printed one; all exact."""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

ROUNDED, TRUNCATED, MISMATCH, NOT_RECOMPUTED = "rounded", "truncated", "neither", "not recomputed"
SEPARATOR = re.compile(r", | x ")  # what stands between the numbers of 3 x 3 or of 32, 64


def classify_agreement(printed: str, values: Sequence[Fraction]) -> tuple[str, bool]:
    """Say how ours has to be shortened to be the printed number, and whether truncating does it."""
    texts = SEPARATOR.split(printed)
    if len(texts) != len(values):
        return MISMATCH, False
    ways = [matches_printed(text, value) for text, value in zip(texts, values, strict=True)]
    rounded, truncated = (all(way[k] for way in ways) for k in (0, 1))
    return (ROUNDED if rounded else TRUNCATED if truncated else MISMATCH), truncated


def matches_printed(printed: str, value: Fraction) -> tuple[bool, bool]:
    """Whether the printed number is ours rounded, and ours truncated."""
    expected = Fraction(printed)
    if value == expected:
        return True, True
    if expected * value < 0:
        return False, False
    unit = _last_digit_unit(printed, value)
    steps, target = abs(value) / unit, abs(expected) / unit
    return target in (round(steps), math.floor(steps + Fraction(1, 2))), target == int(steps)


def truncation_range(printed: str) -> tuple[Fraction, Fraction]:
    """The half-open interval of numbers above 0 that are printed so when truncated."""
    last = Fraction(10) ** int(Decimal(printed).as_tuple().exponent)
    return Fraction(printed), Fraction(printed) + last


def _last_digit_unit(printed: str, value: Fraction) -> Fraction:
    """What a one in the last printed place is worth, in ours."""
    power = int(Decimal(printed).as_tuple().exponent)
    if "e" in printed and value:
        digits = len(Decimal(printed).as_tuple().digits)
        power = _magnitude(abs(value)) - digits + 1
    return Fraction(10) ** power


def _magnitude(value: Fraction) -> int:
    """The power of ten of the first digit; a logarithm in floats might miss it."""
    power = len(str(value.numerator)) - len(str(value.denominator))
    return power if value >= Fraction(10) ** power else power - 1
