"""The four losses: means over the batch, of any height; their gradients by the complex step."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from independent import derivatives
from independent.comparison import Array, assert_agree, assert_same

from liaf_ref.kernels import loss, loss_mse, loss_sigmoid_bce, loss_softmax_bce
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.table import run

ONE = np.ones(())
Z = np.array([[0.5, -1.0, 2.0, 0.0], [1.0, 1.5, -0.5, 3.0], [0.1, 0.2, 0.3, 0.4]])
Y = np.array([2, 0, 3])
LOSSES = {
    "cross-entropy": loss,
    "softmax": loss_softmax_bce,
    "sigmoid": loss_sigmoid_bce,
    "mse": loss_mse,
}


def _both(loss: Any, Z: Array, y: Array) -> tuple[Array, Array]:
    value, tape = loss.forward(Z, y)
    return value, loss.backward(ONE, tape)


def _softmax(z: list[float]) -> list[float]:
    total = sum(math.exp(x) for x in z)
    return [math.exp(x) / total for x in z]


def _asked(p: list[float], true: int) -> float:
    """Binary cross-entropy: a mean over the classes."""
    return -sum(math.log(p[j] if j == true else 1 - p[j]) for j in range(len(p))) / len(p)


SCALAR: dict[str, Callable[[list[float], int], float]] = {
    "cross-entropy": lambda z, true: -math.log(_softmax(z)[true]),
    "softmax": lambda z, true: _asked(_softmax(z), true),
    "sigmoid": lambda z, true: _asked([1 / (1 + math.exp(-x)) for x in z], true),
    "mse": lambda z, true: sum((x - (j == true)) ** 2 for j, x in enumerate(z)) / len(z),
}


@pytest.mark.parametrize("name", LOSSES)
def test_value_by_the_scalar_formula_and_gradient_by_the_complex_step(name: str) -> None:
    kernel = LOSSES[name]
    value, dZ = _both(kernel, Z, Y)
    total = sum(SCALAR[name](z, true) for z, true in zip(Z.tolist(), Y.tolist(), strict=True))
    assert value.shape == ()
    assert_agree("loss", value, np.array(total / 3), 1e-15)
    expected = derivatives.by_complex_step(lambda at: kernel.forward(at["Z"], Y)[0], {"Z": Z})
    assert_agree("dZ", dZ, expected["Z"], derivatives.COMPLEX_TOLERANCE)
    _, tape = kernel.forward(Z, Y)
    assert_same("the loss's own gradient", kernel.backward(np.array(4.0), tape), 4 * dZ)


@pytest.mark.parametrize("height", [-1e300, -1e4, 1e4, 1e300])
def test_huge_logits_raise_no_warning(height: float) -> None:
    Z, y = np.array([[height, height], [height, 0.0]]), np.array([0, 0])
    value, dZ = _both(loss, Z, y)
    second = max(-height, 0.0)
    assert_agree("loss", value, np.array((math.log(2) + second) / 2), 1e-15)
    last = (-0.5, 0.5) if height < 0 else (0.0, 0.0)
    assert_same("dZ", dZ, np.array([(-0.25, 0.25), last]))
    value, dZ = _both(loss_softmax_bce, np.full((1, 2), height), np.array([0]))
    assert_agree("loss", value, np.array(math.log(2)), 1e-15)
    assert_agree("dZ", dZ, np.array([[-0.5, 0.5]]), 1e-15)


@pytest.mark.parametrize("far", [40.0, 1e4, 1e300])
def test_sure_and_right_costs_nothing_sure_and_wrong_what_it_is_off(far: float) -> None:
    """Where 1 - p rounds to 0, -log(1 - p) is still right: nothing is clipped."""
    z = np.array([[far, 0.0, 0.0]])
    value, dZ = _both(loss_softmax_bce, z, np.array([0]))
    assert value <= 2 * math.exp(-far)
    assert abs(dZ).max() <= math.exp(-far)
    value, dZ = _both(loss_softmax_bce, z, np.array([1]))
    # log p_1 = -far, log(1 - p_0) = log 2 - far
    assert_agree("loss", value, np.array(far / 3 + (far - math.log(2)) / 3), 1e-14)
    assert_agree("dZ", dZ, np.array([[2.0, -1.5, -0.5]]) / 3, 1e-14)

    value, dZ = _both(loss_sigmoid_bce, np.array([[far, -far]]), np.array([0]))
    assert value <= math.exp(-far)
    assert abs(dZ).max() <= math.exp(-far) + 1e-16
    value, dZ = _both(loss_sigmoid_bce, np.array([[far, -far]]), np.array([1]))
    assert_agree("loss", value, np.array(far), 1e-15)
    assert_agree("dZ", dZ, np.array([[0.5, -0.5]]), 1e-15)


def test_every_row_has_a_height_of_its_own() -> None:
    value, dZ = _both(loss_softmax_bce, np.array([[1e300, 1e300], [0.0, 0.0]]), np.array([0, 1]))
    assert_agree("loss", value, np.array(math.log(2)), 1e-15)
    assert_agree("dZ", dZ, np.array([[-0.25, 0.25], [0.25, -0.25]]), 1e-15)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_class_is_asked_nothing(dtype: Any) -> None:
    """Binary cross-entropy on the softmax of one class: it is sure, and there is no other."""
    Z, y = np.array([[0.75], [-3.0]]), np.zeros(2, int)
    found, tape = loss_softmax_bce.forward(Z.astype(dtype), y)
    dZ = loss_softmax_bce.backward(np.ones((), dtype), tape)
    node = Node("l", "softmax_bce", ("in/X",), {})
    answer = run(Case("one class", "L0", (node,), {"in/X": Z, "in/y": y}))
    assert found == answer["exp/l.loss"] == 0
    np.testing.assert_array_equal(dZ, answer["grad/in/X"])
