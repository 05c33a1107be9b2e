"""Fast kernel for :mod:`liaf_ref.kernels.readout`: no zeros for steps without gradient.

It supports any dtype; the values are those of the reference kernel.
"""

import numpy as np

from liaf_ref.fast.activate import DeferredOutputs
from liaf_ref.kernels import readout as definition
from liaf_ref.kernels.array import Array

__all__ = ["last_backward", "last_forward", "mean_backward", "mean_forward", "pad_time"]


def last_forward(Y: Array | DeferredOutputs) -> Array:
    """Return the last step; outputs not yet activated are activated at this step only."""
    return Y.last_step() if isinstance(Y, DeferredOutputs) else definition.last_forward(Y)


def mean_forward(Y: Array | DeferredOutputs) -> Array:
    """Average over time."""
    return definition.mean_forward(np.asarray(Y))


def last_backward(dy: Array, T: int) -> Array:
    """Differentiate ``last_forward``: (B, 1, ...), as earlier steps have no gradient."""
    return dy[:, None]


def mean_backward(dy: Array, T: int) -> Array:
    """Differentiate ``mean_forward``: a read-only view that repeats dy / T."""
    share = dy[:, None] / T
    return np.broadcast_to(share, (dy.shape[0], T, *dy.shape[1:]))


def pad_time(dY: Array, T: int) -> Array:
    """Pad a gradient ``(B, k, ...)`` in the last k of T outputs with zeros for the reference."""
    B, k, *S = dY.shape
    if k == T:
        return dY
    full = np.zeros((B, T, *S), dY.dtype)
    full[:, T - k :] = dY
    return full
