"""The fast recurrent cells: gradients that vanish, forms of the convolution, drives by token."""

from typing import Any

import numpy as np
import pytest

from fast import cases
from fast.cases import CELLS, EPS, EVEN, FEW_CHANNELS, LINE, TILES, VECTORS, Cell, draw_recurrent
from liaf_ref.fast import conv, conv_columns, conv_winograd, convlstm, tokens
from liaf_ref.fast.tokens import IndexedInput, TokenSummedGradient
from liaf_ref.kernels import dense, im2col, lstm
from liaf_ref.kernels import tokens as tokens_
from liaf_ref.kernels.activation import relu, sigmoid, tanh

LSTM = CELLS["lstm"]
every_cell = pytest.mark.parametrize("cell", [CELLS[name] for name in ("rnn", "lstm", "gru")])


@every_cell
def test_a_step_before_which_nothing_is_carried_keeps_its_own_gradient(cell: Cell) -> None:
    """Without recurrent weights, and with the gate shut that carries the state."""
    (A, *states, U), grads = draw_recurrent(cell, (5, 9, 3, 7))
    if cell.num_gates > 1:  # the forget gate, or 1 - z
        A[..., :7] = 100 if cell.name == "gru" else -100
    twin = cases.recurrent(cell, (A, *states, 0 * U), grads)
    dA = twin.run(twin.fast)[1 + cell.num_states]
    assert not dA[:, :6].any()
    assert dA[:, 6].any()


@every_cell
def test_what_cannot_be_seen_is_zero(cell: Cell) -> None:
    """Not subnormal: such numbers would take a hundred times as long."""
    (*given, U), grads = draw_recurrent(cell, (3, 300, 1, 5))
    twin = cases.recurrent(cell, (*given, U * np.float32(0.1)), grads)
    first = 1 + cell.num_states
    dA, *starts = twin.run(twin.fast)[first:-1]
    assert not dA[:, :100].any()
    assert not any(start.any() for start in starts)
    assert twin.run(twin.reference)[first][:, 200:].any()
    assert (abs(dA[dA != 0]) >= np.finfo(np.float32).tiny).mean() > 0.99


def test_all_forms_of_a_convolution_are_met() -> None:
    def form(sizes: Any) -> object:
        (_, h, _, U), _ = draw_recurrent(CELLS["convlstm"], sizes)
        star, grid = convlstm.recurrent_conv(U)
        return conv.fastest_module(h, star, grid)

    expected = [conv_columns, conv_winograd, im2col, im2col]
    assert [form(sizes) for sizes in (FEW_CHANNELS, TILES, EVEN, LINE)] == expected


def test_memory_is_time_major() -> None:
    twin = cases.TWINS["convlstm-planes"]
    Y, _, _, dA, *_ = twin.run(twin.fast)
    for X in (Y, dA):
        assert X.swapaxes(0, 1).flags.c_contiguous


# Drives that are looked up by token.


def draw(N: int) -> Any:
    twin = cases.tokens(N)
    E, *p = twin.inputs
    return np.random.default_rng(0).integers(0, N, (5, 7)), E, dense.Params(*p), twin.grads[0]


def test_sorting_leaves_the_rows_of_a_token_in_their_order() -> None:
    """So that sums round alike wherever the other tokens stand."""
    N, each, rng = 300, 5, np.random.default_rng(1)
    _, E, p, _ = draw(N)
    ids = rng.permutation(np.repeat(np.arange(N), each))[None]
    dI = rng.normal(size=(*ids.shape, 4)).astype(np.float32)
    order = np.argsort(ids[0], kind="stable")
    dE, _ = tokens.backward(dI, tokens.forward(ids, E, p)[1])
    dE2, _ = tokens.backward(dI[:, order], tokens.forward(ids[:, order], E, p)[1])
    np.testing.assert_array_equal(dE, dE2)


@pytest.mark.parametrize("N", [6, tokens.MAX_ONEHOT_TOKENS + 1])
def test_negative_numbers_count_from_the_end_and_others_are_refused(N: int) -> None:
    ids, E, p, dI = draw(N)
    (I, tape), (I2, tape2) = (tokens.forward(given, E, p) for given in (ids, ids - N))
    assert isinstance(I, IndexedInput) == (N == 6)
    np.testing.assert_array_equal(tokens.materialize(I), tokens.materialize(I2))
    np.testing.assert_array_equal(tokens.backward(dI, tape)[0], tokens.backward(dI, tape2)[0])
    for wrong in (N, -N - 1):
        ids[2, 3] = wrong
        with pytest.raises(IndexError, match=f"{wrong}"):
            tokens.forward(ids, E, p)


def test_a_gradient_summed_by_token_is_taken_as_it_is() -> None:
    ids, E, p, dI = draw(6)
    _, tape = tokens.forward(ids, E, p)
    summed = np.zeros((6, 4), np.float32)
    np.add.at(summed, ids, dI)
    got, want = tokens.backward(TokenSummedGradient(summed), tape), tokens.backward(dI, tape)
    for a, b in zip((got[0], *got[1]), (want[0], *want[1]), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=200 * EPS * abs(dI).max() * abs(E).max())


@pytest.mark.parametrize(
    "steps",
    [tokens.MATMUL_BLOCK_ROWS - 1, tokens.MATMUL_BLOCK_ROWS, 2 * tokens.MATMUL_BLOCK_ROWS + 5],
)
def test_sums_of_whole_pieces_and_of_what_is_left(steps: int) -> None:
    """Exact: sums of quarters need far fewer than 24 bits."""
    rng = np.random.default_rng(2)
    _, E, p, _ = draw(6)
    E, p = np.round(E * 4) / 4, dense.Params(*(np.round(x * 4) / 4 for x in p))
    ids = rng.integers(0, 6, (1, steps))
    dI = (rng.integers(-8, 9, (1, steps, 4)) / 4).astype(np.float32)
    dI[:, : steps // 3] = 0
    got, want = (k.backward(dI, k.forward(ids, E, p)[1]) for k in (tokens, tokens_))
    for a, b in zip((got[0], *got[1]), (want[0], *want[1]), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("sizes", VECTORS)
def test_a_cell_reads_a_drive_without_looking_it_up(sizes: Any) -> None:
    """The looked-up drive gives the same numbers; sums are the same but for their order."""
    (A, *given), grads = draw_recurrent(LSTM, sizes)
    (B, T, width), N, rng = A.shape, 6, np.random.default_rng(1)
    table = rng.normal(size=(N, width)).astype(np.float32)
    drive = IndexedInput(table, rng.integers(0, N, (T, B)))
    twin = cases.recurrent(LSTM, (drive.materialize(), *given), grads)
    outputs, tape = twin.forward(twin.fast, (drive, *given))  # type: ignore[arg-type]
    dA, *others = twin.backward(twin.fast, tape, grads)
    assert dA.shape == table.shape
    *expected, dA2, dh, dc, dU = twin.run(twin.fast)
    summed = np.zeros_like(table)
    np.add.at(summed, drive.ids, dA2.swapaxes(0, 1))
    for g, w in zip((*outputs, dA, *others), (*expected, summed, dh, dc, dU), strict=True):
        # A step rounds L + N products and sums, T steps follow each other, B T terms are summed.
        bound = (given[-1].shape[0] + N + B) * T * EPS * max(1.0, float(abs(w).max()))
        np.testing.assert_allclose(g, w, rtol=0, atol=bound)


def test_a_cell_hands_a_drive_over_looked_up() -> None:
    (A, *given), grads = draw_recurrent(LSTM, (2, 4, 2, 3))
    drive = IndexedInput(A[0], np.arange(8).reshape(4, 2) % 4)
    cell = LSTM._replace(activations=(sigmoid, relu, tanh))
    twin = cases.recurrent(cell, (drive.materialize(), *given), grads)
    outputs, tape = twin.forward(twin.fast, (drive, *given))  # type: ignore[arg-type]
    assert isinstance(tape, lstm.Tape)
    np.testing.assert_array_equal(outputs[0], twin.run(twin.reference)[0])
