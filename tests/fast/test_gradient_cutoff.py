"""Gradients that decay: what is dropped, when, and what never is."""

import numpy as np
import pytest

from liaf_ref.fast.gradient_cutoff import CHECK_INTERVAL, CUTOFF_RATIO, MIN_CUTOFF, GradientCutoff


def float32_array(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_steps_with_outputs_are_let_alone() -> None:
    zeros = float32_array(0, 0)
    assert not GradientCutoff(5).flush_to_zero(5, zeros)
    assert not GradientCutoff(5).flush_to_zero(7, zeros)
    assert GradientCutoff(5).flush_to_zero(4, zeros)


def test_it_looks_now_and_then() -> None:
    fading = GradientCutoff(100)
    assert not fading.flush_to_zero(99, float32_array(1, 1))
    for t in range(98, 99 - CHECK_INTERVAL, -1):
        assert not fading.flush_to_zero(t, float32_array(0, 0))
    assert fading.flush_to_zero(99 - CHECK_INTERVAL, float32_array(0, 0))


def test_the_floor_is_that_of_the_first_look() -> None:
    fading = GradientCutoff(1 + CHECK_INTERVAL)
    first, second = (
        float32_array(4, 4 * CUTOFF_RATIO),
        float32_array(0.5 * CUTOFF_RATIO, -3 * CUTOFF_RATIO),
    )
    assert not fading.flush_to_zero(CHECK_INTERVAL, first, second)
    assert first.tolist() == [4, 4 * CUTOFF_RATIO]  # as large as the floor is not below it
    assert second.tolist() == [0, 0]
    later = float32_array(4 * CUTOFF_RATIO, -5 * CUTOFF_RATIO, 3.9 * CUTOFF_RATIO)
    assert not fading.flush_to_zero(0, later)
    assert later.tolist() == [4 * CUTOFF_RATIO, -5 * np.float32(CUTOFF_RATIO), 0]


def test_what_is_nearly_subnormal_goes_however_small_the_largest() -> None:
    grad = float32_array(MIN_CUTOFF, -MIN_CUTOFF / 2)
    assert not GradientCutoff(1).flush_to_zero(0, grad)
    assert grad.tolist() == [MIN_CUTOFF, 0]
    assert GradientCutoff(1).flush_to_zero(0, float32_array(MIN_CUTOFF / 2, 0))


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_nothing_is_dropped_beside_what_is_not_finite(value: float) -> None:
    grad = float32_array(value, 1e-38)
    assert not GradientCutoff(1).flush_to_zero(0, grad)
    np.testing.assert_array_equal(grad, float32_array(value, 1e-38))


def test_one_of_several_is_enough_to_go_on() -> None:
    assert not GradientCutoff(1).flush_to_zero(0, float32_array(0, 0), float32_array(0, 1))
