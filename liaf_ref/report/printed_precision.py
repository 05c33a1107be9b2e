"""A number brought to as many digits as another is printed with; all exact."""

import math
from decimal import Decimal
from fractions import Fraction


def matches_printed(printed: str, value: Fraction) -> tuple[bool, bool]:
    """Whether the printed number is ours rounded, and ours cut off."""
    expected = Fraction(printed)
    if value == expected:
        return True, True
    if expected * value < 0:
        return False, False
    steps = abs(value) / _last_digit_unit(printed, value)
    target = abs(expected) / _last_digit_unit(printed, value)
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
