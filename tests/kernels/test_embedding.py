"""Looking tokens up, collecting their gradients, and both with Eq. (2) behind."""

import numpy as np
from independent.comparison import assert_same

from liaf_ref.kernels import dense, embedding, tokens

IDS = np.array([[2, 0, 2], [2, 1, 0]])
E = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])


def test_every_token_gets_its_row() -> None:
    X, _ = embedding.forward(IDS, E)
    expected = [[E[2], E[0], E[2]], [E[2], E[1], E[0]]]
    assert_same("X", X, np.array(expected))


def test_a_token_that_arrived_thrice_collects_thrice_and_one_that_never_arrived_nothing() -> None:
    dX = np.array([[[1, 10], [2, 20], [4, 40]], [[8, 80], [16, 160], [32, 320]]], float)
    dE = embedding.backward(dX, embedding.forward(IDS, E)[1])
    assert_same("dE", dE, np.array([[34, 340], [16, 160], [13, 130], [0, 0]], float))


def test_tokens_are_the_embedding_and_the_dense_layer_one_after_the_other() -> None:
    p = dense.Params(np.array([[1.0, -2.0, 3.0], [0.5, 1.0, -1.0]]), np.array([1.0, 0.0, -4.0]))
    I, tape = tokens.forward(IDS, E, p)
    assert_same("I", I, E[IDS] @ p.W + p.b)
    dI = np.arange(18.0).reshape(2, 3, 3)
    dE, dp = tokens.backward(dI, tape)
    X, looked_up = embedding.forward(IDS, E)
    dX, dp_dense = dense.backward(dI, dense.forward(X, p)[1])
    assert_same("dE", dE, embedding.backward(dX, looked_up))
    assert_same("dW", dp.W, dp_dense.W)
    assert_same("db", dp.b, dp_dense.b)
