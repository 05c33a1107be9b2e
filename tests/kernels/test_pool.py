"""Average and maximum pooling; the first of equal values is the maximum."""

import numpy as np
import pytest
from independent.comparison import Array, assert_same

from liaf_ref.kernels import average_pool, max_pool

B, T, L = 2, 2, 2


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


def test_torch_sends_a_tie_to_the_same_place() -> None:
    torch = pytest.importorskip("torch")
    X = np.random.default_rng(122).integers(0, 3, (3, 6, 6, 2)) * 1.0
    x = torch.tensor(np.moveaxis(X, -1, 1).copy()).requires_grad_()
    torch.nn.functional.max_pool2d(x, 3, 1).sum().backward()
    Y, tape = max_pool.forward(X, (3, 3), (1, 1))
    dX = max_pool.backward(np.ones_like(Y), tape, (3, 3), (1, 1))
    assert_same("dX", dX, np.moveaxis(x.grad.numpy(), 1, -1))


def test_tapes_keep_no_input() -> None:
    X = np.zeros((1, 1, 4, 4, 3))
    assert average_pool.forward(X, (2, 2), (2, 2))[1] == (X.shape,)
    _, (shape, first) = max_pool.forward(X, (2, 2), (2, 2))
    assert (shape, first.shape) == (X.shape, (1, 1, 2, 2, 3))
