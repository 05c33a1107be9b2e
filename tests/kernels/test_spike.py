"""Eqs. (4) and (13) at, beside and away from their edges, and the variants of the spike."""

import numpy as np
import pytest
from independent import finite_difference, scalar_equations
from independent.comparison import Array, Arrays, assert_agree, assert_same

from liaf_ref.kernels import spike
from liaf_ref.kernels.activation import tanh
from liaf_ref.kernels.pair import Pair, frozen
from liaf_ref.kernels.variants import spikes

MU = (0.5, 0.3)
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
def test_the_ramp_against_its_literal_form(mu: float) -> None:
    x = np.append(_around(-mu, mu), np.linspace(-2, 2, 41))
    expected = np.array([scalar_equations.relaxed_spike(mu)(float(number)) for number in x])
    assert_agree("ramp", spike.Ramp(mu)(x), expected, 1e-15)


@pytest.mark.parametrize("mu", MU)
def test_the_ramp_is_the_integral_of_the_window(mu: float) -> None:
    pair = spike.relaxed(mu)
    x = np.linspace(-1.05, 1.05, 22)

    def total(at: Arrays) -> Array:
        return np.asarray(pair.value(at["x"]).sum())

    expected = finite_difference.gradients(total, {"x": x})["x"]
    assert np.count_nonzero(expected > 0.5) >= 6
    assert_agree("window", pair.slope(x), expected, finite_difference.TOLERANCE)


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
