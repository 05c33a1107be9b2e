"""The independent implementation with 50 digits against the kernels."""

import mpmath
import numpy as np
import pytest

from liaf_ref.oracle import exact, reference
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.exact.functions import SELU_ALPHA, SELU_SCALE
from oracle.exact_cases import NormalDraw, network_case, neuron_case, recurrent_case, two_layer_case
from oracle.rounding_tolerance import assert_close

ADAM = {"name": "adam", "lr": 0.01, "weight_decay": 0.1, "steps": 3}


@pytest.mark.parametrize(
    "case",
    [
        two_layer_case(NormalDraw(1), act="spike", mu=0.3),
        two_layer_case(NormalDraw(2), act="selu", mode="NTR", sharing="channel"),
        neuron_case(NormalDraw(3), (2, 3, 2), act="tanh", sharing="all"),
        recurrent_case(NormalDraw(4), "rnn"),
        recurrent_case(NormalDraw(5), "lstm"),
        recurrent_case(NormalDraw(6), "gru"),
        network_case(NormalDraw(7), "mean", ADAM, act="sigmoid"),
    ],
    ids=lambda case: case.name,
)
def test_float64_kernels_are_within_their_roundings_of_fifty_digits(case: Case) -> None:
    assert_close(reference.run(case), exact.run(case, mpmath.mpf))


def test_numbers_have_fifty_digits_and_the_callers_keep_theirs() -> None:
    case = recurrent_case(NormalDraw(8), "rnn")
    found = exact.run(case, mpmath.mpf)["exp/r.c"][0, 0, 0]
    x, W, b, c, U = (
        [mpmath.mpf(number) for number in np.atleast_1d(array)]
        for array in (
            case["in/X"][0, 0],
            case["par/d.W"][:, 0],
            case["par/d.b"][0],
            case["in/r.c0"][0],
            case["par/r.U"][:, 0],
        )
    )
    assert mpmath.mp.dps == 15
    with mpmath.workdps(60):
        expected = mpmath.tanh(mpmath.fdot(x, W) + b[0] + mpmath.fdot(c, U))  # (14)
        assert abs(found - expected) < mpmath.mpf(10) ** -48
        assert abs(float(found) - expected) > mpmath.mpf(10) ** -20
        assert (
            abs(exact.run(case, mpmath.mpf)["exp/r.c"][0, 0, 0] - expected) < mpmath.mpf(10) ** -58
        )


def test_selu_has_the_fixed_point_that_names_its_constants() -> None:
    """Mean 0 and variance 1 of a normal number stay, Klambauer et al. 2017, Appendix."""
    with mpmath.workdps(40):
        e, root = mpmath.e, mpmath.sqrt(2)
        erfc = {x: mpmath.erfc(x) for x in (1 / root, root)}
        alpha = -mpmath.sqrt(2 / mpmath.pi) / (mpmath.exp(0.5) * erfc[1 / root] - 1)
        negative = alpha**2 * (e**2 * erfc[root] - 2 * mpmath.sqrt(e) * erfc[1 / root] + 1) / 2
        scale = 1 / mpmath.sqrt(0.5 + negative)
        assert abs(alpha - mpmath.mpf(SELU_ALPHA)) < mpmath.mpf(10) ** -30
        assert abs(scale - mpmath.mpf(SELU_SCALE)) < mpmath.mpf(10) ** -30
