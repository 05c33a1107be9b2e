"""Second case of Eq. (2), product by product, and what its padding may see."""

from typing import Any

import numpy as np
import pytest
from independent.comparison import assert_same

from kernels.convolutions import SHAPES, K, L, Shape, run, whole
from liaf_ref.kernels import conv, im2col
from liaf_ref.kernels.grid import Grid, causal, cropped, out_size, padded, same, taps

every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
both = pytest.mark.parametrize("kernel", [conv, im2col], ids=["conv", "im2col"])


def test_random_shapes_by_both_kernels() -> None:
    rng = np.random.default_rng(103)
    for _ in range(200):
        axes = int(rng.integers(1, 4))
        window = tuple(int(k) for k in rng.integers(1, 5, axes))
        pad = tuple((int(a), int(b)) for a, b in rng.integers(0, 3, (axes, 2)))
        room = [max(k - sum(ends), 1) for k, ends in zip(window, pad, strict=True)]
        size = tuple(int(n + rng.integers(0, 4)) for n in room)
        stride = tuple(int(s) for s in rng.integers(1, 6, axes))
        shape = Shape((2,), size, window, stride, pad)
        one, other = run(conv, shape), run(im2col, shape)
        for name, array in one.items():
            assert_same(f"{name} of {shape}", other[name], array)


@every_shape
def test_col2im_is_the_adjoint_of_im2col(shape: Shape) -> None:
    rng = np.random.default_rng(104)
    X = padded(whole(rng, (*shape.lead, *shape.size, K)), shape.pad)
    rows = im2col.im2col(X, shape.kernel, shape.stride)
    G = whole(rng, rows.shape)
    back = im2col.col2im(G, X.shape, shape.kernel, shape.stride)
    assert back.shape == X.shape
    assert (rows * G).sum() == (X * back).sum() != 0


@both
def test_nothing_is_flipped(kernel: Any) -> None:
    """By hand: the last place of a kernel sees what lies behind."""
    X, W = np.array([1.0, 2.0, 3.0])[:, None], np.array([10.0, 20.0, 40.0])[:, None, None]
    grid = Grid((1,), same((3,)))
    I, _ = kernel.forward(X, conv.Params(W, np.array([0.5])), grid)
    assert_same("I", I[:, 0], np.array([20 + 80 + 0.5, 10 + 40 + 120 + 0.5, 20 + 60 + 0.5]))


def test_padding_by_name() -> None:
    assert same((3, 5, 1)) == ((1, 1), (2, 2), (0, 0))
    assert same((2, 4)) == ((0, 1), (1, 2))
    assert causal((3, 5, 2)) == ((2, 0), (2, 2), (0, 1))
    assert causal((1, 3)) == ((0, 0), (1, 1))


def test_an_axis_forgotten_is_no_axis_by_default() -> None:
    with pytest.raises(ValueError, match="shorter"):
        out_size((4, 4), (3, 3), (1,))
    with pytest.raises(ValueError, match="shorter"):
        list(taps((3, 1), (2, 2), (1,)))
    for pads in (padded, cropped):
        with pytest.raises(ValueError, match="longer"):
            pads(np.zeros((4, K)), ((1, 1), (1, 1)))


@both
@pytest.mark.parametrize("U", [1, 2, 3])
def test_causal_conv3d_does_not_see_the_future_and_same_does(kernel: Any, U: int) -> None:
    """A step's output depends on itself and the U - 1 steps before; same padding is centred."""
    T, window = 6, (U, 3, 3)
    rng = np.random.default_rng(106)
    X = rng.integers(1, 9, (2, T, 3, 4, K)) * 1.0
    p = conv.Params(rng.integers(1, 9, (*window, K, L)) * 1.0, np.zeros(L))
    for pad, behind, ahead in (
        (causal(window), U - 1, 0),
        (same(window), (U - 1) // 2, U // 2),
    ):
        grid = Grid((1, 1, 1), pad)
        I, _ = kernel.forward(X, p, grid)
        assert I.shape == (2, T, 3, 4, L)
        for t in range(T):
            moved = X.copy()
            moved[:, t] += 1.0
            other, _ = kernel.forward(moved, p, grid)
            changed = (other != I).any(axis=(0, 2, 3, 4))
            expected = [t - ahead <= step <= t + behind for step in range(T)]
            assert changed.tolist() == expected
