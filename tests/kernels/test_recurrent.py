"""Eqs. (14)-(16): numbers chosen so that every gate is a simple fraction; (15) with images."""

import math

import numpy as np
from independent.comparison import Array, assert_agree

from liaf_ref.kernels import convlstm, gru, lstm, rnn
from liaf_ref.kernels.activation import identity, sigmoid, tanh

B, T, L = 2, 4, 3
IMAGE = (4, 3)
SIGMAS = (sigmoid, tanh, tanh)
# A few ulp of the exponential at every step, and sums in another order.
ROUNDING = 1e-14
QUARTER, HALF, THREE_QUARTERS = -math.log(3), 0.0, math.log(3)  # what sigmoid takes there
THIRD_BY_TANH, HALF_BY_TANH = 0.5 * math.log(2), 0.5 * math.log(3)


def _normal(*shapes: tuple[int, ...]) -> list[Array]:
    rng = np.random.default_rng(51)
    return [rng.normal(size=shape) for shape in shapes]


def test_rnn_by_hand() -> None:
    A = np.array([[[HALF_BY_TANH - 0.2], [THIRD_BY_TANH - 0.25]]])
    Y, c, _ = rnn.forward(A, np.array([[0.4]]), np.array([[0.5]]), tanh)
    assert_agree("Y", Y, np.array([[[1 / 2], [1 / 3]]]), ROUNDING)
    assert_agree("c", c, np.array([[1 / 3]]), ROUNDING)


def test_lstm_by_hand_in_the_order_f_i_o_c() -> None:
    U = np.array([[0.1, 0.2, 0.3, 0.4]])
    gates = np.array([HALF, QUARTER, THREE_QUARTERS, HALF_BY_TANH])
    c0 = 2 * (HALF_BY_TANH - 1 / 8)
    A = (gates - 2 * U)[None]
    Y, (h, c), _ = lstm.forward(A, np.array([[2.0]]), np.array([[c0]]), U, sigmoid, tanh, tanh)
    # c = 1/2 c0 + 1/4 1/2, made to be artanh 1/2; h = 3/4 1/2
    assert_agree("c", c, np.array([[HALF_BY_TANH]]), ROUNDING)
    assert_agree("h", h, np.array([[3 / 8]]), ROUNDING)
    assert_agree("Y", Y, np.array([[[3 / 8]]]), ROUNDING)


def test_gru_by_hand_resets_before_the_product_and_z_weighs_the_candidate() -> None:
    h0 = np.array([[2.0, 4.0]])
    swap = np.array([[0.0, 1.0], [1.0, 0.0]])
    U = np.concatenate((0.1 * swap, 0.2 * swap, 0.3 * swap), axis=1)
    z = np.array([THREE_QUARTERS, QUARTER]) - np.array([0.4, 0.2])
    r = np.array([QUARTER, HALF]) - np.array([0.8, 0.4])
    # r h = (1/4 2, 1/2 4) = (1/2, 2), swapped and weighed (0.6, 0.15)
    candidate = np.array([HALF_BY_TANH, THIRD_BY_TANH]) - np.array([0.6, 0.15])
    A = np.concatenate((z, r, candidate))[None, None]
    Y, h, _ = gru.forward(A, h0, U, sigmoid, tanh)
    # h = (1/4 2 + 3/4 1/2, 3/4 4 + 1/4 1/3)
    expected = np.array([[7 / 8, 37 / 12]])
    assert_agree("h", h, expected, ROUNDING)
    assert_agree("Y", Y, expected[:, None], ROUNDING)


def test_every_activation_sits_where_the_equation_has_it() -> None:
    """With distinct activations no two can be exchanged unseen."""
    A, h, c, U = _normal((B, 1, 4 * L), (B, L), (B, L), (L, 4 * L))
    a_f, a_i, a_o, a_c = np.split(A[:, 0] + h @ U, 4, axis=1)
    _, (h_1, c_1), _ = lstm.forward(A, h, c, U, sigmoid, identity, tanh)
    expected = c / (1 + np.exp(-a_f)) + a_c / (1 + np.exp(-a_i))
    assert_agree("c", c_1, expected, ROUNDING)
    assert_agree("h", h_1, np.tanh(expected) / (1 + np.exp(-a_o)), ROUNDING)

    A, h, U = _normal((B, 1, 3 * L), (B, L), (L, 3 * L))
    U_z, U_r, U_h = np.split(U, 3, axis=1)
    A_z, A_r, A_h = np.split(A[:, 0], 3, axis=1)
    _, h_1, _ = gru.forward(A, h, U, tanh, identity)
    z, r = np.tanh(A_z + h @ U_z), np.tanh(A_r + h @ U_r)
    assert_agree("h", h_1, (1 - z) * h + z * (A_h + (r * h) @ U_h), ROUNDING)

    A, h, c = _normal((B, 1, *IMAGE, 4 * L), *2 * [(B, *IMAGE, L)])
    U = np.zeros((3, 3, L, 4 * L))
    a_f, a_i, a_o, a_c = np.split(A[:, 0], 4, axis=-1)
    _, (h_1, c_1), _ = convlstm.forward(A, h, c, U, sigmoid, identity, tanh)
    expected = c / (1 + np.exp(-a_f)) + a_c / (1 + np.exp(-a_i))
    assert_agree("c", c_1, expected, ROUNDING)
    assert_agree("h", h_1, np.tanh(expected) / (1 + np.exp(-a_o)), ROUNDING)


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
