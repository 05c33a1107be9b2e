"""Float32 convolutions, what they are exactly, and how far Winograd's tiles may round."""

from typing import Any, NamedTuple

import numpy as np
from kernels.convolutions import SHAPES, sample

from liaf_ref.kernels import im2col
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params
from liaf_ref.kernels.grid import Grid, same

PLANES = [name for name, shape in SHAPES.items() if len(shape.size) == 2]
SAME = Grid((1, 1), same((3, 3)))


class Case(NamedTuple):
    """One convolution and the gradient in its output."""

    X: Array
    p: Params
    dI: Array
    grid: Grid

    def to_float64(self) -> "Case":
        """The same in float64."""
        X, W, b, dI = (x.astype(np.float64) for x in (self.X, *self.p, self.dI))
        return Case(X, Params(W, b), dI, self.grid)


def draw(
    shape: tuple[int, ...], L: int, grid: Grid = SAME, kernel: Any = (3, 3), seed: int = 0
) -> Case:
    """Draw a case in float32 for inputs of ``shape`` (..., H, W, K)."""
    rng = np.random.default_rng((*shape, L, seed))
    X, W, b = (
        rng.normal(size=s).astype(np.float32) for s in (shape, (*kernel, shape[-1], L), (L,))
    )
    I = im2col.forward(X, Params(W, b), grid)[0]
    dI = rng.normal(size=I.shape).astype(np.float32)
    return Case(X, Params(W, b), dI, grid)


def whole_number_case(name: str) -> Case:
    """A case of whole numbers, which are exact in every order."""
    shape = SHAPES[name]
    X, p = sample(shape)
    I = im2col.forward(X, p, shape.grid)[0]
    dI = np.random.default_rng(102).integers(-9, 10, I.shape) * 1.0
    X, W, b, dI = (x.astype(np.float32) for x in (X, *p, dI))
    return Case(X, Params(W, b), dI, shape.grid)


def run(kernel: Any, case: Case) -> dict[str, Array]:
    """Forward, backward, and backward in the parameters alone."""
    I, tape = kernel.forward(case.X, case.p, case.grid)
    dX, dp = kernel.backward(case.dI, tape, case.grid)
    alone = kernel.backward_params(case.dI, tape, case.grid)
    return {"I": I, "dX": dX, "dW": dp.W, "db": dp.b, "dW alone": alone.W, "db alone": alone.b}
