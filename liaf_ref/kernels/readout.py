"""From a sequence to a vector: the last step, or the mean over time (the paper's Sumlayer)."""

import numpy as np

from liaf_ref.kernels.array import Array


def last_forward(Y: Array) -> Array:
    """Read the last step of ``(B, T, ...)``, as Fig. 5 does: shape ``(B, ...)``."""
    y: Array = Y[:, -1]
    return y


def last_backward(dy: Array, T: int) -> Array:
    """Differentiate :func:`last_forward`: earlier steps have no gradient."""
    B, *S = dy.shape
    dY = np.zeros((B, T, *S), dy.dtype)
    dY[:, -1] = dy
    return dY


def mean_forward(Y: Array) -> Array:
    """Average ``(B, T, ...)`` over time, Section VI-B2: sum, then divide by T."""
    y: Array = Y.sum(axis=1) / Y.shape[1]
    return y


def mean_backward(dy: Array, T: int) -> Array:
    """Differentiate :func:`mean_forward`: every step gets the same share."""
    return np.repeat(dy[:, None] / T, T, axis=1)
