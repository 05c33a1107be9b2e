"""The gated recurrent unit exactly as printed in Eq. (16), on its input drive ``A = W x + b``.

The reset gate acts on h before ``U_h``, and z weighs the candidate.  PyTorch and
Keras by default reset after the product and swap z with 1 - z: another function.
Gates are stacked along the last axis in the paper's order: z, r, h.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair


class Tape(NamedTuple):
    """What the backward pass reads: pre-activations (B, T, 3L), states h^0..h^T, weights."""

    a: Array
    h: Array
    U: Array


def forward(
    A: Array, h0: Array, U: Array, sigma_g: Pair, sigma_h: Pair
) -> tuple[Array, Array, Tape]:
    """Run the unit over all time steps.

    Parameters
    ----------
    A : ndarray, shape (B, T, 3L)
        Input drive ``W x + b`` of z, r and h-tilde, from :mod:`liaf_ref.kernels.dense`.
    h0 : ndarray, shape (B, L)
        Output before the first step.
    U : ndarray, shape (L, 3L)
        Recurrent weights; row vectors, so the paper's ``U h`` reads ``h @ U``.
    sigma_g, sigma_h : Pair
        Activations; the paper uses sigmoid, tanh.

    Returns
    -------
    Y : ndarray, shape (B, T, L)
        h after each step, the layer's output.
    h : ndarray, shape (B, L)
        h after the last step.
    tape : Tape
        For :func:`backward`.
    """
    B, T, L = A.shape[0], A.shape[1], U.shape[0]
    U_z, U_r, U_h = np.split(U, 3, axis=-1)
    a = np.empty_like(A)
    h = np.empty((B, T + 1, L), A.dtype)
    h[:, 0] = h0
    for t in range(T):
        A_z, A_r, A_h = np.split(A[:, t], 3, axis=-1)
        a_z, a_r, a_h = np.split(a[:, t], 3, axis=-1)
        a_z[:] = A_z + h[:, t] @ U_z  # (16)
        a_r[:] = A_r + h[:, t] @ U_r  # (16)
        z, r = sigma_g.value(a_z), sigma_g.value(a_r)  # (16)
        a_h[:] = A_h + (r * h[:, t]) @ U_h  # (16)
        h_tilde = sigma_h.value(a_h)  # (16)
        h[:, t + 1] = (1 - z) * h[:, t] + z * h_tilde  # (16)
    return h[:, 1:], h[:, T], Tape(a, h, U)


def backward(
    dY: Array, dh: Array, tape: Tape, sigma_g: Pair, sigma_h: Pair
) -> tuple[Array, Array, Array]:
    """Differentiate :func:`forward`, last step first.

    Parameters
    ----------
    dY : ndarray, shape (B, T, L)
        Gradient in the output.
    dh : ndarray, shape (B, L)
        Gradient in the last state beyond its share in ``dY``.
    tape : Tape
        From :func:`forward`.
    sigma_g, sigma_h : Pair
        As given to :func:`forward`.

    Returns
    -------
    dA : ndarray, shape (B, T, 3L)
        Gradient in the input drive.
    dh : ndarray, shape (B, L)
        Gradient in the initial state.
    dU : ndarray, shape (L, 3L)
        Gradient in the recurrent weights.
    """
    a, h, U = tape
    U_z, U_r, U_h = np.split(U, 3, axis=-1)
    dA = np.empty_like(a)
    dU = np.zeros_like(U)
    dU_z, dU_r, dU_h = np.split(dU, 3, axis=-1)
    for t in reversed(range(a.shape[1])):
        a_z, a_r, a_h = np.split(a[:, t], 3, axis=-1)
        da_z, da_r, da_h = np.split(dA[:, t], 3, axis=-1)
        z, r, h_tilde = sigma_g.value(a_z), sigma_g.value(a_r), sigma_h.value(a_h)
        dh = dY[:, t] + dh
        da_h[:] = dh * z * sigma_h.slope(a_h)  # (16)
        drh = da_h @ U_h.T  # (16)
        da_r[:] = drh * h[:, t] * sigma_g.slope(a_r)  # (16)
        da_z[:] = dh * (h_tilde - h[:, t]) * sigma_g.slope(a_z)  # (16)
        dU_h += (r * h[:, t]).T @ da_h
        dU_r += h[:, t].T @ da_r
        dU_z += h[:, t].T @ da_z
        dh = dh * (1 - z) + drh * r + da_r @ U_r.T + da_z @ U_z.T  # (16)
    return dA, dh, dU
