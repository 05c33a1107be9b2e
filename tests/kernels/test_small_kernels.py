"""Dense layers, embedding, pools and shared parameters, term by term."""

import numpy as np
import pytest
from independent.comparison import Array, assert_same

from liaf_ref.kernels import average_pool, dense, embedding, max_pool
from liaf_ref.kernels.sharing import sum_to

B, T, K, L = 2, 3, 4, 5


@pytest.mark.parametrize("bias", [(L,), ()])
def test_every_sum_written_out(bias: tuple[int, ...]) -> None:
    rng = np.random.default_rng(41)
    X, W, b, dI = (rng.integers(-9, 9, s) * 1.0 for s in ((B, T, K), (K, L), bias, (B, T, L)))
    I, tape = dense.forward(X, dense.Params(W, b))
    dX, dp = dense.backward(dI, tape)
    every_b = np.broadcast_to(b, (L,))
    I_, dX_, dW_, db_ = np.zeros((B, T, L)), np.zeros((B, T, K)), np.zeros((K, L)), np.zeros(L)
    for n, t, j in np.ndindex(B, T, L):
        I_[n, t, j] = every_b[j] + sum(X[n, t, k] * W[k, j] for k in range(K))
        db_[j] += dI[n, t, j]
        for k in range(K):
            dW_[k, j] += X[n, t, k] * dI[n, t, j]
            dX_[n, t, k] += dI[n, t, j] * W[k, j]
    # Whole numbers: exact in any order.
    assert_same("I", I, I_)
    assert_same("dX", dX, dX_)
    assert_same("dW", dp.W, dW_)
    assert_same("db", dp.b, db_ if bias else db_.sum())


IDS = np.array([[2, 0, 2], [2, 1, 0]])
E = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])


def test_a_token_that_arrived_thrice_collects_thrice_and_one_that_never_arrived_nothing() -> None:
    dX = np.array([[[1, 10], [2, 20], [4, 40]], [[8, 80], [16, 160], [32, 320]]], float)
    dE = embedding.backward(dX, embedding.forward(IDS, E)[1])
    assert_same("dE", dE, np.array([[34, 340], [16, 160], [13, 130], [0, 0]], float))


G = np.arange(1.0, 49.0).reshape(2, 2, 3, 4)  # B, H, W, L, whole numbers: sums are exact


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), G.sum()),
        ((1,), G.sum().reshape(1)),
        ((4,), G.sum(axis=(0, 1, 2))),
        ((2, 3, 4), G.sum(axis=0)),
        ((2, 2, 3, 4), G),
        ((3, 1), G.sum(axis=(0, 1, 3))[:, None]),
        ((1, 3, 4), G.sum(axis=(0, 1))[None]),
        ((2, 1, 1, 4), G.sum(axis=(1, 2), keepdims=True)),
        ((1, 1, 1, 1), G.sum(keepdims=True)),
    ],
)
def test_sum_to(shape: tuple[int, ...], expected: Array) -> None:
    assert_same(f"sum to {shape}", sum_to(G, shape), expected)
    broadcast = np.vdot(G, np.broadcast_to(np.ones(shape), G.shape))
    assert sum_to(G, shape).sum() == broadcast


def _frame(rows: list[list[complex]]) -> Array:
    return np.array(rows)[None, None, :, :, None]


def test_ties_by_hand() -> None:
    X = _frame([[1.0, 3.0, 0.0, 0.0], [3.0, 3.0, 0.0, 0.0]])
    Y, tape = max_pool.forward(X, (2, 2), (2, 2))
    assert_same("Y", Y, _frame([[3.0, 0.0]]))
    dX = max_pool.backward(_frame([[5.0, 7.0]]), tape, (2, 2), (2, 2))
    assert_same("dX", dX, _frame([[0.0, 5.0, 7.0, 0.0], [0.0, 0.0, 0.0, 0.0]]))


def test_a_complex_step_breaks_no_tie() -> None:
    X = _frame([[1.0, 3.0, 3.0]]) + _frame([[0.0, 0.0, 1e-40j]])
    Y, tape = max_pool.forward(X, (1, 3), (1, 3))
    assert_same("Y", Y, _frame([[3.0 + 0j]]))
    assert tape.first.item() == 1


def test_a_pixel_that_is_the_maximum_of_two_windows_collects_twice() -> None:
    X = _frame([[1.0, 4.0, 2.0]])
    _, tape = max_pool.forward(X, (1, 2), (1, 1))
    dX = max_pool.backward(_frame([[5.0, 7.0]]), tape, (1, 2), (1, 1))
    assert_same("dX", dX, _frame([[0.0, 12.0, 0.0]]))


def test_means_by_hand() -> None:
    X = _frame([[1.0, 3.0, 5.0], [3.0, 9.0, 7.0]])
    Y, tape = average_pool.forward(X, (2, 2), (1, 1))
    assert_same("Y", Y, _frame([[4.0, 6.0]]))
    dX = average_pool.backward(_frame([[4.0, 8.0]]), tape, (2, 2), (1, 1))
    assert_same("dX", dX, _frame([[1.0, 3.0, 2.0], [1.0, 3.0, 2.0]]))
