"""Convolutions of every shape, in whole numbers: sums are exact in any order."""

from typing import Any, NamedTuple

import numpy as np
from independent.comparison import Array

from liaf_ref.kernels import conv
from liaf_ref.kernels.grid import Grid, Pad, Size, causal, same

K, L = 2, 3


class Shape(NamedTuple):
    """One convolution; ``lead`` are the axes that are not convolved."""

    lead: Size
    size: Size
    kernel: Size
    stride: Size
    pad: Pad

    @property
    def grid(self) -> Grid:
        return Grid(self.stride, self.pad)


SHAPES = {
    "same": Shape((2, 3), (5, 4), (3, 3), (1, 1), same((3, 3))),
    "same-wide": Shape((2,), (4, 6), (3, 5), (1, 1), same((3, 5))),
    "same-even": Shape((2,), (4, 5), (2, 4), (1, 1), same((2, 4))),
    "no-padding": Shape((2,), (5, 6), (3, 2), (1, 1), ((0, 0), (0, 0))),
    "stride-2-even": Shape((2,), (6, 4), (3, 3), (2, 2), same((3, 3))),
    "stride-2-odd": Shape((2,), (5, 7), (3, 3), (2, 2), same((3, 3))),
    "lopsided": Shape((2,), (5, 4), (3, 2), (2, 3), ((2, 0), (0, 1))),
    "stride-over-kernel": Shape((2,), (7, 8), (2, 1), (3, 4), ((0, 0), (1, 0))),
    "one-by-one": Shape((2, 3), (3, 4), (1, 1), (1, 1), same((1, 1))),
    "single-pixel": Shape((2,), (1, 1), (3, 3), (1, 1), same((3, 3))),
    "kernel-is-all": Shape((2,), (3, 4), (3, 4), (1, 1), ((0, 0), (0, 0))),
    "line": Shape((2, 3), (6,), (3,), (2,), ((1, 1),)),
    "no-lead": Shape((), (4, 3), (3, 3), (1, 1), same((3, 3))),
    "volume": Shape((2,), (3, 4, 3), (3, 3, 3), (1, 1, 1), same((3, 3, 3))),
    "volume-causal": Shape((2,), (4, 3, 2), (3, 2, 1), (1, 1, 1), causal((3, 2, 1))),
}


def whole(rng: np.random.Generator, shape: Size) -> Array:
    """Whole numbers as floats."""
    return rng.integers(-9, 10, shape) * 1.0


def sample(shape: Shape, seed: int = 101) -> tuple[Array, conv.Params]:
    """Input, weights and bias."""
    rng = np.random.default_rng(seed)
    X = whole(rng, (*shape.lead, *shape.size, K))
    return X, conv.Params(whole(rng, (*shape.kernel, K, L)), whole(rng, (L,)))


def run(kernel: Any, shape: Shape) -> dict[str, Array]:
    """Forward and backward of ``conv`` or ``im2col``, with a gradient of whole numbers."""
    X, p = sample(shape)
    I, tape = kernel.forward(X, p, shape.grid)
    dI = whole(np.random.default_rng(102), I.shape)
    dX, dp = kernel.backward(dI, tape, shape.grid)
    return {"X": X, "I": I, "dI": dI, "dX": dX, "dW": dp.W, "db": dp.b}
