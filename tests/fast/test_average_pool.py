"""The fast pooling is its definition: in whole numbers to the bit, whatever is left over."""

from typing import Any

import numpy as np
import pytest

from fast.neurons import EPS, fill_new_arrays_with_nan
from liaf_ref.fast import average_pool as fast
from liaf_ref.fast import memory_layout
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


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", SHAPES)
def test_definition(shape: Size, size: Size, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_new_arrays_with_nan(monkeypatch)
    if shape[-3] < size[0] or shape[-2] < size[1]:
        pytest.skip("no window fits")
    X = whole_numbers(shape)
    dY = gradient(X, size, size)
    expected = run(average_pool, X.astype(np.float64), dY.astype(np.float64), size, size)
    for chunk in (1, 60, 10**6):
        monkeypatch.setattr(memory_layout, "CHUNK", chunk)
        for got, exact in zip(run(fast, X, dY, size, size), expected, strict=True):
            assert got.dtype == np.float32
            np.testing.assert_array_equal(got, exact)  # shares of 1, 2, 4, 8 and 16 are exact


@pytest.mark.parametrize(
    ("chunk", "images"), [(1, [1] * 5), (71, [1] * 5), (72, [2, 2, 1]), (10**6, [5])]
)
def test_pieces_are_whole_images_and_cover_them_once(
    chunk: int, images: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 36 numbers each that windows see; the last row and the last column none sees."""
    monkeypatch.setattr(memory_layout, "CHUNK", chunk)
    X = whole_numbers((5, 5, 7, 3))
    pieces = list(fast.iter_chunks(X, X[:, :2, :3], (2, 2)))
    for x, room, y in pieces:
        assert (x.shape, room.shape) == ((len(y), 2, 2, 18), (len(y), 2, 18))
    assert [len(x) for x, _, _ in pieces] == images
    seen = np.concatenate([x for x, _, _ in pieces]).reshape(5, 4, 6, 3)
    np.testing.assert_array_equal(seen, X[:, :4, :6])
    np.testing.assert_array_equal(np.concatenate([y for _, _, y in pieces]), X[:, :2, :3])


def test_shares_that_are_not_exact() -> None:
    X = np.random.default_rng(8).normal(size=(2, 3, 6, 6, 4)).astype(np.float32)
    dY = X[:, :, :2, :2]
    got = run(fast, X, dY, (3, 3), (3, 3))
    exact = run(average_pool, X.astype(np.float64), dY.astype(np.float64), (3, 3), (3, 3))
    for g, e in zip(got, exact, strict=True):
        # Nine terms, a share rounded, and its product.
        np.testing.assert_allclose(g, e, rtol=0, atol=11 * EPS / 2 * abs(X).max())


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
