"""Average pooling, Fig. 6 and Table V: the mean under each window, channel by channel."""

import math
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size, out_size, taps


class Tape(NamedTuple):
    """What the backward pass reads: the shape of the input."""

    shape: Size


def forward(X: Array, size: Size, stride: Size) -> tuple[Array, Tape]:
    """Average under each window; what is left over at the end of an axis is not seen.

    Parameters
    ----------
    X : ndarray, shape (..., H, W, L)
        Activations; leading axes are batch and time.
    size, stride : tuple of int
        Size of a window and step between windows, for H and W.

    Returns
    -------
    Y : ndarray, shape ``(..., *out, L)``
        Means.
    tape : Tape
        For :func:`backward`.
    """
    lead, places = X.shape[: -1 - len(size)], X.shape[-1 - len(size) : -1]
    out = out_size(places, size, stride)
    total = np.zeros((*lead, *out, X.shape[-1]), X.dtype)
    for _, under in taps(size, out, stride):
        total += X[under]
    return total / math.prod(size), Tape(X.shape)


def backward(dY: Array, tape: Tape, size: Size, stride: Size) -> Array:
    """Differentiate :func:`forward`: every input gets the same share of each of its windows.

    Parameters
    ----------
    dY : ndarray, shape ``(..., *out, L)``
        Gradient in the means.
    tape : Tape
        From :func:`forward`.
    size, stride : tuple of int
        As given to :func:`forward`.

    Returns
    -------
    dX : ndarray, shape (..., H, W, L)
        Gradient in the activations.
    """
    share = dY / math.prod(size)
    dX = np.zeros(tape.shape, dY.dtype)
    for _, under in taps(size, dY.shape[-1 - len(size) : -1], stride):
        dX[under] += share
    return dX
