"""Binary cross-entropy on softmax and on sigmoid, and the squared error: means over classes too."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from independent.comparison import Array, assert_agree, assert_same

from liaf_ref.kernels import loss_mse, loss_sigmoid_bce, loss_softmax_bce

ONE = np.ones(())
Z = np.array([[0.5, -1.0, 2.0, 0.0], [1.0, 1.5, -0.5, 3.0], [0.1, 0.2, 0.3, 0.4]])
Y = np.array([2, 0, 3])
LOSSES = {"softmax": loss_softmax_bce, "sigmoid": loss_sigmoid_bce, "mse": loss_mse}
every_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def _both(loss: Any, Z: Array, y: Array) -> tuple[Array, Array]:
    value, tape = loss.forward(Z, y)
    return value, loss.backward(ONE, tape)


def _asked(p: list[float], true: int) -> float:
    return -sum(math.log(p[j] if j == true else 1 - p[j]) for j in range(len(p)))


def _softmax(z: list[float]) -> list[float]:
    total = sum(math.exp(x) for x in z)
    return [math.exp(x) / total for x in z]


SCALAR: dict[str, Callable[[list[float], int], float]] = {
    "softmax": lambda z, true: _asked(_softmax(z), true),
    "sigmoid": lambda z, true: _asked([1 / (1 + math.exp(-x)) for x in z], true),
    "mse": lambda z, true: sum((x - (j == true)) ** 2 for j, x in enumerate(z)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_against_the_scalar_formula(name: str) -> None:
    value, _ = _both(LOSSES[name], Z, Y)
    total = sum(SCALAR[name](z, true) for z, true in zip(Z.tolist(), Y.tolist(), strict=True))
    assert value.shape == ()
    assert_agree("loss", value, np.array(total / 12), 1e-15)


def test_softmax_by_hand() -> None:
    """p = (1/8, 1/8, 3/4); the first is true: -log of 1/8, 7/8 and 1/4."""
    z = np.log(np.array([[1.0, 1.0, 6.0]]))
    value, dZ = _both(loss_softmax_bce, z, np.array([0]))
    assert_agree("loss", value, np.array(math.log(8 * 8 / 7 * 4) / 3), 1e-15)
    # dp = (-8, 8/7, 4) / 3, <dp, p> = 15/7 / 3, dZ = p (dp - <dp, p>)
    expected = np.array([[(-8 - 15 / 7) / 8, (8 / 7 - 15 / 7) / 8, (4 - 15 / 7) * 3 / 4]]) / 3
    assert_agree("dZ", dZ, expected, 1e-15)


def test_sigmoid_by_hand() -> None:
    z = np.log(np.array([[3.0, 1.0]]))  # 3/4 and 1/2
    value, dZ = _both(loss_sigmoid_bce, z, np.array([1]))
    assert_agree("loss", value, np.array(math.log(4 * 2) / 2), 1e-15)
    assert_agree("dZ", dZ, np.array([[3 / 8, -1 / 4]]), 1e-15)


def test_mse_by_hand() -> None:
    value, dZ = _both(loss_mse, np.array([[0.5, 0.25], [1.0, 2.0]]), np.array([0, 1]))
    assert_same("loss", value, np.array((0.25 + 0.0625 + 1.0 + 1.0) / 4))
    assert_same("dZ", dZ, np.array([[-0.25, 0.125], [0.5, 0.5]]))


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


@pytest.mark.parametrize("height", [-1e300, -1e4, 1e4, 1e300])
def test_softmax_at_any_height(height: float) -> None:
    value, dZ = _both(loss_softmax_bce, np.full((1, 2), height), np.array([0]))
    assert_agree("loss", value, np.array(math.log(2)), 1e-15)
    assert_agree("dZ", dZ, np.array([[-0.5, 0.5]]), 1e-15)


def test_every_row_has_a_height_of_its_own() -> None:
    value, dZ = _both(loss_softmax_bce, np.array([[1e300, 1e300], [0.0, 0.0]]), np.array([0, 1]))
    assert_agree("loss", value, np.array(math.log(2)), 1e-15)
    assert_agree("dZ", dZ, np.array([[-0.25, 0.25], [0.25, -0.25]]), 1e-15)


@every_loss
def test_the_gradient_in_the_loss_is_a_factor(loss: Any) -> None:
    _, tape = loss.forward(Z, Y)
    assert_same("dZ", loss.backward(np.array(4.0), tape), 4 * loss.backward(ONE, tape))


@pytest.mark.parametrize("name", ["softmax", "sigmoid"])
def test_torch_computes_the_same(name: str) -> None:
    torch = pytest.importorskip("torch")
    z, true = torch.tensor(Z).requires_grad_(), torch.tensor(np.eye(4)[Y])
    if name == "softmax":
        out = torch.nn.functional.binary_cross_entropy(torch.softmax(z, 1), true)
    else:
        out = torch.nn.functional.binary_cross_entropy_with_logits(z, true)
    out.backward()
    value, dZ = _both(LOSSES[name], Z, Y)
    assert_agree("loss", value, np.array(out.item()), 1e-14)
    assert_agree("dZ", dZ, z.grad.numpy(), 1e-14)


def test_one_class_is_sure_and_there_is_no_other() -> None:
    loss, dZ = _both(loss_softmax_bce, np.array([[0.75], [-3.0]]), np.zeros(2, int))
    assert loss == 0
    assert not dZ.any()
