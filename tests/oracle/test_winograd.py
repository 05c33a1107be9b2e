"""A right convolution in Winograd's tiles passes if it is declared, and a wrong one does not."""

from typing import Any

import numpy as np
import pytest

from liaf_ref.kernels.array import Array
from liaf_ref.oracle import Case, declare, shrink, table
from liaf_ref.oracle.checker.selection import declared_golden_cases
from liaf_ref.oracle.checker.verdict import judge
from liaf_ref.oracle.declaration import options
from liaf_ref.oracle.declaration.options import TRANSFORMS
from liaf_ref.oracle.table import PAPER, Numbers, layers
from liaf_ref.oracle.table.tape import T, backward, stop
from oracle.deviating import Answer
from oracle.golden_sets import later_cases
from oracle.judged_cases import size

PADS = (((1, 1), (1, 1)), ((0, 0), (0, 0)), ((2, 0), (0, 3)))
OPS = ["conv", "neuron", "convlstm"]


def in_tiles(m: int, rotated: bool = False, flipped: bool = False) -> Answer:
    """The forward text with its convolutions in tiles, in the arithmetic of a dtype.

    ``rotated``: the gradient in X is a convolution with the rotated kernel, as in libraries.
    ``flipped``: a wrong one, as if a convolution flipped its kernel.
    """

    def convolve(X: T, W: T, stride: Any, pads: Any) -> T:
        if not options.fits_tiles(W.shape[:-2], stride):
            return layers.convolve(X, W, stride, pads)
        if not rotated:
            return options.in_tiles(X, W[::-1, ::-1] if flipped else W, pads, m)
        I = options.in_tiles(stop(X), W, pads, m)

        def back(g: Array) -> Array:
            kernel = T(W.v[::-1, ::-1].swapaxes(-1, -2))
            full = options.in_tiles(T(g), kernel, ((2, 2), (2, 2)), m).v
            inside = [slice(a, a + n) for (a, _), n in zip(pads, X.shape[-3:-1], strict=True)]
            return np.asarray(full[(..., *inside, slice(None))])

        return T(I.v, ((I, lambda g: g), (X, back)))

    text = {**PAPER, "convolve": convolve}
    return lambda case: table.run(case, Numbers(lambda a: np.asarray(a, dtype_of(case))), text)


def dtype_of(case: Case) -> Any:
    return next(a.dtype for a in case.values() if a.dtype.kind == "f")


@pytest.mark.parametrize("m", TRANSFORMS)
@pytest.mark.parametrize("pad", PADS)
def test_tiles_compute_the_convolution(m: int, pad: Any) -> None:
    rng = np.random.default_rng(m)
    X, W = (T(rng.normal(size=size)) for size in ((2, 3, 7, 6, 4), (3, 3, 4, 5)))
    once, tiles = layers.convolve(X, W, (1, 1), pad), options.in_tiles(X, W, pad, m)
    dI, gradients = rng.normal(size=once.shape), []
    for I in (once, tiles):
        backward([(I, dI)])
        gradients.append((X.gradient, W.gradient))
    for got, expected in zip((tiles.v, *gradients[1]), (once.v, *gradients[0]), strict=True):
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("m", TRANSFORMS)
def test_a_backend_in_tiles_passes_as_declared(m: int) -> None:
    declaration = declare({"convolution": f"winograd {m}", "ops": OPS[:2] if m > 2 else OPS})
    stored = declared_golden_cases(declaration)
    tiled = [golden for golden in stored if declaration.rounds_in_tiles(golden.case)]
    tiled = sorted(tiled, key=size)[:: 5 - m]
    assert len(tiled) >= 5
    for rotated in (False, True):
        answer = in_tiles(m, rotated)
        for golden in tiled:
            for dtype in ("float32", "float64"):
                verdict = judge(answer, golden, dtype)
                assert verdict.status == "passed", str(verdict)
    wrong = in_tiles(m, flipped=True)
    assert all(judge(wrong, golden, "float32").status == "failed" for golden in tiled)


def test_random_cases_in_tiles_pass_and_a_wrong_answer_to_one_shrinks() -> None:
    declaration = declare({"convolution": "winograd 4", "ops": ["conv", "neuron"]})
    cases = later_cases(21, seed=2, ops=["conv"], max_size=1000, declaration=declaration)
    tiled = [golden for golden in cases if declaration.rounds_in_tiles(golden.case)]
    assert not any(golden.exact for golden in tiled)
    right, wrong = in_tiles(4), in_tiles(4, flipped=True)
    assert all(judge(right, golden, "float32").status == "passed" for golden in cases)
    small = shrink(wrong, tiled[0], declaration=declaration).golden
    assert sum(array.size for array in small.case.values()) <= 40
    assert declaration.rounds_in_tiles(small.case)
    found = [judge(answer, small, "float32").status for answer in (right, wrong)]
    assert found == ["passed", "failed"]
