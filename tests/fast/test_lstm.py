"""The fast LSTM is its definition up to rounding, and hands over to it where it has no form."""

from typing import Any

import numpy as np
import pytest

from fast import recurrent
from fast.recurrent import SHAPES, Cell, draw
from liaf_ref.fast import lstm as twin
from liaf_ref.fast.drive import Drive, SummedByToken
from liaf_ref.kernels import lstm
from liaf_ref.kernels.activation import identity, relu, sigmoid, tanh
from liaf_ref.kernels.pair import Pair, frozen

CELL = Cell(twin, lstm, 4, 2, (sigmoid, tanh, tanh))
KERNEL: Any = twin  # called with a case's states and choices unpacked


@pytest.mark.parametrize("shape", SHAPES)
def test_is_its_definition(shape: tuple[int, int, int, int]) -> None:
    for seed in range(3):
        recurrent.check(CELL, draw(CELL, shape, seed))


@pytest.mark.parametrize("drive", [50.0, 100.0])
def test_saturates_in_silence(drive: float) -> None:
    case = draw(CELL, (5, 9, 7, 9), drive=drive)
    recurrent.check(CELL, case)
    recurrent.check(CELL, case._replace(A=drive * np.sign(case.A)))


def test_any_memory_order_and_inputs_left_alone() -> None:
    recurrent.check_orders(CELL, draw(CELL, (5, 9, 7, 3)))


def test_calls_are_independent() -> None:
    recurrent.check_independence(CELL, draw(CELL, (5, 9, 7, 3)), draw(CELL, (5, 9, 7, 3), 1))


def test_hands_other_dtypes_over() -> None:
    for case in recurrent.mixed(draw(CELL, (2, 4, 3, 2))):
        recurrent.check_handover(CELL, case, CELL.choices)


@pytest.mark.parametrize(
    "choices",
    [
        (tanh, tanh, tanh),
        (sigmoid, relu, tanh),
        (sigmoid, tanh, identity),
        (frozen(sigmoid), tanh, tanh),
    ],
)
def test_hands_other_activations_over(choices: tuple[Pair, ...]) -> None:
    recurrent.check_handover(CELL, draw(CELL, (2, 4, 3, 2)), choices)


def test_no_steps_no_change() -> None:
    case = draw(CELL, (2, 0, 3, 0))
    got = recurrent.run(twin, case, CELL.choices)
    want = recurrent.run(lstm, case, CELL.choices)
    for g, w in zip(got, want, strict=True):
        np.testing.assert_array_equal(g, w)


@pytest.mark.parametrize("shape", SHAPES)
def test_reads_a_drive_without_looking_it_up(shape: tuple[int, int, int, int]) -> None:
    """The looked-up drive gives the same numbers; sums are the same but for their order."""
    case = draw(CELL, shape)
    B, T, _ = case.A.shape
    N = 6
    rng = np.random.default_rng(1)
    table = rng.normal(size=(N, case.A.shape[2])).astype(np.float32)
    drive = Drive(table, rng.integers(0, N, (T, B)))
    Y, last, tape = KERNEL.forward(drive, *case.state, case.U, *CELL.choices)
    dA, first, dU = KERNEL.backward(case.dY, *case.d_state, tape, *CELL.choices)
    assert isinstance(dA, SummedByToken)
    want = recurrent.run(twin, case._replace(A=drive.looked_up()), CELL.choices)
    dtable = np.zeros_like(table)
    np.add.at(dtable, drive.ids, want[3].swapaxes(0, 1))
    got = [Y, *last, dA.table, *first, dU]
    for g, w in zip(got, [*want[:3], dtable, *want[4:]], strict=True):
        # A step rounds L + N products and sums, T steps follow each other, B T terms are summed.
        bound = (case.U.shape[0] + N + B) * T * recurrent.EPS * max(1.0, float(abs(w).max()))
        np.testing.assert_allclose(g, w, rtol=0, atol=bound)


def test_hands_a_drive_over_looked_up() -> None:
    case = draw(CELL, (2, 4, 3, 2))
    drive = Drive(case.A[0], np.arange(8).reshape(4, 2) % 4)
    choices = (sigmoid, relu, tanh)
    Y, _, tape = KERNEL.forward(drive, *case.state, case.U, *choices)
    assert isinstance(tape, lstm.Tape)
    want, _, _ = KERNEL.forward(drive.looked_up(), *case.state, case.U, *choices)
    np.testing.assert_array_equal(Y, want)
