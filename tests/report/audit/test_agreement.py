"""A number brought to as many digits as are printed, in exact arithmetic."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaf_ref.report.audit.agreement import matches_printed, truncation_range

BOTH, ROUNDED, CUT, NO = (True, True), (True, False), (False, True), (False, False)
CASES = {  # printed, ours
    ("3.4e5", "343200"): BOTH,
    ("3.3e5", "336600"): CUT,
    ("3.0e6", "2989800"): ROUNDED,
    ("2.9e6", "2989800"): CUT,
    ("3.3e9", "3114270720"): NO,
    ("1.0e6", "996000"): ROUNDED,  # 1.0e6, and not 10e5
    ("1.0e6", "960000"): NO,  # which is 9.6e5
    ("9.9e5", "1020000"): NO,
    ("9.9e5", "999999"): CUT,
    ("1.0e6", "1000000"): BOTH,
    ("56.9", "56.925"): BOTH,
    ("-3.3", "-3.255"): ROUNDED,
    ("-0.5", "-0.565"): CUT,
    ("0.5", "-0.5"): NO,
    ("-0.5", "0.5"): NO,
    ("4.6", "4.52"): NO,
    ("97.56", "97.569"): CUT,
    ("1342", "1342"): BOTH,
    ("5e-5", "0.00005"): BOTH,
    ("5e-5", "0.00006"): NO,
    ("0", "0"): BOTH,
    ("0.0", "0.04"): BOTH,
    # Halfway: half up gives the greater one, half even the even one.
    ("0.2", "0.25"): BOTH,
    ("0.3", "0.25"): ROUNDED,
    ("0.3", "0.35"): CUT,
    ("0.4", "0.35"): ROUNDED,
    ("-0.3", "-0.25"): ROUNDED,
}


@pytest.mark.parametrize("case", CASES, ids=" of ".join)
def test_by_hand(case: tuple[str, str]) -> None:
    printed, ours = case
    assert matches_printed(printed, Fraction(ours)) == CASES[case]


def test_what_no_decimal_has_an_end_for() -> None:
    assert matches_printed("97.57", Fraction(100 * 281, 288)) == ROUNDED
    assert matches_printed("97.56", Fraction(100 * 281, 288)) == CUT
    assert matches_printed("33.3", Fraction(100, 3)) == BOTH
    assert matches_printed("6.7e1", Fraction(200, 3)) == ROUNDED


@given(st.decimals(min_value="1e-6", max_value="1e12", places=6))
def test_two_digits_as_the_decimal_module_has_them(ours: Decimal) -> None:
    for rounding, way in ((ROUND_HALF_UP, 0), (ROUND_HALF_EVEN, 0), (ROUND_DOWN, 1)):
        printed = f"{Context(prec=2, rounding=rounding).plus(ours):.1e}"
        assert matches_printed(printed, Fraction(ours))[way]


@given(st.decimals(min_value="-1000", max_value="1000", places=4))
def test_one_decimal_as_the_decimal_module_has_it(ours: Decimal) -> None:
    for rounding, way in ((ROUND_HALF_UP, 0), (ROUND_HALF_EVEN, 0), (ROUND_DOWN, 1)):
        printed = str(ours.quantize(Decimal("0.1"), rounding))
        assert matches_printed(printed, Fraction(ours))[way]
        off = str(Decimal(printed) + Decimal("0.2").copy_sign(ours))
        assert matches_printed(off, Fraction(ours)) == NO


@pytest.mark.parametrize("printed", ["3.4e5", "70.40", "9.9e9", "100", "5e-5"])
def test_what_is_cut_off_to_it(printed: str) -> None:
    minimum, maximum = truncation_range(printed)
    assert matches_printed(printed, minimum)[1]
    assert matches_printed(printed, maximum - (maximum - minimum) / 1000)[1]
    assert not matches_printed(printed, maximum)[1]
    assert not matches_printed(printed, minimum - (maximum - minimum) / 1000)[1]
