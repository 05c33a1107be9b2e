"""Gradients that decay: what is dropped, when, and what never is."""

import numpy as np
import pytest

from liaf_ref.fast.faint import EVERY, FAINT, SMALL, Fading


def of(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_steps_with_outputs_are_let_alone() -> None:
    zeros = of(0, 0)
    assert not Fading(5).is_spent(5, zeros)
    assert not Fading(5).is_spent(7, zeros)
    assert Fading(5).is_spent(4, zeros)


def test_it_looks_now_and_then() -> None:
    fading = Fading(100)
    assert not fading.is_spent(99, of(1, 1))
    for t in range(98, 99 - EVERY, -1):
        assert not fading.is_spent(t, of(0, 0))
    assert fading.is_spent(99 - EVERY, of(0, 0))


def test_the_floor_is_that_of_the_first_look() -> None:
    fading = Fading(1 + EVERY)
    first, second = of(4, 4 * FAINT), of(0.5 * FAINT, -3 * FAINT)
    assert not fading.is_spent(EVERY, first, second)
    assert first.tolist() == [4, 4 * FAINT]  # as large as the floor is not below it
    assert second.tolist() == [0, 0]
    later = of(4 * FAINT, -5 * FAINT, 3.9 * FAINT)
    assert not fading.is_spent(0, later)
    assert later.tolist() == [4 * FAINT, -5 * np.float32(FAINT), 0]


def test_what_is_nearly_subnormal_goes_however_small_the_largest() -> None:
    grad = of(SMALL, -SMALL / 2)
    assert not Fading(1).is_spent(0, grad)
    assert grad.tolist() == [SMALL, 0]
    assert Fading(1).is_spent(0, of(SMALL / 2, 0))


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_nothing_is_dropped_beside_what_is_not_finite(value: float) -> None:
    grad = of(value, 1e-38)
    assert not Fading(1).is_spent(0, grad)
    np.testing.assert_array_equal(grad, of(value, 1e-38))


def test_one_of_several_is_enough_to_go_on() -> None:
    assert not Fading(1).is_spent(0, of(0, 0), of(0, 1))
