"""Softmax with categorical cross-entropy: a mean over the batch, at any height of the logits."""

import math

import numpy as np
import pytest
from independent.comparison import Array, assert_agree, assert_same

from liaf_ref.kernels import loss

ONE = np.ones(())


def _both(Z: Array, y: Array) -> tuple[Array, Array]:
    value, tape = loss.forward(Z, y)
    return value, loss.backward(ONE, tape)


def test_against_the_scalar_formula() -> None:
    Z = np.array([[0.5, -1.0, 2.0, 0.0], [1.0, 1.5, -0.5, 3.0], [0.1, 0.2, 0.3, 0.4]])
    y = np.array([2, 0, 3])
    value, dZ = _both(Z, y)
    total, expected = 0.0, np.empty_like(Z)
    for b, row in enumerate(Z.tolist()):
        sum_of_exponentials = sum(math.exp(z) for z in row)
        total += math.log(sum_of_exponentials) - row[y[b]]
        for j, z in enumerate(row):
            expected[b, j] = (math.exp(z) / sum_of_exponentials - (j == y[b])) / len(y)
    assert value.shape == ()
    assert_agree("loss", value, np.array(total / 3), 1e-15)
    assert_agree("dZ", dZ, expected, 1e-15)


def test_by_hand() -> None:
    Z, y = np.log(np.array([[1.0, 3.0], [2.0, 2.0]])), np.array([1, 0])
    value, dZ = _both(Z, y)
    assert_agree("loss", value, np.array((math.log(4 / 3) + math.log(2)) / 2), 1e-15)
    assert_agree("dZ", dZ, np.array([[1 / 8, -1 / 8], [-1 / 4, 1 / 4]]), 1e-15)


@pytest.mark.parametrize("height", [-1e300, -1e4, 1e4, 1e300])
def test_huge_logits_raise_no_warning(height: float) -> None:
    Z, y = np.array([[height, height], [height, 0.0]]), np.array([0, 0])
    value, dZ = _both(Z, y)
    second = max(-height, 0.0)
    assert_agree("loss", value, np.array((math.log(2) + second) / 2), 1e-15)
    last = (-0.5, 0.5) if height < 0 else (0.0, 0.0)
    assert_same("dZ", dZ, np.array([(-0.25, 0.25), last]))


def test_a_constant_added_to_all_logits_changes_nothing() -> None:
    Z, y = np.array([[0.5, -1.0, 2.0], [1.0, 0.0, -3.0]]), np.array([0, 1])
    expected, dZ = _both(Z, y)
    value, dZ_shifted = _both(Z + np.array([[512.0], [-1024.0]]), y)
    assert_same("loss", value, expected)
    assert_same("dZ", dZ_shifted, dZ)


def test_the_gradient_in_the_loss_is_a_factor() -> None:
    _, tape = loss.forward(np.array([[0.5, -1.0, 2.0]]), np.array([1]))
    assert_same("dZ", loss.backward(np.array(4.0), tape), 4 * loss.backward(ONE, tape))
