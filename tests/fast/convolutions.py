"""Float32 convolutions, what they are exactly, and how far Winograd's tiles may round."""

from typing import Any, NamedTuple

import numpy as np
from kernels.convolutions import SHAPES, sample

from liaf_ref.fast.conv_winograd import TRANSFORMS
from liaf_ref.kernels import im2col
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params
from liaf_ref.kernels.grid import Grid, same

HALF_ULP = 2.0**-24
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

    def squares(self) -> "Case":
        """The square of every number."""
        X, W, b, dI = (x.astype(np.float64) ** 2 for x in (self.X, *self.p, self.dI))
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


def bounds(case: Case, m: int) -> dict[str, Array]:
    """How far tiles of m may be from exact, entry by entry.

    A sum of n terms is rounded n times. Roundings are as good as independent of each other, with
    mean 0 (Higham and Mary 2019): their variances add up, each at most a third of the squared
    half ulp of a partial sum, whose expected square is that of its terms, half of all on average.
    So the variance of the whole is the number of roundings, times the chain of products on the
    squares of all numbers: r twice for B, 9 for G, K or L or all tiles between, m or r twice for
    A, one each for the bias and for rounding the matrices. Five standard deviations are exceeded
    by one entry in 1.7 million.
    """
    r, tiles = m + 2, int(np.prod(case.dI.shape[:-1]))
    ends = 4 * r + 9 + 8
    got = winograd_squares(case.squares(), m)
    terms = {"I": case.X.shape[-1], "dX": case.dI.shape[-1], "dW": tiles, "db": m * m * tiles}
    return {k: 5 * HALF_ULP * np.sqrt((terms[k] / 2 + ends) / 3 * got[k]) for k in terms}


def winograd_squares(case: Case, m: int) -> dict[str, Array]:
    """Winograd's products one tile at a time, with the squares of the matrices."""
    AT, BT, GG = (x.astype(np.float64) ** 2 for x in TRANSFORMS[m])
    (X, p, dI, grid), r = case, m + 2
    H, W = dI.shape[-3:-1]
    th, tw = -(-H // m), -(-W // m)
    (top, _), (left, _) = grid.pad
    X_ = X.reshape(-1, *X.shape[-3:])
    dI_ = dI.reshape(-1, *dI.shape[-3:])
    K, L = p.W.shape[2:]
    padded = np.zeros((len(X_), m * th + 2, m * tw + 2, K))
    padded[:, top : top + X_.shape[1], left : left + X_.shape[2]] = X_
    full = np.zeros((len(X_), m * th, m * tw, L))
    full[:, :H, :W] = dI_
    U = np.tensordot(GG, p.W.reshape(9, K, L), 1)
    I, dX, dU = np.zeros_like(full), np.zeros_like(padded), np.zeros_like(U)
    for t in range(th):
        for u in range(tw):
            x = np.s_[:, m * t : m * t + r, m * u : m * u + r]
            y = np.s_[:, m * t : m * t + m, m * u : m * u + m]
            V = np.einsum("pi,qj,nijk->pqnk", BT, BT, padded[x]).reshape(r * r, -1, K)
            dM = np.einsum("ip,jq,nijl->pqnl", AT, AT, full[y]).reshape(r * r, -1, L)
            M, dV = (z.reshape(r, r, len(X_), -1) for z in (V @ U, dM @ U.swapaxes(1, 2)))
            I[y] = np.einsum("ip,jq,pqnl->nijl", AT, AT, M)
            dX[x] += np.einsum("pi,qj,pqnk->nijk", BT, BT, dV)
            dU += V.swapaxes(1, 2) @ dM
    inside = dX[:, top : top + X_.shape[1], left : left + X_.shape[2]]
    dW = np.tensordot(GG.T, dU, 1).reshape(p.W.shape)
    I = I[:, :H, :W].reshape(dI.shape) + p.b
    return {"I": I, "dX": inside.reshape(X.shape), "dW": dW, "db": dI_.sum(axis=(0, 1, 2))}
