"""A right convolution in Winograd's tiles passes if it is declared, and a wrong one does not."""

from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from liaf_ref.fast.conv_winograd import axis_transforms
from liaf_ref.kernels.array import Array
from liaf_ref.oracle import declare, shrink, table
from liaf_ref.oracle.checker.selection import declared_golden_cases
from liaf_ref.oracle.checker.verdict import judge
from liaf_ref.oracle.declaration import options
from liaf_ref.oracle.table import PAPER, layers
from liaf_ref.oracle.table.tape import T
from oracle.deviating import Answer
from oracle.golden_sets import later_cases
from oracle.judged_cases import size

OPS = ["conv", "neuron", "convlstm"]
# m by m outputs of a kernel of 3 by 3 are A^T ((G W G^T) * (B^T d B)) A, d the m + 2 by m + 2
# inputs under them.  The matrices are those of libraries: the points 0, 1, -1, and for m = 4 2, -2.
POINTS = {2: (0.0, 1.0, -1.0), 4: (0.0, 1.0, -1.0, 2.0, -2.0)}


def in_tiles(m: int, flipped: bool = False) -> Answer:
    """The forward text with its convolutions in tiles, in the arithmetic of a dtype.

    The gradient in X is a convolution with the rotated kernel, as in libraries.
    ``flipped``: a wrong one, as if a convolution flipped its kernel.
    """

    def transforms(X: Array) -> list[Array]:
        return [matrix.astype(X.dtype) for matrix in axis_transforms(np.array(POINTS[m]))]

    def tiles(X: Array, size: int, pads: Any) -> Array:
        """With two axes more, behind the channels; zeros fill up the last ones."""
        sizes = [n + sum(p) - size + m for n, p in zip(X.shape[-3:-1], pads, strict=True)]
        wide = [(a, b + -n % m) for (a, b), n in zip(pads, sizes, strict=True)]
        X = np.pad(X, [*[(0, 0)] * (X.ndim - 3), *wide, (0, 0)])
        return sliding_window_view(X, (size, size), (-3, -2))[..., ::m, ::m, :, :, :]

    def tiled(X: Array, W: Array, pads: Any) -> tuple[Array, Array]:
        """The transformed inputs, and the convolution."""
        AT, BT, G = transforms(X)
        V, U = BT @ tiles(X, m + 2, pads) @ BT.T, G @ W.transpose(2, 3, 0, 1) @ G.T
        I = np.einsum("...hwlij->...hiwjl", AT @ np.einsum("...kij,klij->...lij", V, U) @ AT.T)
        H, K = (n + sum(p) - 2 for n, p in zip(X.shape[-3:-1], pads, strict=True))
        *outer, h, _, w, _, L = I.shape
        return V, I.reshape(*outer, h * m, w * m, L)[..., :H, :K, :]

    def convolve(X: T, W: T, stride: Any, pads: Any) -> T:
        if not options.fits_tiles(W.shape[:-2], stride):
            return layers.convolve(X, W, stride, pads)
        V, I = tiled(X.v, W.v[::-1, ::-1] if flipped else W.v, pads)

        def back_X(g: Array) -> Array:
            full = tiled(g, W.v[::-1, ::-1].swapaxes(-1, -2), ((2, 2), (2, 2)))[1]
            ((top, _), (left, _)), (H, K) = pads, X.shape[-3:-1]
            return full[..., top : top + H, left : left + K, :]

        def back_W(g: Array) -> Array:
            (AT, _, G), dI = transforms(g), tiles(g, m, ((0, 0), (0, 0)))
            dM, seen = (a.reshape(-1, *a.shape[-3:]) for a in (AT.T @ dI @ AT, V))
            dU = np.einsum("nkij,nlij->klij", seen, dM)
            return np.asarray((G.T @ dU @ G).transpose(2, 3, 0, 1))

        return T(I, ((X, back_X), (W, back_W)))

    text = {**PAPER, "convolve": convolve}
    return lambda case: table.run(case, text=text)


@pytest.mark.parametrize("m", POINTS)
def test_a_backend_in_tiles_passes_as_declared(m: int) -> None:
    declaration = declare({"convolution": f"winograd {m}", "ops": OPS[:2] if m > 2 else OPS})
    stored = declared_golden_cases(declaration)
    tiled = [golden for golden in stored if declaration.rounds_in_tiles(golden.case)]
    tiled = sorted(tiled, key=size)[:: 5 - m]
    assert len(tiled) >= 5
    right, wrong = in_tiles(m), in_tiles(m, flipped=True)
    for golden in tiled:
        for dtype in ("float32", "float64"):
            verdict = judge(right, golden, dtype)
            assert verdict.status == "passed", str(verdict)
    assert all(judge(wrong, golden, "float32").status == "failed" for golden in tiled)


def test_random_cases_in_tiles_pass_and_a_wrong_answer_to_one_shrinks() -> None:
    declaration = declare({"convolution": "winograd 4", "ops": ["conv", "neuron"]})
    cases = later_cases(21, seed=2, ops=["conv"], max_size=1000, declaration=declaration)
    tiled = [golden for golden in cases if declaration.rounds_in_tiles(golden.case)]
    assert not any(golden.exact for golden in tiled if golden.case["in/X"].any())
    right, wrong = in_tiles(4), in_tiles(4, flipped=True)
    assert all(judge(right, golden, "float32").status == "passed" for golden in cases)
    small = shrink(wrong, tiled[0], declaration=declaration).golden
    assert sum(array.size for array in small.case.values()) <= 40
    assert declaration.rounds_in_tiles(small.case)
    found = [judge(answer, small, "float32").status for answer in (right, wrong)]
    assert found == ["passed", "failed"]
