"""Recomputed numbers, and their format."""

from fractions import Fraction
from typing import NamedTuple


class Recomputed(NamedTuple):
    """Result of a recomputation."""

    values: tuple[Fraction, ...]
    explanation: str = ""
    printed: str = ""


def from_ints(*values: int, explanation: str = "", printed: str = "") -> Recomputed:
    """Make a result of integers."""
    return Recomputed(tuple(map(Fraction, values)), explanation, printed)


def format_fixed(value: Fraction, places: int) -> str:
    """Format with ``places`` decimals and thousands separators."""
    before, after = divmod(round(abs(value) * 10**places), 10**places)
    sign = "-" if value < 0 and (before or after) else ""
    return f"{sign}{before:,}" + (f".{after:0{places}d}" if places else "")


def format_trimmed(value: Fraction, places: int) -> str:
    """As :func:`format_fixed`, without trailing zeros."""
    text = format_fixed(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text
