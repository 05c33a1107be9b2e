"""Gradients clipped by their joint norm, however large they are."""

import numpy as np
import pytest
from support import softmax_gradients, trees_equal

from liaf_ref._core.errors import InputError
from liaf_ref.training.array_dict import ArrayDict, clip_grad_norm


def joint_norm(grads: ArrayDict) -> float:
    return float(np.linalg.norm(np.concatenate([g.astype(float).ravel() for g in grads.values()])))


def test_clipping_scales_all_gradients_together() -> None:
    grads = softmax_gradients(1)
    limit = joint_norm(grads) / 3
    clipped = clip_grad_norm(grads, limit)
    for name, g in grads.items():
        # a norm of sixteen squares, summed in two orders
        np.testing.assert_allclose(clipped[name], g / 3, rtol=1e-14)


@pytest.mark.parametrize("share", [1.0, 1.5])
def test_clipping_leaves_a_norm_within_the_limit(share: float) -> None:
    grads = {"p": np.array([3.0, 0.0]), "q": np.array([[4.0]])}
    assert trees_equal(clip_grad_norm(grads, 5.0 * share), grads)


def test_clipping_is_not_fooled_by_squares_that_overflow() -> None:
    grads = {"p": np.array([3e25, 0], np.float32), "q": np.array([-4e25], np.float32)}
    clipped = clip_grad_norm(grads, 1.0)
    assert {g.dtype for g in clipped.values()} == {np.dtype(np.float32)}
    # float32 rounds the gradients, and their products
    np.testing.assert_allclose(clipped["p"], [0.6, 0], rtol=1e-6)
    np.testing.assert_allclose(clipped["q"], [-0.8], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.longdouble, complex])
@pytest.mark.parametrize("size", [1e200, 4e307])
def test_nor_by_squares_that_overflow_float64(size: float, dtype: type) -> None:
    grads: ArrayDict = {"p": np.array([3 * size, 0], dtype), "q": np.array([-4 * size], dtype)}
    grads["r"] = np.ones(2, np.float32)  # of no weight beside them
    clipped = clip_grad_norm(grads, 1.0)
    assert [g.dtype for g in clipped.values()] == [g.dtype for g in grads.values()]
    # divided and multiplied: a few roundings
    np.testing.assert_allclose(clipped["p"], [0.6, 0], rtol=1e-15)
    np.testing.assert_allclose(clipped["q"], [-0.8], rtol=1e-15)
    np.testing.assert_array_equal(clipped["r"], 0)


def test_a_huge_norm_may_be_within_the_limit() -> None:
    grads = {"p": np.array([3e200, 4e200])}
    assert trees_equal(clip_grad_norm(grads, 5.0001e200), grads)
    # divided and multiplied: a few roundings
    np.testing.assert_allclose(clip_grad_norm(grads, 1e200)["p"], [6e199, 8e199], rtol=1e-15)


def test_a_complex_entry_of_huge_parts_is_finite() -> None:
    clipped = clip_grad_norm({"p": np.array([1.5e308 - 1.5e308j])}, 2.0)
    # the same, and the square root of 2
    np.testing.assert_allclose(clipped["p"], [2**0.5 - 2**0.5 * 1j], rtol=1e-15)


def test_the_limit_has_no_precision_of_its_own() -> None:
    clipped = clip_grad_norm({"p": np.array([3.0, 4.0], np.float32)}, np.float64(1.0))
    assert clipped["p"].dtype == np.float32


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_clipping_refuses_what_has_no_norm(bad: float) -> None:
    grads = {"p": np.ones(2), "q": np.array([1.0, bad])}
    with pytest.raises(
        InputError, match=rf"q of clip_grad_norm: expected finite values, got {bad} at"
    ):
        clip_grad_norm(grads, 1.0)


def test_clipping_changes_nothing_passed_in() -> None:
    grads = softmax_gradients(2)
    before = {name: g.copy() for name, g in grads.items()}
    clip_grad_norm(grads, 0.1)
    assert trees_equal(grads, before)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_must_be_above_0(limit: int) -> None:
    expected = f"max_norm of clip_grad_norm: expected a finite number > 0, got {limit}"
    with pytest.raises(InputError, match=expected):
        clip_grad_norm({}, limit)


def test_a_list_of_gradients_is_refused() -> None:
    expected = r"gradients of clip_grad_norm: expected arrays in a mapping, got list \[1.0\]"
    with pytest.raises(InputError, match=expected):
        clip_grad_norm([1.0], 1.0)  # type: ignore[arg-type]
