"""The activations against Python's own functions, and their slopes."""

import math
from typing import Any

import numpy as np
import pytest
from independent import derivatives
from independent.comparison import Array, Arrays, assert_agree, assert_same

from liaf_ref.kernels import activation
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.surrogate import surrogate

X = np.array([-6.0, -1.5, -0.25, -0.01, 0.01, 0.25, 1.5, 6.0])
every_activation = pytest.mark.parametrize("name", ACTIVATIONS)


@every_activation
def test_value_near_zero_keeps_its_digits(name: str) -> None:
    x = np.array([-1e-12])
    offset = 0.5 if name == "sigmoid" else 0.0
    gain = {"identity": 1, "relu": 0, "tanh": 1, "sigmoid": 0.25}.get(
        name, activation.SELU_SCALE * activation.SELU_ALPHA
    )
    # The series has only its linear term at this distance; for sigmoid 1 ulp of 1/2 is 1e-16.
    assert_agree(name, ACTIVATIONS[name].value(x), offset + gain * x, 1e-11)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_tails_of_the_sigmoid_are_accurate_relatively(dtype: Any) -> None:
    x: Array = np.array([-80, -40, -30, -17, -1, 1, 17, 30, 40, 80], dtype)
    value = np.array([1 / (1 + math.exp(-z)) for z in x])
    slope = value * np.array([1 / (1 + math.exp(z)) for z in x])
    rtol = 8 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(activation.sigmoid.value(x), value, rtol=rtol)
    np.testing.assert_allclose(activation.sigmoid.slope(x), slope, rtol=rtol)
    assert activation.sigmoid.value(np.array(1e-40j)).imag == 0.25e-40
    sech = surrogate("sigmoid", 0.5).slope(x / 4)
    np.testing.assert_allclose(sech, 4 * slope, rtol=rtol)


@every_activation
def test_slope_by_complex_step(name: str) -> None:
    def total(at: Arrays) -> Array:
        return np.asarray(ACTIVATIONS[name].value(at["x"]).sum())

    expected = derivatives.by_complex_step(total, {"x": X})["x"]
    assert_agree(name, ACTIVATIONS[name].slope(X), expected, derivatives.COMPLEX_TOLERANCE)


def test_at_the_kink_the_left_branch_counts() -> None:
    zero = np.zeros(1)
    assert_same("relu", ACTIVATIONS["relu"].value(zero), zero)
    assert_same("relu'", ACTIVATIONS["relu"].slope(zero), zero)
    assert_same("selu", ACTIVATIONS["selu"].value(zero), zero)
    left = np.array([activation.SELU_SCALE * activation.SELU_ALPHA])
    assert_same("selu'", ACTIVATIONS["selu"].slope(zero), left)


@every_activation
def test_a_thousand_either_way_raises_no_warning(name: str) -> None:
    pair = ACTIVATIONS[name]
    x = np.array([-1000.0, 1000.0])
    minimum = -activation.SELU_SCALE * activation.SELU_ALPHA
    maximum = 1000 * activation.SELU_SCALE
    values = {
        "identity": (-1000, 1000),
        "relu": (0, 1000),
        "selu": (minimum, maximum),
        "tanh": (-1, 1),
        "sigmoid": (0, 1),
    }
    slopes = {"identity": (1, 1), "relu": (0, 1), "selu": (0, activation.SELU_SCALE)}
    assert_agree(name, pair.value(x), np.array(values[name], float), 1e-15)
    assert_agree(name + "'", pair.slope(x), np.array(slopes.get(name, (0, 0)), float), 1e-15)


def test_selu_constants_make_unit_variance_a_fixed_point() -> None:
    tail = math.erfc(math.sqrt(0.5)) * math.exp(0.5)
    alpha = math.sqrt(2 / math.pi) / (1 - tail)
    # Second moment of the unscaled function of a standard normal variable, done by parts.
    far = math.erfc(math.sqrt(2)) * math.exp(2)
    second = 0.5 + alpha**2 * (0.5 * far - tail + 0.5)
    assert math.isclose(activation.SELU_ALPHA, alpha, rel_tol=1e-15)
    assert math.isclose(activation.SELU_SCALE, 1 / math.sqrt(second), rel_tol=1e-15)
