"""The Elman network, first line of Eq. (14), on its input drive ``A = W x + b``.

The paper leaves out the second line: a dense layer outside does the same.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair


class Tape(NamedTuple):
    """What the backward pass reads: pre-activations (B, T, L), states c^0..c^T, weights."""

    a: Array
    c: Array
    U: Array


def forward(A: Array, c0: Array, U: Array, sigma_c: Pair) -> tuple[Array, Array, Tape]:
    """Run the recurrence over all time steps.

    Parameters
    ----------
    A : ndarray, shape (B, T, L)
        Input drive ``W_c x + b_c``, from :mod:`liaf_ref.kernels.dense`.
    c0 : ndarray, shape (B, L)
        Hidden state before the first step.
    U : ndarray, shape (L, L)
        Recurrent weights; row vectors, so the paper's ``U_c c`` reads ``c @ U``.
    sigma_c : Pair
        Activation; the paper uses tanh.

    Returns
    -------
    Y : ndarray, shape (B, T, L)
        Hidden state after each step, the layer's output.
    c : ndarray, shape (B, L)
        Hidden state after the last step.
    tape : Tape
        For :func:`backward`.
    """
    B, T, L = A.shape
    a = np.empty_like(A)
    c = np.empty((B, T + 1, L), A.dtype)
    c[:, 0] = c0
    for t in range(T):
        a[:, t] = A[:, t] + c[:, t] @ U  # (14)
        c[:, t + 1] = sigma_c.value(a[:, t])  # (14)
    return c[:, 1:], c[:, T], Tape(a, c, U)


def backward(dY: Array, dc: Array, tape: Tape, sigma_c: Pair) -> tuple[Array, Array, Array]:
    """Differentiate :func:`forward`, last step first.

    Parameters
    ----------
    dY : ndarray, shape (B, T, L)
        Gradient in the output.
    dc : ndarray, shape (B, L)
        Gradient in the last state beyond its share in ``dY``.
    tape : Tape
        From :func:`forward`.
    sigma_c : Pair
        As given to :func:`forward`.

    Returns
    -------
    dA : ndarray, shape (B, T, L)
        Gradient in the input drive.
    dc : ndarray, shape (B, L)
        Gradient in the initial state.
    dU : ndarray, shape (L, L)
        Gradient in the recurrent weights.
    """
    a, c, U = tape
    dA = np.empty_like(a)
    dU = np.zeros_like(U)
    for t in reversed(range(a.shape[1])):
        dA[:, t] = (dY[:, t] + dc) * sigma_c.slope(a[:, t])  # (14)
        dU += c[:, t].T @ dA[:, t]
        dc = dA[:, t] @ U.T  # (14)
    return dA, dc, dU
