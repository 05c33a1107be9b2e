"""The fast ConvLSTM is its definition up to rounding, and hands over to it."""

import numpy as np
import pytest

from fast import recurrent
from fast.recurrent import Case, Cell
from liaf_ref.fast import conv, conv_columns, conv_winograd
from liaf_ref.fast import convlstm as fast
from liaf_ref.kernels import convlstm, im2col
from liaf_ref.kernels.activation import relu, sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair, frozen

CELL = Cell(fast, convlstm, 4, 2, (sigmoid, tanh, tanh))
# B, T, k, the frame, L, kernel: few channels, Winograd's tiles, an even kernel, a line.
PLANES = (2, 5, 3, (4, 3), 3, (3, 3))
TILES = (8, 3, 3, (10, 10), 12, (3, 3))
EVEN = (2, 3, 1, (4, 5), 10, (2, 3))
LINE = (2, 3, 3, (6,), 4, (3,))
ONE = (1, 1, 1, (1, 1), 5, (3, 3))
Sizes = tuple[int, int, int, tuple[int, ...], int, tuple[int, ...]]
SIZES = [PLANES, TILES, EVEN, LINE, ONE]


def draw(sizes: Sizes, seed: int = 0, drive: float = 1.0) -> Case:
    """Draw a case in float32, nothing in it zero."""
    B, T, k, frame, L, kernel = sizes
    rng = np.random.default_rng(seed)

    def normal(*size: int, scale: float = 1.0) -> Array:
        return (scale * rng.normal(size=size)).astype(np.float32)

    U = normal(*kernel, L, 4 * L, scale=(L * np.prod(kernel)) ** -0.5)
    first, last = ((normal(B, *frame, L), normal(B, *frame, L)) for _ in range(2))
    A = normal(B, T, *frame, 4 * L, scale=drive)
    return Case(A, first, U, normal(B, k, *frame, L), last)


def test_all_forms_of_a_convolution_are_met() -> None:
    def form(sizes: Sizes) -> object:
        case = draw(sizes)
        star, grid = fast.recurrent_conv(case.U)
        return conv.fastest_module(case.state[0], star, grid)

    expected = [conv_columns, conv_winograd, im2col, im2col]
    assert [form(sizes) for sizes in (PLANES, TILES, EVEN, LINE)] == expected


@pytest.mark.parametrize(
    "choices",
    [
        (tanh, tanh, tanh),
        (sigmoid, relu, tanh),
        (sigmoid, tanh, relu),
        (frozen(sigmoid), tanh, tanh),
    ],
)
def test_hands_other_activations_over(choices: tuple[Pair, ...]) -> None:
    recurrent.check_fallback(CELL, draw(PLANES), choices)


def test_memory_is_time_major() -> None:
    case = draw(PLANES)
    Y, _, _, dA, *_ = recurrent.run(fast, case, CELL.activations)
    for X in (Y, dA):
        assert X.swapaxes(0, 1).flags.c_contiguous
