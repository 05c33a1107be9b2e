"""First case of Eq. (2), term by term."""

import numpy as np
import pytest
from independent.comparison import assert_same

from liaf_ref.kernels import dense

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
