"""The fast pooling is its definition: in whole numbers to the bit, whatever is left over."""

from typing import Any

import numpy as np
import pytest

from liaf_ref.fast import average_pool as fast
from liaf_ref.kernels import average_pool
from liaf_ref.kernels.array import Array

Size = tuple[int, ...]
SHAPES = [(2, 3, 8, 6, 5), (3, 7, 9, 4), (5, 4, 3), (1, 4, 4, 1), (4, 2, 4, 8, 1)]
SIZES = [(2, 2), (4, 2), (1, 2), (2, 1), (4, 4), (1, 1)]
OVERLAPS = [((2, 2), (1, 1)), ((3, 2), (2, 2)), ((1, 2), (2, 2)), ((2, 2), (3, 3))]


def whole_numbers(shape: Size, seed: int = 6) -> Array:
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(np.float32)


def run(kernel: Any, X: Array, dY: Array, size: Size, stride: Size) -> tuple[Array, Array]:
    Y, tape = kernel.forward(X, size, stride)
    return Y, kernel.backward(dY, tape, size, stride)


def gradient(X: Array, size: Size, stride: Size) -> Array:
    return whole_numbers(average_pool.forward(X, size, stride)[0].shape, 7)


@pytest.mark.parametrize(("size", "stride"), OVERLAPS)
def test_other_windows_are_handed_over(size: Size, stride: Size) -> None:
    X = np.random.default_rng(8).normal(size=(2, 3, 7, 6, 4)).astype(np.float32)
    dY = gradient(X, size, stride)
    expected = run(average_pool, X, dY, size, stride)
    for got, exact in zip(run(fast, X, dY, size, stride), expected, strict=True):
        np.testing.assert_array_equal(got, exact)


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((2, 6, 4), (2,)),
        ((2, 4, 4, 4, 3), (2, 2, 2)),
        ((0, 4, 4, 3), (2, 2)),
        ((2, 4, 4, 0), (2, 2)),
    ],
)
def test_other_ranks_and_nothing_are_handed_over(shape: Size, size: Size) -> None:
    X = whole_numbers(shape)
    dY = gradient(X, size, size)
    expected = run(average_pool, X, dY, size, size)
    for got, exact in zip(run(fast, X, dY, size, size), expected, strict=True):
        np.testing.assert_array_equal(got, exact)
