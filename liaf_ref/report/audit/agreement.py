"""Whether a recomputed number is the printed one, rounded or truncated, in exact arithmetic."""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

ROUNDED, TRUNCATED, MISMATCH, NOT_RECOMPUTED = "rounded", "truncated", "neither", "not recomputed"
SEPARATOR = re.compile(r", | x ")  # separates the numbers of `3 x 3` or `32, 64`


def classify_agreement(printed: str, values: Sequence[Fraction]) -> tuple[str, bool]:
    """Return how ``values`` agree with the printed numbers, and whether truncation does."""
    texts = SEPARATOR.split(printed)
    if len(texts) != len(values):
        return MISMATCH, False
    ways = [matches_printed(text, value) for text, value in zip(texts, values, strict=True)]
    rounded, truncated = (all(way[k] for way in ways) for k in (0, 1))
    return (ROUNDED if rounded else TRUNCATED if truncated else MISMATCH), truncated


def matches_printed(printed: str, value: Fraction) -> tuple[bool, bool]:
    """Whether the printed number is ``value`` rounded, and whether it is ``value`` truncated."""
    expected = Fraction(printed)
    if value == expected:
        return True, True
    if expected * value < 0:
        return False, False
    unit = _last_digit_unit(printed, value)
    steps, target = abs(value) / unit, abs(expected) / unit
    return target in (round(steps), math.floor(steps + Fraction(1, 2))), target == int(steps)


def truncation_range(printed: str) -> tuple[Fraction, Fraction]:
    """The half-open interval of positive numbers that truncate to the printed one."""
    last = Fraction(10) ** int(Decimal(printed).as_tuple().exponent)
    return Fraction(printed), Fraction(printed) + last


def _last_digit_unit(printed: str, value: Fraction) -> Fraction:
    """The unit of the last printed digit, at the magnitude of ``value``."""
    power = int(Decimal(printed).as_tuple().exponent)
    if "e" in printed and value:
        digits = len(Decimal(printed).as_tuple().digits)
        power = _magnitude(abs(value)) - digits + 1
    return Fraction(10) ** power


def _magnitude(value: Fraction) -> int:
    """The power of ten of the first digit, exactly."""
    power = len(str(value.numerator)) - len(str(value.denominator))
    return power if value >= Fraction(10) ** power else power - 1


def format_fixed(value: Fraction, places: int) -> str:
    """Format with ``places`` decimals and thousands separators."""
    return f"{Decimal(value.numerator) / value.denominator:z,.{places}f}"


def format_trimmed(value: Fraction, places: int) -> str:
    """As :func:`format_fixed`, without trailing zeros."""
    text = format_fixed(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text
