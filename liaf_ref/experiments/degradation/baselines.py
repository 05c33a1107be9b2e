"""Baselines without LIAF: LIF with reset by selection, and Eq. (9) as a recurrence in U."""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array


class NeuronParams(NamedTuple):
    """Threshold, reset potential and decays, for all neurons or one value per neuron."""

    v_th: Array
    v_reset: Array
    alpha: Array
    beta: Array


def lif_forward(I: Array, p: NeuronParams) -> tuple[Array, Array]:
    """Run LIF from V^0 = 0, with reset by selection; the output is the spike."""
    F, U = np.empty_like(I), np.empty_like(I)
    V = np.zeros_like(I[:, 0])
    for t in range(I.shape[1]):
        U[:, t] = I[:, t] + V
        F[:, t] = U[:, t] - p.v_th >= 0
        V = p.alpha * np.where(F[:, t], p.v_reset, U[:, t]) + p.beta
    return F, U


def lif_backward(dF: Array, F: Array, U: Array, p: NeuronParams, mu: float) -> dict[str, Array]:
    """Differentiate :func:`lif_forward`, with the window (13) as surrogate gradient."""
    dI, dV = np.empty_like(dF), np.zeros_like(dF[:, 0])
    sums = {name: np.zeros_like(dV) for name in p._fields}
    for t in reversed(range(dF.shape[1])):
        fired, u = F[:, t] == 1, U[:, t]
        window = (abs(u - p.v_th) < mu).astype(u.dtype)
        sums["alpha"] += dV * np.where(fired, p.v_reset, u)
        sums["beta"] += dV
        dR = dV * p.alpha
        sums["v_reset"] += np.where(fired, dR, 0)
        jump = dR * (p.v_reset - u) * window
        out = dF[:, t] * window
        sums["v_th"] -= jump + out
        dV = dI[:, t] = np.where(fired, 0, dR) + jump + out
    axes = tuple(range(dV.ndim - 1))
    return {"I": dI} | {name: total.sum(axis=axes) for name, total in sums.items()}


def potential_forward(I: Array, p: NeuronParams) -> Array:
    """Run Eq. (9): each potential follows from the previous one; the first has none."""
    U = I.copy()
    for t in range(1, I.shape[1]):
        before = U[:, t - 1]
        S = (before - p.v_th >= 0).astype(I.dtype)
        U[:, t] = I[:, t] + p.alpha * S * p.v_reset + p.alpha * (1 - S) * before + p.beta  # (9)
    return U


def potential_backward(dU: Array, U: Array, p: NeuronParams, mu: float) -> Array:
    """Differentiate :func:`potential_forward` in I by Eq. (12), from the last step back."""
    dI = dU.copy()
    for t in reversed(range(U.shape[1] - 1)):
        x = U[:, t] - p.v_th
        window, S = (abs(x) < mu).astype(x.dtype), (x >= 0).astype(x.dtype)
        slope = p.alpha * window * (p.v_reset - U[:, t]) + p.alpha * (1 - S)  # (12)
        dI[:, t] += dI[:, t + 1] * slope
    return dI
