"""The fast token drive is its definition."""

from typing import Any

import numpy as np
import pytest

from fast import recurrent
from fast.recurrent import SHAPES, Cell
from liaf_ref.fast import lstm
from liaf_ref.fast import tokens as fast
from liaf_ref.fast.tokens import IndexedInput, TokenSummedGradient, materialize
from liaf_ref.kernels import dense, tokens
from liaf_ref.kernels import lstm as lstm_
from liaf_ref.kernels.activation import relu, sigmoid, tanh
from liaf_ref.kernels.array import Array

EPS = 2.0**-23


def forward(ids: Array, E: Array, p: dense.Params) -> tuple[Array, Any]:
    """The twin's drive, looked up."""
    I, tape = fast.forward(ids, E, p)
    assert isinstance(I, IndexedInput) == (
        len(E) <= fast.MAX_ONEHOT_TOKENS and isinstance(tape, fast.Tape)
    )
    array = materialize(I)
    assert (I.shape, I.dtype) == (array.shape, array.dtype)
    return array, tape


def draw(N: int, ids_dtype: Any = np.int64) -> tuple[Array, Array, dense.Params, Array]:
    rng = np.random.default_rng(0)
    ids = rng.integers(0, N, (5, 7)).astype(ids_dtype)
    E, W, b, dI = (
        rng.normal(size=size).astype(np.float32) for size in ((N, 3), (3, 4), (4,), (5, 7, 4))
    )
    return ids, E, dense.Params(W, b), dI


def test_sorting_leaves_the_rows_of_a_token_in_their_order() -> None:
    """So that sums round alike wherever the other tokens stand."""
    N, each, rng = 300, 5, np.random.default_rng(1)
    _, E, p, _ = draw(N)
    ids = rng.permutation(np.repeat(np.arange(N), each))[None]
    dI = rng.normal(size=(*ids.shape, 4)).astype(np.float32)
    order = np.argsort(ids[0], kind="stable")
    dE, _ = fast.backward(dI, forward(ids, E, p)[1])
    dE2, _ = fast.backward(dI[:, order], forward(ids[:, order], E, p)[1])
    np.testing.assert_array_equal(dE, dE2)


@pytest.mark.parametrize("N", [6, fast.MAX_ONEHOT_TOKENS + 1])
def test_negative_numbers_count_from_the_end_and_others_are_refused(N: int) -> None:
    ids, E, p, dI = draw(N)
    I, tape = forward(ids, E, p)
    I2, tape2 = forward(ids - N, E, p)
    np.testing.assert_array_equal(I, I2)
    np.testing.assert_array_equal(fast.backward(dI, tape)[0], fast.backward(dI, tape2)[0])
    for wrong in (N, -N - 1):
        ids[2, 3] = wrong
        with pytest.raises(IndexError, match=f"{wrong}"):
            fast.forward(ids, E, p)


def test_a_gradient_summed_by_token_is_taken_as_it_is() -> None:
    ids, E, p, dI = draw(6)
    _, tape = fast.forward(ids, E, p)
    summed = np.zeros((6, 4), np.float32)
    np.add.at(summed, ids, dI)
    got, want = fast.backward(TokenSummedGradient(summed), tape), fast.backward(dI, tape)
    for a, b in zip((got[0], *got[1]), (want[0], *want[1]), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=200 * EPS * abs(dI).max() * abs(E).max())


@pytest.mark.parametrize(
    "steps", [fast.MATMUL_BLOCK_ROWS - 1, fast.MATMUL_BLOCK_ROWS, 2 * fast.MATMUL_BLOCK_ROWS + 5]
)
def test_sums_of_whole_pieces_and_of_what_is_left(steps: int) -> None:
    """Exact: sums of quarters need far fewer than 24 bits."""
    rng = np.random.default_rng(2)
    _, E, p, _ = draw(6)
    E, p = np.round(E * 4) / 4, dense.Params(*(np.round(x * 4) / 4 for x in p))
    ids = rng.integers(0, 6, (1, steps))
    dI = (rng.integers(-8, 9, (1, steps, 4)) / 4).astype(np.float32)
    dI[:, : steps // 3] = 0
    _, tape = fast.forward(ids, E, p)
    _, tape2 = tokens.forward(ids, E, p)
    got, want = fast.backward(dI, tape), tokens.backward(dI, tape2)
    for a, b in zip((got[0], *got[1]), (want[0], *want[1]), strict=True):
        np.testing.assert_array_equal(a, b)


CELL = Cell(lstm, lstm_, 4, 2, (sigmoid, tanh, tanh))
twin: Any = lstm  # called with a case's states and choices unpacked


@pytest.mark.parametrize("shape", SHAPES)
def test_reads_a_drive_without_looking_it_up(shape: tuple[int, int, int, int]) -> None:
    """The looked-up drive gives the same numbers; sums are the same but for their order."""
    case = recurrent.draw(CELL, shape)
    B, T, _ = case.A.shape
    N = 6
    rng = np.random.default_rng(1)
    table = rng.normal(size=(N, case.A.shape[2])).astype(np.float32)
    drive = IndexedInput(table, rng.integers(0, N, (T, B)))
    Y, last, tape = twin.forward(drive, *case.state, case.U, *CELL.activations)
    dA, first, dU = twin.backward(case.dY, *case.d_state, tape, *CELL.activations)
    assert isinstance(dA, TokenSummedGradient)
    want = recurrent.run(lstm, case._replace(A=drive.materialize()), CELL.activations)
    dtable = np.zeros_like(table)
    np.add.at(dtable, drive.ids, want[3].swapaxes(0, 1))
    got = [Y, *last, dA.table, *first, dU]
    for g, w in zip(got, [*want[:3], dtable, *want[4:]], strict=True):
        # A step rounds L + N products and sums, T steps follow each other, B T terms are summed.
        bound = (case.U.shape[0] + N + B) * T * recurrent.EPS * max(1.0, float(abs(w).max()))
        np.testing.assert_allclose(g, w, rtol=0, atol=bound)


def test_hands_a_drive_over_looked_up() -> None:
    case = recurrent.draw(CELL, (2, 4, 3, 2))
    drive = IndexedInput(case.A[0], np.arange(8).reshape(4, 2) % 4)
    choices = (sigmoid, relu, tanh)
    Y, _, tape = twin.forward(drive, *case.state, case.U, *choices)
    assert isinstance(tape, lstm_.Tape)
    want, _, _ = twin.forward(drive.materialize(), *case.state, case.U, *choices)
    np.testing.assert_array_equal(Y, want)
