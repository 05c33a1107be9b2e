"""A number of ours, found again, and how it is written."""

from fractions import Fraction
from typing import NamedTuple


class Recomputed(NamedTuple):
    """What a recomputation gives."""

    values: tuple[Fraction, ...]
    explanation: str = ""
    printed: str = ""


def from_ints(*values: int, explanation: str = "", printed: str = "") -> Recomputed:
    """Whole numbers of ours."""
    return Recomputed(tuple(map(Fraction, values)), explanation, printed)


def format_fixed(value: Fraction, places: int) -> str:
    """A number to so many decimals, thousands set apart."""
    before, after = divmod(round(abs(value) * 10**places), 10**places)
    sign = "-" if value < 0 and (before or after) else ""
    return f"{sign}{before:,}" + (f".{after:0{places}d}" if places else "")


def format_trimmed(value: Fraction, places: int) -> str:
    """The same without the zeros at its end."""
    text = format_fixed(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text
