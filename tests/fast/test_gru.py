"""The fast GRU is its definition up to rounding, and hands over to it where it has no form."""

import numpy as np
import pytest

from fast import recurrent
from fast.recurrent import SHAPES, Cell, draw
from liaf_ref.fast import gru as twin
from liaf_ref.kernels import gru
from liaf_ref.kernels.activation import identity, relu, sigmoid, tanh
from liaf_ref.kernels.pair import Pair, frozen

CELL = Cell(twin, gru, 3, 1, (sigmoid, tanh))


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
    "choices", [(tanh, tanh), (sigmoid, relu), (sigmoid, identity), (sigmoid, frozen(tanh))]
)
def test_hands_other_activations_over(choices: tuple[Pair, ...]) -> None:
    recurrent.check_handover(CELL, draw(CELL, (2, 4, 3, 2)), choices)


def test_no_steps_no_change() -> None:
    case = draw(CELL, (2, 0, 3, 0))
    got = recurrent.run(twin, case, CELL.choices)
    want = recurrent.run(gru, case, CELL.choices)
    for g, w in zip(got, want, strict=True):
        np.testing.assert_array_equal(g, w)
