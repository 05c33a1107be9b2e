"""Layer and batch normalisation, group by group, and running statistics."""

from typing import Any

import numpy as np
import pytest
from independent.comparison import Array, assert_agree, assert_same

from liaf_ref.kernels import norm, norm_running
from liaf_ref.kernels.norm import Params, Statistics

B, T, H, W, L = 3, 2, 4, 3, 2
EPS = 1e-3
# A few ulp for the root and for sums in another order.
ROUNDING = 1e-13
BATCH, STEPS = (0, 1, 2, 3), (0, 2, 3)


def _normal(*shapes: tuple[int, ...]) -> list[Array]:
    rng = np.random.default_rng(131)
    return [rng.normal(0.5, 2.0, shape) for shape in shapes]


def test_by_hand() -> None:
    """Mean 2, variance 9, and 7 added to it: 4 is the deviation."""
    X = np.array([[-1.0, 5.0, 5.0, -1.0]])
    dY = np.array([[8.0, 0.0, 0.0, 0.0]])
    p = Params(np.array([1.0, 1.0, 2.0, 2.0]), np.array([0.0, 1.0, 0.0, 1.0]))
    Y, (m, v), tape = norm.forward(X, p, (-1,), 7.0)
    assert_same("Y", Y, np.array([[-0.75, 1.75, 1.5, -0.5]]))
    assert (m.item(), v.item()) == (2.0, 9.0)
    dX, dp = norm.backward(dY, tape, (-1,))
    # g - mean g = (6, -2, -2, -2); mean of g X_hat is 8 (-3/4) / 4 = -3/2
    along = -1.5 * np.array([-0.75, 0.75, 0.75, -0.75])
    assert_same("dX", dX, (np.array([[6.0, -2.0, -2.0, -2.0]]) - along) / 4)
    assert_same("dgamma", dp.gamma, np.array([-6.0, 0.0, 0.0, 0.0]))
    assert_same("db", dp.b, np.array([8.0, 0.0, 0.0, 0.0]))


def test_without_scale_and_shift() -> None:
    X, dY = _normal((B, T, L), (B, T, L))
    bare, one = Params(np.ones(()), np.zeros(())), Params(np.ones(L), np.zeros(L))
    Y, _, tape = norm.forward(X, bare, (-1,), EPS)
    Y_, _, tape_ = norm.forward(X, one, (-1,), EPS)
    assert_same("Y", Y, Y_)
    dX, dp = norm.backward(dY, tape, (-1,))
    dX_, dp_ = norm.backward(dY, tape_, (-1,))
    assert_same("dX", dX, dX_)
    assert_agree("dgamma", dp.gamma, dp_.gamma.sum(), ROUNDING)
    assert_agree("db", dp.b, dp_.b.sum(), ROUNDING)


def test_running_statistics_by_hand() -> None:
    """Of two entries the unbiased variance is twice the biased one."""
    old, batch = Statistics(np.array(8.0), np.array(4.0)), Statistics(np.array(4.0), np.array(1.0))
    m, v = norm_running.follow(old, batch, 2, 0.25)
    assert (m.item(), v.item()) == (7.0, 3.5)


def test_pooled_statistics_by_hand() -> None:
    """Of 1, 1, 5, 5 and 9: means 3 and 9, variances 4 and 0, all together 4.2 and 8.96."""
    shares = [Statistics(np.array(3.0), np.array(4.0)), Statistics(np.array(9.0), np.array(0.0))]
    m, v = norm_running.pool(shares, [4, 1])
    assert (m.item(), v.item()) == pytest.approx((4.2, 8.96), rel=1e-15)
    assert norm_running.pool(shares[:1], [4]) is shares[0]


@pytest.mark.parametrize("axes", [BATCH, STEPS])
@pytest.mark.parametrize("ends", [(1, 7), (3, 6, 7), (1, 2, 3, 4, 5, 6, 7), (7,)])
def test_pooled_statistics_are_those_of_the_whole_batch(axes: Any, ends: Any) -> None:
    (X,) = _normal((7, T, H, W, L))
    X += 5 * np.arange(7).reshape(7, 1, 1, 1, 1)  # or the means would hardly differ
    bare = Params(np.ones(()), np.zeros(()))
    parts = [X[low:high] for low, high in zip((0, *ends), ends, strict=False)]
    shares = [norm.forward(part, bare, axes, EPS)[1] for part in parts]
    pooled = norm_running.pool(shares, [part.size // L for part in parts])
    for got, expected in zip(pooled, norm.forward(X, bare, axes, EPS)[1], strict=True):
        assert got.shape == expected.shape
        assert_agree("statistics", got, expected, ROUNDING)


def test_statistics_of_the_batch_itself_evaluate_as_in_training() -> None:
    X, gamma, b = _normal((B, T, H, W, L), (L,), (L,))
    p = Params(gamma, b)
    Y, batch, _ = norm.forward(X, p, STEPS, EPS)
    assert_same("Y", norm_running.forward(X, p, batch, EPS)[0], Y)


def test_what_is_normalised_has_no_gradient_in_its_mean_or_its_size() -> None:
    X, dY, gamma = _normal((B, T, L), (B, T, L), (L,))
    _, _, tape = norm.forward(X, Params(gamma, np.zeros(L)), (0, 1), 0.0)
    dX, _ = norm.backward(dY, tape, (0, 1))
    # Sums of a dozen terms of order 1 that cancel.
    assert abs(dX.sum(axis=(0, 1))).max() < 1e-14
    assert abs((dX * X).sum(axis=(0, 1))).max() < 1e-13
