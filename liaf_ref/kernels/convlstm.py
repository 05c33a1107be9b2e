"""ConvLSTM, Eq. (15) with ``*`` a convolution, on its input drive ``A = W * x + b``.

The gates, f, i, o, c-tilde, are those of :mod:`liaf_ref.kernels.lstm_cell`; h keeps
its size, so that the recurrent convolution has stride 1 and is padded to the same.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels import conv, lstm_cell
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, same
from liaf_ref.kernels.pair import Pair


class Tape(NamedTuple):
    """What the backward pass reads: pre-activations ``(B, T, *S, 4L)``, states 0..T, weights."""

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
    A : ndarray, shape ``(B, T, *S, 4L)``
        Input drive ``W * x + b`` of the four gates, from :mod:`liaf_ref.kernels.conv`.
    h0, c0 : ndarray, shape ``(B, *S, L)``
        Output and cell state before the first step.
    U : ndarray, shape ``(*kernel, L, 4L)``
        Recurrent weights; ``S`` has as many axes as the kernel.
    sigma_g, sigma_c, sigma_h : Pair
        Activations; the paper uses sigmoid, tanh, tanh.

    Returns
    -------
    Y : ndarray, shape ``(B, T, *S, L)``
        h after each step, the layer's output.
    state : tuple of ndarray, each ``(B, *S, L)``
        h and c after the last step.
    tape : Tape
        For :func:`backward`.
    """
    B, T, *S, _ = A.shape
    p, grid = _star(U)
    a = np.empty_like(A)
    h, c = (np.empty((B, T + 1, *S, U.shape[-2]), A.dtype) for _ in range(2))
    h[:, 0], c[:, 0] = h0, c0
    for t in range(T):
        a[:, t] = A[:, t] + conv.forward(h[:, t], p, grid)[0]  # (15)
        h[:, t + 1], c[:, t + 1] = lstm_cell.forward(a[:, t], c[:, t], sigma_g, sigma_c, sigma_h)
    return h[:, 1:], (h[:, T], c[:, T]), Tape(a, h, c, U)


def backward(
    dY: Array, dh: Array, dc: Array, tape: Tape, sigma_g: Pair, sigma_c: Pair, sigma_h: Pair
) -> tuple[Array, tuple[Array, Array], Array]:
    """Differentiate :func:`forward`, last step first.

    Parameters
    ----------
    dY : ndarray, shape ``(B, T, *S, L)``
        Gradient in the output.
    dh, dc : ndarray, shape ``(B, *S, L)``
        Gradients in the last state, h beyond its share in ``dY``.
    tape : Tape
        From :func:`forward`.
    sigma_g, sigma_c, sigma_h : Pair
        As given to :func:`forward`.

    Returns
    -------
    dA : ndarray, shape ``(B, T, *S, 4L)``
        Gradient in the input drive.
    state : tuple of ndarray, each ``(B, *S, L)``
        Gradients in the initial h and c.
    dU : ndarray, shape ``(*kernel, L, 4L)``
        Gradient in the recurrent weights.
    """
    a, h, c, U = tape
    p, grid = _star(U)
    dA = np.empty_like(a)
    dU = np.zeros_like(U)
    for t in reversed(range(a.shape[1])):
        dh = dY[:, t] + dh
        states = c[:, t], c[:, t + 1]
        dA[:, t], dc = lstm_cell.backward(dh, dc, a[:, t], states, sigma_g, sigma_c, sigma_h)
        dh, dp = conv.backward(dA[:, t], conv.Tape(h[:, t], p), grid)  # (15)
        dU += dp.W
    return dA, (dh, dc), dU


def _star(U: Array) -> tuple[conv.Params, Grid]:
    kernel = U.shape[:-2]
    return conv.Params(U, np.zeros((), U.dtype)), Grid((1,) * len(kernel), same(kernel))
