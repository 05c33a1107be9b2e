"""The fast RNN, LSTM and GRU are their definitions up to rounding, and hand over to them."""

import numpy as np
import pytest

from fast import recurrent
from fast.recurrent import Cell, draw
from liaf_ref.fast import gru as fast_gru
from liaf_ref.fast import lstm as fast_lstm
from liaf_ref.fast import rnn as fast_rnn
from liaf_ref.kernels import gru, lstm, rnn
from liaf_ref.kernels.activation import identity, relu, sigmoid, tanh
from liaf_ref.kernels.pair import Pair, frozen

CELLS = {
    "rnn": Cell(fast_rnn, rnn, 1, 1, (tanh,)),
    "lstm": Cell(fast_lstm, lstm, 4, 2, (sigmoid, tanh, tanh)),
    "gru": Cell(fast_gru, gru, 3, 1, (sigmoid, tanh)),
}
OTHER_ACTIVATIONS: list[tuple[str, tuple[Pair, ...]]] = [
    *(("rnn", (act,)) for act in (sigmoid, identity, relu, frozen(tanh))),
    ("lstm", (tanh, tanh, tanh)),
    ("lstm", (sigmoid, relu, tanh)),
    ("lstm", (sigmoid, tanh, identity)),
    ("lstm", (frozen(sigmoid), tanh, tanh)),
    ("gru", (tanh, tanh)),
    *(("gru", (sigmoid, act)) for act in (relu, identity, frozen(tanh))),
]
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


@pytest.mark.parametrize(("name", "choices"), OTHER_ACTIVATIONS)
def test_hands_other_activations_over(name: str, choices: tuple[Pair, ...]) -> None:
    cell = CELLS[name]
    recurrent.check_fallback(cell, draw(cell, (2, 4, 3, 2)), choices)


@every_cell
def test_no_steps_no_change(cell: Cell) -> None:
    case = draw(cell, (2, 0, 3, 0))
    got = recurrent.run(cell.fast, case, cell.activations)
    want = recurrent.run(cell.reference, case, cell.activations)
    for g, w in zip(got, want, strict=True):
        np.testing.assert_array_equal(g, w)


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
