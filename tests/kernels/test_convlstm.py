"""Eq. (15) with ``*`` a convolution: against LSTM, and in two halves."""

import numpy as np
from independent.comparison import Array, assert_agree, assert_same

from liaf_ref.kernels import convlstm, lstm
from liaf_ref.kernels.activation import identity, sigmoid, tanh

B, T, H, W, L = 2, 3, 4, 3, 2
SIGMAS = (sigmoid, tanh, tanh)
# A few ulp of the exponential at every step, and sums in another order.
ROUNDING = 1e-14


def _normal(*shapes: tuple[int, ...]) -> list[Array]:
    rng = np.random.default_rng(111)
    return [rng.normal(size=shape) for shape in shapes]


def test_on_a_single_pixel_it_is_lstm() -> None:
    A, h, c, U, dY = _normal((B, T, 4 * L), (B, L), (B, L), (L, 4 * L), (B, T, L))
    Y, (h_T, c_T), tape = convlstm.forward(
        A[:, :, None, None], h[:, None, None], c[:, None, None], U[None, None], *SIGMAS
    )
    Y_, (h_, c_), tape_ = lstm.forward(A, h, c, U, *SIGMAS)
    assert_agree("Y", Y[:, :, 0, 0], Y_, ROUNDING)
    assert_agree("h", h_T[:, 0, 0], h_, ROUNDING)
    assert_agree("c", c_T[:, 0, 0], c_, ROUNDING)
    dA, (dh, dc), dU = convlstm.backward(
        dY[:, :, None, None], h[:, None, None], c[:, None, None], tape, *SIGMAS
    )
    dA_, (dh_, dc_), dU_ = lstm.backward(dY, h, c, tape_, *SIGMAS)
    assert_agree("dA", dA[:, :, 0, 0], dA_, ROUNDING)
    assert_agree("dh", dh[:, 0, 0], dh_, ROUNDING)
    assert_agree("dc", dc[:, 0, 0], dc_, ROUNDING)
    assert_agree("dU", dU[0, 0], dU_, ROUNDING)


def test_every_activation_sits_where_the_equation_has_it() -> None:
    A, h, c = _normal((B, 1, H, W, 4 * L), (B, H, W, L), (B, H, W, L))
    U = np.zeros((3, 3, L, 4 * L))
    a_f, a_i, a_o, a_c = np.split(A[:, 0], 4, axis=-1)
    _, (h_1, c_1), _ = convlstm.forward(A, h, c, U, sigmoid, identity, tanh)
    expected = c / (1 + np.exp(-a_f)) + a_c / (1 + np.exp(-a_i))
    assert_agree("c", c_1, expected, ROUNDING)
    assert_agree("h", h_1, np.tanh(expected) / (1 + np.exp(-a_o)), ROUNDING)


def test_two_halves_are_the_whole() -> None:
    state = (B, H, W, L)
    A, U, dY, h, c, dh, dc = _normal(
        (B, T, H, W, 4 * L), (3, 3, L, 4 * L), (B, T, H, W, L), *4 * [state]
    )
    Y, last, tape = convlstm.forward(A, h, c, U, *SIGMAS)
    Y_1, between, tape_1 = convlstm.forward(A[:, :1], h, c, U, *SIGMAS)
    Y_2, last_2, tape_2 = convlstm.forward(A[:, 1:], *between, U, *SIGMAS)
    assert_same("Y", np.concatenate((Y_1, Y_2), axis=1), Y)
    dA, first, dU = convlstm.backward(dY, dh, dc, tape, *SIGMAS)
    dA_2, d_between, dU_2 = convlstm.backward(dY[:, 1:], dh, dc, tape_2, *SIGMAS)
    dA_1, first_1, dU_1 = convlstm.backward(dY[:, :1], *d_between, tape_1, *SIGMAS)
    assert_same("dA", np.concatenate((dA_1, dA_2), axis=1), dA)
    assert_agree("dU", dU_1 + dU_2, dU, ROUNDING)
    for part, whole in zip((*last_2, *first_1), (*last, *first), strict=True):
        assert_same("state", part, whole)
