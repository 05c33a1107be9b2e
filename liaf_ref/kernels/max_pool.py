"""Maximum pooling, arguments as for :mod:`liaf_ref.kernels.average_pool`.

Of equal values the first in row-major order is the maximum: it gets all of the gradient.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size, out_size, taps


class Tape(NamedTuple):
    """What the backward pass reads: the shape of the input, and where each maximum was."""

    shape: Size
    first: Array


def forward(X: Array, size: Size, stride: Size) -> tuple[Array, Tape]:
    """Take the largest value under each window; a remainder of an axis is not seen.

    Parameters
    ----------
    X : ndarray, shape (..., H, W, L)
        Activations; leading axes are batch and time.
    size, stride : tuple of int
        Size of a window and step between windows, for H and W.

    Returns
    -------
    Y : ndarray, shape ``(..., *out, L)``
        Maxima.
    tape : Tape
        For :func:`backward`.
    """
    out = out_size(X.shape[-1 - len(size) : -1], size, stride)
    seen = np.stack([X[under] for _, under in taps(size, out, stride)])
    first = seen.real.argmax(axis=0)
    return np.take_along_axis(seen, first[None], axis=0)[0], Tape(X.shape, first)


def backward(dY: Array, tape: Tape, size: Size, stride: Size) -> Array:
    """Differentiate :func:`forward`.

    Parameters
    ----------
    dY : ndarray, shape ``(..., *out, L)``
        Gradient in the maxima.
    tape : Tape
        From :func:`forward`.
    size, stride : tuple of int
        As given to :func:`forward`.

    Returns
    -------
    dX : ndarray, shape (..., H, W, L)
        Gradient in the activations.
    """
    dX = np.zeros(tape.shape, dY.dtype)
    windows = taps(size, dY.shape[-1 - len(size) : -1], stride)
    for place, (_, under) in enumerate(windows):
        dX[under] += dY * (tape.first == place)
    return dX
