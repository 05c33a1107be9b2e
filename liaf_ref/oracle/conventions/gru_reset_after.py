"""The GRU that resets after the product, ``a_h = A_h + r (h U_h)``; otherwise ``kernels.gru``."""

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.gru import Tape
from liaf_ref.kernels.pair import Pair


def forward(
    A: Array, h0: Array, U: Array, sigma_g: Pair, sigma_h: Pair
) -> tuple[Array, Array, Tape]:
    """Run; see :func:`liaf_ref.kernels.gru.forward`."""
    U_z, U_r, U_h = np.split(U, 3, axis=-1)
    a, h = np.empty_like(A), np.empty((len(A), A.shape[1] + 1, len(U)), A.dtype)
    h[:, 0] = h0
    for t in range(A.shape[1]):
        A_z, A_r, A_h = np.split(A[:, t], 3, axis=-1)
        a_z, a_r = A_z + h[:, t] @ U_z, A_r + h[:, t] @ U_r
        z, r = sigma_g.value(a_z), sigma_g.value(a_r)
        a_h = A_h + r * (h[:, t] @ U_h)
        a[:, t] = np.concatenate((a_z, a_r, a_h), axis=-1)
        h[:, t + 1] = (1 - z) * h[:, t] + z * sigma_h.value(a_h)
    return h[:, 1:], h[:, -1], Tape(a, h, U)


def backward(
    dY: Array, dh: Array, tape: Tape, sigma_g: Pair, sigma_h: Pair
) -> tuple[Array, Array, Array]:
    """Differentiate; see :func:`liaf_ref.kernels.gru.backward`."""
    a, h, U = tape
    U_z, U_r, U_h = np.split(U, 3, axis=-1)
    dA, dU = np.empty_like(a), np.zeros_like(U)
    for t in reversed(range(a.shape[1])):
        a_z, a_r, a_h = np.split(a[:, t], 3, axis=-1)
        z, r, h_tilde = sigma_g.value(a_z), sigma_g.value(a_r), sigma_h.value(a_h)
        dh = dY[:, t] + dh
        da_h = dh * z * sigma_h.slope(a_h)
        da_r = da_h * (h[:, t] @ U_h) * sigma_g.slope(a_r)
        da_z = dh * (h_tilde - h[:, t]) * sigma_g.slope(a_z)
        dA[:, t] = np.concatenate((da_z, da_r, da_h), axis=-1)
        dU += h[:, t].T @ np.concatenate((da_z, da_r, r * da_h), axis=-1)
        dh = dh * (1 - z) + (r * da_h) @ U_h.T + da_r @ U_r.T + da_z @ U_z.T
    return dA, dh, dU
