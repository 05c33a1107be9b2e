"""Tables I and II counted step by step, at other sizes than the printed ones too."""

from fractions import Fraction

import pytest

from liaf_ref.experiments import paper
from liaf_ref.experiments.paper import PrintedNumber
from liaf_ref.report.audit.counts import evaluate_formula, table_i, table_ii

COLUMNS = ("MULs", "ADDs", "weights")
DENSE = [{"K": 50, "L": 100}, {"K": 3, "L": 7}, {"K": 11, "L": 2}]
IMAGES = [
    {"T": 3, "H": 4, "W": 5, "K": 2, "L": 6, "I": 3, "J": 3, "U": 3},
    {"T": 10, "H": 16, "W": 16, "K": 32, "L": 64, "I": 3, "J": 3, "U": 3},
]


def figures(name: str) -> list[PrintedNumber]:
    return [p for p in paper.printed_numbers() if p.location == name]


def test_a_printed_formula_is_a_sum_or_product() -> None:
    values = {"K": 5, "L": 7, "Q": 2}
    assert evaluate_formula("L*(4*(L+K)+3)", values) == 357
    assert evaluate_formula("L*K+1", values) == 36
    for formula in ("K-1", "L/2", "2.5*L", "K.real", "len(K)"):
        with pytest.raises(ValueError, match="expected a formula of"):
            evaluate_formula(formula, values)


@pytest.mark.parametrize("sizes", DENSE, ids=str)
def test_table_i_but_for_grus_subtraction(sizes: dict[str, int]) -> None:
    found = figures("Table I")
    assert len(found) == 15
    for printed in found:
        more = sizes["L"] if printed.inputs == ("gru", "ADDs") else 0
        (ours,) = table_i(printed, sizes).values
        assert ours == evaluate_formula(printed.value, sizes) + more, printed.inputs


@pytest.mark.parametrize("sizes", IMAGES, ids=str)
def test_table_ii(sizes: dict[str, int]) -> None:
    found = figures("Table II")
    assert len(found) == 15
    for printed in found:
        ours = table_ii(printed, sizes)
        (value,) = ours.values
        assert str(value) == ours.printed, printed.inputs


def test_table_ii_by_hand() -> None:
    sizes = IMAGES[0]
    R, Q = 3 * 4 * 5 * 6, 9 * 2
    by_hand = {
        ("liaf", "MULs"): (Q + 1) * R,
        ("lif", "MULs"): R,
        ("conv3d", "ADDs"): 3 * Q * R,
        ("convlstm", "MULs"): (4 * (Q + 9 * 6) + 3) * R,
        ("convlstm", "weights"): (Q + 9 * 6 + 1) * 4 * 6,
    }
    for printed in figures("Table II"):
        if printed.inputs in by_hand:
            assert table_ii(printed, sizes).values == (Fraction(by_hand[printed.inputs]),)
