"""The fast normalisation is its definition, within what float32 sums round."""

from typing import Any

import numpy as np
import pytest

from fast.norms import VARIANCE_EPS, Case, draw, every_case
from liaf_ref.fast import norm as fast
from liaf_ref.kernels import norm
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.norm import Params


def run(kernel: Any, case: Case) -> dict[str, Array]:
    """Outputs, statistics and gradients."""
    X, p, dY, axes = case
    Y, statistics, tape = kernel.forward(X, p, axes, VARIANCE_EPS)
    dX, dp = kernel.backward(dY, tape, axes)
    return {"Y": Y, "m": statistics.m, "v": statistics.v, "dX": dX, **dp._asdict()}


def to_float64(case: Case) -> Case:
    """The same in float64."""
    X, p, dY, axes = case
    X, gamma, b, dY = (x.astype(np.float64) for x in (X, *p, dY))
    return X, Params(gamma, b), dY, axes


@pytest.mark.parametrize("name", ["image", "batch", "wide", "long"])
def test_a_mean_far_from_zero_is_taken_off_before_anything_is_squared(name: str) -> None:
    """Of 1000 +- 2, squares alone would leave of the variance what rounding leaves: nothing."""
    case = draw(name, 1000)
    exact, got = run(norm, to_float64(case)), run(fast, case)
    # The mean is off by a few of its half ulps, 3e-5, a hundred-thousandth of the deviation.
    for part in ("v", "Y", "dX"):
        np.testing.assert_allclose(got[part], exact[part], rtol=1e-4, atol=1e-3)


def test_sums_of_many_rows_are_made_in_float64() -> None:
    """In float32, ones past 2^24 would no longer count; half as many are a long sum already."""
    X = np.ones((2**12, 2**11, 1), np.float32)
    X[::2] = 0
    for axes in ((0, 1), (0, 1, 2)):
        _, (m, v), _ = fast.forward(
            X, Params(np.ones((), "f"), np.zeros((), "f")), axes, VARIANCE_EPS
        )
        np.testing.assert_array_equal((m.ravel(), v.ravel()), ((0.5,), (0.25,)))


def test_one_number_has_a_twin_and_none_has_not() -> None:
    p = Params(np.ones(7, np.float32), np.zeros(7, np.float32))
    for shape, tape in (((1, 1, 1), fast.Tape), ((0, 4, 7), norm.Tape)):
        X = np.ones(shape, np.float32)
        q = Params(*(x[: shape[-1]] for x in p))
        Y, _, saved = fast.forward(X, q, (-1,), VARIANCE_EPS)
        assert isinstance(saved, tape)
        assert Y.shape == shape


@every_case
def test_what_was_normalised_is_made_again_from_the_tape_to_the_bit(name: str) -> None:
    X, p, _, axes = draw(name)
    plain = Params(np.ones_like(p.gamma), np.zeros_like(p.b))
    Y, (m, _), tape = fast.forward(X, plain, axes, VARIANCE_EPS)
    assert isinstance(tape, fast.Tape)
    assert tape.m.dtype == tape.r.dtype == np.float32
    np.testing.assert_array_equal(tape.m.ravel(), m.ravel())
    np.testing.assert_array_equal(Y, (X - m) * tape.r.reshape(m.shape))
