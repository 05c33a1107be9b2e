"""Eqs. (4) and (13) at, beside and away from their edges, variants of the spike, other slopes."""

from itertools import pairwise

import numpy as np
import pytest
from independent import derivatives
from independent.comparison import Array, Arrays, assert_agree, assert_same

from liaf_ref.kernels import spike
from liaf_ref.kernels.activation import tanh
from liaf_ref.kernels.pair import Pair, frozen
from liaf_ref.kernels.surrogate import SHAPES, surrogate
from liaf_ref.kernels.variants import spikes

MU = (0.5, 0.3)
SMOOTH = [shape for shape in SHAPES if shape != "window"]
UP, DOWN = np.inf, -np.inf


def _around(*edges: float) -> Array:
    beside = [(np.nextafter(e, DOWN), e, np.nextafter(e, UP)) for e in edges]
    return np.array(beside).ravel()


def test_a_neuron_at_its_threshold_fires() -> None:
    x = np.append(_around(0.0), [-0.0, -7.0, 7.0])
    assert_same("S", spike.step(x), np.array([0.0, 1.0, 1.0, 1.0, 0.0, 1.0]))


def test_a_strict_neuron_at_its_threshold_does_not_fire() -> None:
    x = np.append(_around(0.0), [-0.0, -7.0, 0.5])
    expected = np.array([0.0, 0.0, 1.0, 0.0, 0.0, 1.0])
    assert_same("S", spikes.strict(x), expected)
    assert_same("S", spikes.strict(x + 1j), expected + 0j)


def test_a_scaled_window_is_higher() -> None:
    x = np.array([-1.0, 0.0, 1.0])
    assert_same("slope", spikes.Scaled(spike.Window(0.25), 2.0)(x), np.array([0.0, 2.0, 0.0]))


@pytest.mark.parametrize("mu", MU)
def test_the_window_is_open_at_both_edges(mu: float) -> None:
    x = np.append(_around(-mu, mu), [0.0, -9.0, 9.0])
    expected = np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    assert_same("window", spike.Window(mu)(x), expected)


@pytest.mark.parametrize("mu", MU)
def test_the_ramp_is_the_integral_of_the_window(mu: float) -> None:
    pair = spike.relaxed(mu)
    x = np.linspace(-1.05, 1.05, 22)

    def total(at: Arrays) -> Array:
        return np.asarray(pair.value(at["x"]).sum())

    expected = derivatives.by_differences(total, {"x": x})["x"]
    assert np.count_nonzero(expected > 0.5) >= 6
    assert_agree("window", pair.slope(x), expected, derivatives.TOLERANCE)


def test_a_rounded_ramp_is_the_step_for_one_level_and_the_ramp_for_many() -> None:
    x = np.append(_around(0.0, -0.5, 0.5), np.linspace(-0.9, 0.9, 37))
    for each in (x, x.astype(np.float32), x + 1j):
        assert_same("step", spike.RoundedRamp(1)(each), spike.step(each))
    assert_same("thirds", spike.RoundedRamp(3)(_around(0.0)) * 3, np.array([1.0, 2.0, 2.0]))
    for k in (2, 3, 7, 256):
        rounded = spike.RoundedRamp(k)(x)
        assert_same("levels", np.rint(rounded * k) / k, rounded)
        assert (abs(rounded - spike.Ramp(0.5)(x)) <= 0.5 / k + 1e-15).all()  # rounding of sums


def test_what_each_variant_is_made_of() -> None:
    x = np.array([-1.0, -0.3, 0.0, 0.3, 1.0])
    fires = np.array([0.0, 0.0, 1.0, 1.0, 1.0])
    inside = np.array([0.0, 1.0, 1.0, 1.0, 0.0])
    variants = {
        "paper": (spike.paper(0.5), fires, inside),
        "detached": (spike.detached(), fires, np.zeros(5)),
        "relaxed": (spike.relaxed(0.5), np.array([0.0, 0.2, 0.5, 0.8, 1.0]), inside),
        "frozen": (spike.frozen(spike.paper(0.5)), fires, inside),
    }
    for name, (pair, value, slope) in variants.items():
        assert_agree(f"{name}.value", pair.value(x), value, 1e-15)
        assert_same(f"{name}.slope", pair.slope(x), slope)


@pytest.mark.parametrize("function", [spike.step, spike.Window(0.5), spike.detached().slope])
def test_discontinuous_functions_look_at_the_real_part(function: spike.Window) -> None:
    x = np.array([-0.7, -0.2, 0.0, 0.2, 0.7])
    expected = function(x).astype(complex)
    for imaginary in (-2.0, 2.0):
        assert_same("value", function(x + 1j * imaginary), expected)


@pytest.mark.parametrize("pair", [spike.paper(0.5), tanh])
def test_frozen_is_the_tangent_at_the_real_part(pair: Pair) -> None:
    x, h = np.array([-0.7, -0.2, 0.0, 0.2, 0.7]), 3.0
    tangent = frozen(pair)
    assert_same("value", tangent.value(x), pair.value(x))
    assert_same("slope", tangent.slope(x), pair.slope(x))
    expected = pair.value(x) + 1j * h * pair.slope(x)
    assert_agree("value", tangent.value(x + 1j * h), expected, 1e-15)


# The slopes beside Eq. (13): as high and of the same area as the window, each of its shape.


def test_the_window_is_the_papers() -> None:
    assert surrogate("window", 0.3) == spike.paper(0.3)


@pytest.mark.parametrize("mu", MU)
@pytest.mark.parametrize("shape", SMOOTH)
def test_height_area_and_symmetry(shape: str, mu: float) -> None:
    pair = surrogate(shape, mu)
    x = np.linspace(-4000 * mu, 4000 * mu, 400_001)
    slope = pair.slope(x)
    assert pair.value is spike.step
    assert slope.max() == slope[len(x) // 2] == 1
    np.testing.assert_allclose(slope, slope[::-1], rtol=1e-9, atol=1e-12)
    # What arctan has outside of 4,000 mu is 1 / 10,000 of its area.
    np.testing.assert_allclose(np.trapezoid(slope, x), 2 * mu, rtol=1e-3)


def test_each_has_its_own_width_at_half_height() -> None:
    """Worked out by hand from the table: x where the slope is 1 / 2."""
    mu = 0.5
    half = {
        "triangle": mu,
        "gaussian": mu * np.sqrt(4 * np.log(2) / np.pi),
        "sigmoid": mu * np.arctanh(np.sqrt(0.5)),
        "arctan": 2 * mu / np.pi,
    }
    for shape, x in half.items():
        at = surrogate(shape, mu).slope(np.array([-x, x]))
        np.testing.assert_allclose(at, 0.5, rtol=1e-12, err_msg=shape)


@pytest.mark.parametrize("shape", SMOOTH)
def test_a_slope_keeps_the_dtype_and_falls_from_the_threshold(shape: str) -> None:
    for dtype in (np.float32, np.float64, np.longdouble, np.complex128):
        slope = surrogate(shape, 0.5).slope(np.array([0.0, 0.3, 0.9, 5.0], dtype))
        assert slope.dtype == dtype
        assert all(a > b or a == b == 0 for a, b in pairwise(slope.real))
