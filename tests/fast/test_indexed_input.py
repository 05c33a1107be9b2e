"""A drive of tokens not yet looked up gives what the looked-up one gives."""

from typing import Any

import numpy as np
import pytest

from fast import recurrent
from fast.recurrent import SHAPES, Cell, draw
from liaf_ref.fast import lstm as twin
from liaf_ref.fast.indexed_input import IndexedInput, TokenSummedGradient
from liaf_ref.kernels import lstm
from liaf_ref.kernels.activation import relu, sigmoid, tanh

CELL = Cell(twin, lstm, 4, 2, (sigmoid, tanh, tanh))
KERNEL: Any = twin  # called with a case's states and choices unpacked


@pytest.mark.parametrize("shape", SHAPES)
def test_reads_a_drive_without_looking_it_up(shape: tuple[int, int, int, int]) -> None:
    """The looked-up drive gives the same numbers; sums are the same but for their order."""
    case = draw(CELL, shape)
    B, T, _ = case.A.shape
    N = 6
    rng = np.random.default_rng(1)
    table = rng.normal(size=(N, case.A.shape[2])).astype(np.float32)
    drive = IndexedInput(table, rng.integers(0, N, (T, B)))
    Y, last, tape = KERNEL.forward(drive, *case.state, case.U, *CELL.activations)
    dA, first, dU = KERNEL.backward(case.dY, *case.d_state, tape, *CELL.activations)
    assert isinstance(dA, TokenSummedGradient)
    want = recurrent.run(twin, case._replace(A=drive.materialize()), CELL.activations)
    dtable = np.zeros_like(table)
    np.add.at(dtable, drive.ids, want[3].swapaxes(0, 1))
    got = [Y, *last, dA.table, *first, dU]
    for g, w in zip(got, [*want[:3], dtable, *want[4:]], strict=True):
        # A step rounds L + N products and sums, T steps follow each other, B T terms are summed.
        bound = (case.U.shape[0] + N + B) * T * recurrent.EPS * max(1.0, float(abs(w).max()))
        np.testing.assert_allclose(g, w, rtol=0, atol=bound)


def test_hands_a_drive_over_looked_up() -> None:
    case = draw(CELL, (2, 4, 3, 2))
    drive = IndexedInput(case.A[0], np.arange(8).reshape(4, 2) % 4)
    choices = (sigmoid, relu, tanh)
    Y, _, tape = KERNEL.forward(drive, *case.state, case.U, *choices)
    assert isinstance(tape, lstm.Tape)
    want, _, _ = KERNEL.forward(drive.materialize(), *case.state, case.U, *choices)
    np.testing.assert_array_equal(Y, want)
