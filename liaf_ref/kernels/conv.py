"""Convolution over N axes: second case of Eq. (2), Conv3D of Table II, ``*`` of Eq. (15).

What frameworks call a convolution is a correlation: nothing is flipped.  As many
axes are convolved as the weights have beside K and L: two for the paper's Conv, with
batch and time before them; three for Conv3D, where time is one of them.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, cropped, out_size, padded, taps
from liaf_ref.kernels.sharing import sum_to


class Params(NamedTuple):
    """Weights ``W`` of shape ``(*kernel, K, L)`` and bias ``b``, ``(L,)``; without bias 0."""

    W: Array
    b: Array


class Tape(NamedTuple):
    """What the backward pass reads."""

    X: Array
    p: Params


def forward(X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
    """Integrate the activations of the layer below under each window.

    Parameters
    ----------
    X : ndarray, shape ``(..., *size, K)``
        Activations; ``size`` has as many axes as the kernel.
    p : Params
        Weights and bias.
    grid : Grid
        Stride and padding.

    Returns
    -------
    I : ndarray, shape ``(..., *out, L)``
        Synaptic input.
    tape : Tape
        For :func:`backward`.
    """
    kernel, L = p.W.shape[:-2], p.W.shape[-1]
    X_pad = padded(X, grid.pad)
    lead, size = X.shape[: -1 - len(kernel)], X_pad.shape[-1 - len(kernel) : -1]
    out = out_size(size, kernel, grid.stride)
    I = np.zeros((*lead, *out, L), X.dtype)
    for tap, under in taps(kernel, out, grid.stride):
        I += X_pad[under] @ p.W[tap]  # (2)
    return I + p.b, Tape(X, p)  # (2)


def backward(dI: Array, tape: Tape, grid: Grid) -> tuple[Array, Params]:
    """Differentiate :func:`forward`.

    Parameters
    ----------
    dI : ndarray, shape ``(..., *out, L)``
        Gradient in the synaptic input.
    tape : Tape
        From :func:`forward`.
    grid : Grid
        As given to :func:`forward`.

    Returns
    -------
    dX : ndarray, shape ``(..., *size, K)``
        Gradient in the activations.
    dp : Params
        Gradients in weights and bias, summed over all windows.
    """
    X, p = tape
    kernel = p.W.shape[:-2]
    dX_pad = np.zeros_like(padded(X, grid.pad))
    for tap, under in taps(kernel, dI.shape[-1 - len(kernel) : -1], grid.stride):
        dX_pad[under] += dI @ p.W[tap].T  # (2)
    return cropped(dX_pad, grid.pad), backward_params(dI, tape, grid)


def backward_params(dI: Array, tape: Tape, grid: Grid) -> Params:
    """Differentiate :func:`forward` in the parameters alone, for inputs that are data.

    Parameters
    ----------
    dI, tape, grid
        As for :func:`backward`.

    Returns
    -------
    Params
        Gradients in weights and bias, summed over all windows.
    """
    X, p = tape
    kernel, (K, L) = p.W.shape[:-2], p.W.shape[-2:]
    X_pad = padded(X, grid.pad)
    db = sum_to(dI, p.b.shape)  # (2)
    dW = np.empty_like(p.W)
    for tap, under in taps(kernel, dI.shape[-1 - len(kernel) : -1], grid.stride):
        dW[tap] = X_pad[under].reshape(-1, K).T @ dI.reshape(-1, L)  # (2)
    return Params(dW, db)
