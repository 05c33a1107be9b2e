"""The fast recurrent cells: gradients that vanish, forms of the convolution, memory."""

import numpy as np
import pytest

from fast import recurrent
from fast.recurrent import CELLS, CONVLSTM, EVEN, LINE, PLANES, TILES, Cell, draw, draw_convlstm
from liaf_ref.fast import conv, conv_columns, conv_winograd, convlstm
from liaf_ref.fast import gru as fast_gru
from liaf_ref.kernels import im2col

every_cell = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)


@every_cell
def test_a_step_before_which_nothing_is_carried_keeps_its_own_gradient(cell: Cell) -> None:
    """Without recurrent weights, and with the gate shut that carries the state."""
    case = draw(cell, (5, 9, 7, 3))
    A, gate = case.A.copy(), case.A.shape[-1] // cell.num_gates
    if cell.num_gates > 1:  # the forget gate, or 1 - z
        A[..., :gate] = 100 if cell.fast is fast_gru else -100
    shut = case._replace(A=A, U=0 * case.U)
    dA = recurrent.run(cell.fast, shut, cell.activations)[-3 if cell.num_states == 1 else -4]
    silent = 9 - 3
    assert not dA[:, :silent].any()
    assert dA[:, silent].any()


def decayed_case(cell: Cell, T: int, k: int) -> recurrent.Case:
    """A case whose carried gradient is gone long before the first step."""
    case = draw(cell, (3, T, 5, k))
    return case._replace(U=case.U * np.float32(0.1))


@every_cell
def test_what_cannot_be_seen_is_zero(cell: Cell) -> None:
    """Not subnormal: such numbers would take a hundred times as long."""
    case = decayed_case(cell, 300, 1)
    found = recurrent.run(cell.fast, case, cell.activations)
    whole = recurrent.run(cell.reference, recurrent.pad_time(case), cell.activations)
    dA, expected, firsts = (
        found[cell.num_states + 1],
        whole[cell.num_states + 1],
        found[cell.num_states + 2 : -1],
    )
    assert not dA[:, :100].any()
    assert not any(first.any() for first in firsts)
    assert expected[:, 200:].any()
    seen = abs(dA[dA != 0])
    assert (seen >= np.finfo(np.float32).tiny).mean() > 0.99


def test_all_forms_of_a_convolution_are_met() -> None:
    def form(sizes: recurrent.Sizes) -> object:
        case = draw_convlstm(sizes)
        star, grid = convlstm.recurrent_conv(case.U)
        return conv.fastest_module(case.state[0], star, grid)

    expected = [conv_columns, conv_winograd, im2col, im2col]
    assert [form(sizes) for sizes in (PLANES, TILES, EVEN, LINE)] == expected


def test_memory_is_time_major() -> None:
    case = draw_convlstm(PLANES)
    Y, _, _, dA, *_ = recurrent.run(convlstm, case, CONVLSTM.activations)
    for X in (Y, dA):
        assert X.swapaxes(0, 1).flags.c_contiguous
