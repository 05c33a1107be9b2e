"""The printed formulas, worked out."""

import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.report.formula import evaluate_formula

VALUES = {"K": 5, "L": 7, "Q": 2}
GOOD = {
    "L": 7,
    "12": 12,
    "L*(K+1)": 42,
    "L*K+1": 36,
    "(Q+2)*L": 28,
    "L*(4*(L+K)+3)": 357,
    "Q * Q * Q": 8,
}
BAD = ["K-1", "L/2", "L**2", "2.5*L", "-L", "M", "'K'", "len(K)", "K if L else Q", "K[0]", "K.real"]


@pytest.mark.parametrize("formula", GOOD)
def test_sums_and_products_of_names_and_whole_numbers(formula: str) -> None:
    assert evaluate_formula(formula, VALUES) == GOOD[formula]


@pytest.mark.parametrize("formula", BAD)
def test_all_else_is_refused(formula: str) -> None:
    with pytest.raises(InputError) as refused:
        evaluate_formula(formula, VALUES)
    assert str(refused.value) == (
        f"formula of a printed table: expected +, *, whole numbers and K, L, Q, got {formula!r}"
    )


@pytest.mark.parametrize("formula", ["", "L*", "(K", "K L"])
def test_what_is_no_formula_is_refused(formula: str) -> None:
    with pytest.raises(InputError) as refused:
        evaluate_formula(formula, VALUES)
    assert str(refused.value) == f"formula of a printed table: expected one, got {formula!r}"
