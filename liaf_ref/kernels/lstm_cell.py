"""One step of Eq. (15) on its pre-activations: what LSTM and ConvLSTM have in common.

Gates are stacked along the last axis in the paper's order: f, i, o, c-tilde.
"""

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair


def forward(a: Array, c: Array, sigma_g: Pair, sigma_c: Pair, sigma_h: Pair) -> tuple[Array, Array]:
    """Open and close the gates.

    Parameters
    ----------
    a : ndarray, shape ``(B, *S, 4L)``
        ``W * x + U * h + b`` of the four gates.
    c : ndarray, shape ``(B, *S, L)``
        Cell state before the step.
    sigma_g, sigma_c, sigma_h : Pair
        Activations; the paper uses sigmoid, tanh, tanh.

    Returns
    -------
    h, c : ndarray, shape ``(B, *S, L)``
        Output and cell state after the step.
    """
    a_f, a_i, a_o, a_c = np.split(a, 4, axis=-1)
    f, i, o = sigma_g.value(a_f), sigma_g.value(a_i), sigma_g.value(a_o)  # (15)
    c_tilde = sigma_c.value(a_c)  # (15)
    c = f * c + i * c_tilde  # (15)
    h = o * sigma_h.value(c)  # (15)
    return h, c


def backward(
    dh: Array,
    dc: Array,
    a: Array,
    c: tuple[Array, Array],
    sigma_g: Pair,
    sigma_c: Pair,
    sigma_h: Pair,
) -> tuple[Array, Array]:
    """Differentiate :func:`forward`.

    Parameters
    ----------
    dh, dc : ndarray, shape ``(B, *S, L)``
        Gradients in output and cell state after the step.
    a : ndarray, shape ``(B, *S, 4L)``
        Pre-activations.
    c : tuple of ndarray, each ``(B, *S, L)``
        Cell state before and after the step.
    sigma_g, sigma_c, sigma_h : Pair
        As given to :func:`forward`.

    Returns
    -------
    da : ndarray, shape ``(B, *S, 4L)``
        Gradient in the pre-activations.
    dc : ndarray, shape ``(B, *S, L)``
        Gradient in the cell state before the step.
    """
    a_f, a_i, a_o, a_c = np.split(a, 4, axis=-1)
    before, after = c
    do = dh * sigma_h.value(after)  # (15)
    dc = dc + dh * sigma_g.value(a_o) * sigma_h.slope(after)  # (15)
    df, di, dc_tilde = dc * before, dc * sigma_c.value(a_c), dc * sigma_g.value(a_i)  # (15)
    da_f, da_i, da_o = (d * sigma_g.slope(x) for d, x in ((df, a_f), (di, a_i), (do, a_o)))
    da_c = dc_tilde * sigma_c.slope(a_c)  # (15)
    dc = dc * sigma_g.value(a_f)  # (15)
    return np.concatenate((da_f, da_i, da_o, da_c), axis=-1), dc
