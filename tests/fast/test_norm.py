"""The fast normalisation: means far from zero, sums of many rows, and its tape."""

import numpy as np
import pytest

from fast import cases
from fast.cases import NORMS, VARIANCE_EPS
from liaf_ref.fast import norm as fast
from liaf_ref.kernels import norm
from liaf_ref.kernels.norm import Params


@pytest.mark.parametrize("name", ["image", "batch", "wide", "long"])
def test_a_mean_far_from_zero_is_taken_off_before_anything_is_squared(name: str) -> None:
    """Of 1000 +- 2, squares alone would leave of the variance what rounding leaves: nothing."""
    twin = cases.norm(name, mean=1000)
    (Y, _, v, dX, *_), (exact, _) = twin.run(fast), twin.references()
    # The mean is off by a few of its half ulps, 3e-5, a hundred-thousandth of the deviation.
    for got, want in zip((Y, v, dX), (exact[0], *exact[2:4]), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-3)


def test_sums_of_many_rows_are_made_in_float64() -> None:
    """In float32, ones past 2^24 would no longer count; half as many are a long sum already."""
    X, p = np.ones((2**12, 2**11, 1), np.float32), Params(np.ones((), "f"), np.zeros((), "f"))
    X[::2] = 0
    for axes in ((0, 1), (0, 1, 2)):
        _, (m, v), _ = fast.forward(X, p, axes, VARIANCE_EPS)
        np.testing.assert_array_equal((m.ravel(), v.ravel()), ((0.5,), (0.25,)))


def test_one_number_has_a_twin_and_none_has_not() -> None:
    for shape, tape in (((1, 1, 1), fast.Tape), ((0, 4, 7), norm.Tape)):
        p = Params(np.ones(shape[-1], "f"), np.zeros(shape[-1], "f"))
        Y, _, saved = fast.forward(np.ones(shape, np.float32), p, (-1,), VARIANCE_EPS)
        assert isinstance(saved, tape)
        assert Y.shape == shape


@pytest.mark.parametrize("name", NORMS)
def test_what_was_normalised_is_made_again_from_the_tape_to_the_bit(name: str) -> None:
    X, gamma, b = cases.norm(name).inputs
    plain = Params(np.ones_like(gamma), np.zeros_like(b))
    Y, (m, _), tape = fast.forward(X, plain, NORMS[name][1], VARIANCE_EPS)
    assert isinstance(tape, fast.Tape)
    assert tape.m.dtype == tape.r.dtype == np.float32
    np.testing.assert_array_equal(tape.m.ravel(), m.ravel())
    np.testing.assert_array_equal(Y, (X - m) * tape.r.reshape(m.shape))
