"""On dyadic numbers the kernels do not round and equal the independent implementation."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from liaf_ref.oracle import reference
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.table import FRACTION, run
from oracle.table_cases import (
    DyadicDraw,
    first_case_where,
    neuron_case,
    threshold_distances,
    two_layer_case,
)

EXACT = [("spike", "TR"), *((act, mode) for act in ("identity", "relu") for mode in ("TR", "NTR"))]
SIGNIFICAND: dict[Any, int] = {np.float64: 53, np.float32: 24}
MU = [0.5, 0.25]


def bits(x: Fraction) -> int:
    """Significant bits of a dyadic number."""
    return len(bin(abs(x.numerator)).strip("0b"))


def assert_bits(case: Case, dtype: Any) -> None:
    """The kernels' answer in a dtype is the fractions', every bit of it."""
    found, expected = run(case, FRACTION), reference.run(case.astype(dtype))
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert max(bits(x) for x in found[name].flat) <= SIGNIFICAND[dtype], name
        assert found[name].shape == array.shape
        assert [Fraction(float(x)) for x in array.flat] == list(found[name].flat), name


def meets_ties_and_edges(case: Case) -> bool:
    """Whether ``U = v_th`` and ``|U - v_th| = mu`` are met in every layer, four times in all."""
    found = threshold_distances(case, reference.run(case)).values()
    ties, edges = [(x == 0).sum() for x, _ in found], [(abs(x) == mu).sum() for x, mu in found]
    return all(min(n) >= 1 and sum(n) >= 4 for n in (ties, edges))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("reset", ["paper", "detached"])
@pytest.mark.parametrize("mu", MU)
@pytest.mark.parametrize("sharing", ["all", "channel", "non"])
@pytest.mark.parametrize(("act", "mode"), EXACT)
def test_neurons(act: str, mode: str, sharing: str, mu: float, reset: str, dtype: Any) -> None:
    options: dict[str, Any] = {
        "act": act,
        "mode": mode,
        "sharing": sharing,
        "mu": mu,
        "reset": reset,
    }
    assert_bits(
        first_case_where(
            lambda seed: neuron_case(DyadicDraw(seed), **options), meets_ties_and_edges
        ),
        dtype,
    )


@pytest.mark.parametrize("mu", MU)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("act", "mode"), EXACT)
def test_two_layers(act: str, mode: str, bias: bool, mu: float) -> None:
    options: dict[str, Any] = {"act": act, "mode": mode, "mu": mu}
    assert_bits(
        first_case_where(
            lambda seed: two_layer_case(DyadicDraw(seed), bias, **options), meets_ties_and_edges
        ),
        np.float64,
    )


@pytest.mark.parametrize("mu", MU)
def test_a_tie_and_an_edge_are_stated_from_what_is_beside_them(mu: float) -> None:
    """Next to the edge the window is open, on it closed; next to the tie nothing fires."""
    case = neuron_case(DyadicDraw(2), (1,), act="spike", mu=mu)
    v_th, step = float(case["par/n.v_th"][0]), 2.0**-20
    fired = []
    for x in (0.0, -step, mu, mu - step, -mu, step - mu):
        I = case["in/X"].copy()
        I[:, 0] = v_th + x - case["in/n.V0"]
        found = run(case.with_arrays({"in/X": I}), FRACTION)
        inside = found["dbg/n.dU"][:, 0] != found["dbg/n.dV"][:, 0] * (
            case["par/n.alpha"] * (1 - found["exp/n.F"][:, 0])
        )
        fired.append((int(found["exp/n.F"][0, 0, 0]), bool(inside.all())))
    assert fired == [(1, True), (0, True), (1, False), (1, True), (0, False), (0, True)]
