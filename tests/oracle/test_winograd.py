"""A right convolution in Winograd's tiles passes if it is declared, and a wrong one does not."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

import liaf_ref as lr
from liaf_ref.kernels import conv
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params, Tape
from liaf_ref.kernels.grid import Grid
from liaf_ref.oracle import Case, declare, random_cases, run
from liaf_ref.oracle.checker.verdict import judge
from liaf_ref.oracle.declaration.stored_cases import declared_golden_cases
from liaf_ref.oracle.reference import PAPER_KERNELS
from liaf_ref.oracle.reference.convlstm import ConvLSTM
from liaf_ref.oracle.reference.winograd import TRANSFORMS, Winograd, fits_tiles
from liaf_ref.oracle.shrinking.attempt import Attempts

PADS = (((1, 1), (1, 1)), ((0, 0), (0, 0)), ((2, 0), (0, 3)))
OPS = ["conv", "neuron", "convlstm"]


class TiledKernel:
    """The convolution in tiles where these fit."""

    def __init__(self, m: int, rotated: bool = False) -> None:
        self.tiles, self.rotated = Winograd(m), rotated

    def forward(self, X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
        fits = fits_tiles(p.W.shape[:-2], grid.stride)
        return (self.tiles if fits else conv).forward(X, p, grid)

    def backward(self, dI: Array, tape: Tape, grid: Grid) -> tuple[Array, Params]:
        if not fits_tiles(tape.p.W.shape[:-2], grid.stride):
            return conv.backward(dI, tape, grid)
        dX, dp = self.tiles.backward(dI, tape, grid)
        return (self.tiles.backward_by_rotation(dI, tape, grid) if self.rotated else dX), dp


class FlippedKernel(TiledKernel):
    """As if a convolution flipped its kernel."""

    def forward(self, X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
        return super().forward(X, p._replace(W=p.W[::-1, ::-1]), grid)


def backend(kernel: Any) -> Callable[[Case], Mapping[str, Array]]:
    table = PAPER_KERNELS._replace(conv=kernel, convlstm=ConvLSTM(kernel))
    return lambda case: run(case, table)


@pytest.mark.parametrize("m", TRANSFORMS)
@pytest.mark.parametrize("pad", PADS)
def test_tiles_compute_the_convolution(m: int, pad: Any) -> None:
    rng, grid = np.random.default_rng(m), Grid((1, 1), pad)
    X, p = rng.normal(size=(2, 3, 7, 6, 4)), Params(*map(rng.normal, (0, 0), (1, 1), SHAPES))
    I, tape = conv.forward(X, p, grid)
    dI = rng.normal(size=I.shape)
    dX, dp = conv.backward(dI, tape, grid)
    tiles = Winograd(m)
    np.testing.assert_allclose(tiles.forward(X, p, grid)[0], I, rtol=0, atol=1e-12)
    found, params = tiles.backward(dI, tape, grid)
    for got, expected in (
        (found, dX),
        (tiles.backward_by_rotation(dI, tape, grid), dX),
        (params.W, dp.W),
        (params.b, dp.b),
    ):
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12)


SHAPES = (3, 3, 4, 5), (5,)


@pytest.mark.parametrize("m", TRANSFORMS)
def test_a_backend_in_tiles_passes_as_declared(m: int) -> None:
    declaration = declare({"convolution": f"winograd {m}", "ops": OPS})
    stored = declared_golden_cases(declaration)
    tiled = [golden for golden in stored if declaration.rounds_in_tiles(golden.case)]
    assert len(tiled) >= 5
    for rotated in (False, True):
        answer = backend(TiledKernel(m, rotated))
        for golden in tiled:
            for dtype in ("float32", "float64"):
                verdict = judge(answer, golden, dtype)
                assert verdict.status == "passed", str(verdict)
    wrong = backend(FlippedKernel(m))
    assert all(judge(wrong, golden, "float32").status == "failed" for golden in tiled)


def test_tiles_of_four_fail_where_they_are_not_declared() -> None:
    answer = backend(TiledKernel(4))
    cases = lr.golden_cases(None, "l1_conv_lif_*")
    assert any(judge(answer, golden, "float32").status == "failed" for golden in cases)


def test_a_convolution_with_a_stride_has_no_tiles() -> None:
    declaration = declare({"convolution": "winograd 4"})
    assert declaration.rounds_in_tiles(lr.golden_case("l0_exact_conv").case)
    assert not declaration.rounds_in_tiles(lr.golden_case("l0_exact_conv_strided").case)


def test_random_cases_are_drawn_for_tiles() -> None:
    declaration = declare({"convolution": "winograd 4", "ops": ["conv", "neuron"]})
    cases = random_cases(12, seed=3, ops=["conv"], max_size=300, declaration=declaration)
    tiled = [golden for golden in cases if declaration.rounds_in_tiles(golden.case)]
    assert tiled
    assert not any(golden.exact for golden in tiled)
    answer = backend(TiledKernel(4))
    assert all(judge(answer, golden, "float32").status == "passed" for golden in cases)


def test_a_case_in_tiles_has_a_tolerance_though_it_is_shrunk() -> None:
    golden = lr.golden_case("l0_exact_conv")
    for name, rounds in (("sum", False), ("winograd 4", True)):
        attempts = Attempts(run, "float32", True, declare({"convolution": name}))
        found = attempts.tolerance(golden.case, dict(golden.expected))
        assert found is not None
        assert any(array.any() for array in found.values()) == rounds


def test_fixed_point_has_no_tiles() -> None:
    with pytest.raises(lr.InputError, match="convolution is of floating point; expected another"):
        lr.check_backend(run, dtype="q4.12", declaration={"convolution": "winograd 2"})
