"""Long short-term memory, Eq. (15), on its input drive ``A = W x + b``.

The gates, f, i, o, c-tilde, are those of :mod:`liaf_ref.kernels.lstm_cell`.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels import lstm_cell
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair


class Tape(NamedTuple):
    """What the backward pass reads: pre-activations (B, T, 4L), states 0..T, weights."""

    a: Array
    h: Array
    c: Array
    U: Array


def forward(
    A: Array, h0: Array, c0: Array, U: Array, sigma_g: Pair, sigma_c: Pair, sigma_h: Pair
) -> tuple[Array, tuple[Array, Array], Tape]:
    """Run the cell over all time steps.

    Parameters
    ----------
    A : ndarray, shape (B, T, 4L)
        Input drive ``W x + b`` of the four gates, from :mod:`liaf_ref.kernels.dense`.
    h0, c0 : ndarray, shape (B, L)
        Output and cell state before the first step.
    U : ndarray, shape (L, 4L)
        Recurrent weights; row vectors, so the paper's ``U h`` reads ``h @ U``.
    sigma_g, sigma_c, sigma_h : Pair
        Activations; the paper uses sigmoid, tanh, tanh.

    Returns
    -------
    Y : ndarray, shape (B, T, L)
        h after each step, the layer's output.
    state : tuple of ndarray, each (B, L)
        h and c after the last step.
    tape : Tape
        For :func:`backward`.
    """
    B, T, L = A.shape[0], A.shape[1], U.shape[0]
    a = np.empty_like(A)
    h, c = (np.empty((B, T + 1, L), A.dtype) for _ in range(2))
    h[:, 0], c[:, 0] = h0, c0
    for t in range(T):
        a[:, t] = A[:, t] + h[:, t] @ U  # (15)
        h[:, t + 1], c[:, t + 1] = lstm_cell.forward(a[:, t], c[:, t], sigma_g, sigma_c, sigma_h)
    return h[:, 1:], (h[:, T], c[:, T]), Tape(a, h, c, U)


def backward(
    dY: Array, dh: Array, dc: Array, tape: Tape, sigma_g: Pair, sigma_c: Pair, sigma_h: Pair
) -> tuple[Array, tuple[Array, Array], Array]:
    """Differentiate :func:`forward`, last step first.

    Parameters
    ----------
    dY : ndarray, shape (B, T, L)
        Gradient in the output.
    dh, dc : ndarray, shape (B, L)
        Gradients in the last state, h beyond its share in ``dY``.
    tape : Tape
        From :func:`forward`.
    sigma_g, sigma_c, sigma_h : Pair
        As given to :func:`forward`.

    Returns
    -------
    dA : ndarray, shape (B, T, 4L)
        Gradient in the input drive.
    state : tuple of ndarray, each (B, L)
        Gradients in the initial h and c.
    dU : ndarray, shape (L, 4L)
        Gradient in the recurrent weights.
    """
    a, h, c, U = tape
    dA = np.empty_like(a)
    dU = np.zeros_like(U)
    for t in reversed(range(a.shape[1])):
        dh = dY[:, t] + dh
        states = c[:, t], c[:, t + 1]
        dA[:, t], dc = lstm_cell.backward(dh, dc, a[:, t], states, sigma_g, sigma_c, sigma_h)
        dU += h[:, t].T @ dA[:, t]
        dh = dA[:, t] @ U.T  # (15)
    return dA, (dh, dc), dU
