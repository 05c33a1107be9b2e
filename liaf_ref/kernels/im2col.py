"""Convolution as one matrix product: every window a row, then Eq. (2) as for dense layers.

Same function, arguments and tape as :mod:`liaf_ref.kernels.conv`.  The rows are
as many times larger than the input as the kernel has places, so that the tape keeps
the input and the backward pass makes them again.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from liaf_ref.kernels import dense
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.conv import Params, Tape
from liaf_ref.kernels.grid import Grid, Index, Size, cropped, padded, taps

__all__ = ["Params", "Tape", "backward", "backward_params", "col2im", "forward", "im2col"]


def forward(X: Array, p: Params, grid: Grid) -> tuple[Array, Tape]:
    """As :func:`liaf_ref.kernels.conv.forward`."""
    rows = im2col(padded(X, grid.pad), p.W.shape[:-2], grid.stride)
    I, _ = dense.forward(rows, _flat(p))  # (2)
    return I, Tape(X, p)


def backward(dI: Array, tape: Tape, grid: Grid) -> tuple[Array, Params]:
    """As :func:`liaf_ref.kernels.conv.backward`."""
    X, p = tape
    drows = dI @ _flat(p).W.T  # (2)
    dX_pad = col2im(drows, padded(X, grid.pad).shape, p.W.shape[:-2], grid.stride)
    return cropped(dX_pad, grid.pad), backward_params(dI, tape, grid)


def backward_params(dI: Array, tape: Tape, grid: Grid) -> Params:
    """As :func:`liaf_ref.kernels.conv.backward_params`."""
    X, p = tape
    rows = im2col(padded(X, grid.pad), p.W.shape[:-2], grid.stride)
    dp = dense.backward_params(dI, dense.Tape(rows, _flat(p)))  # (2)
    return Params(dp.W.reshape(p.W.shape), dp.b)


def im2col(X: Array, kernel: Size, stride: Size) -> Array:
    """Lay every window out as a row.

    Parameters
    ----------
    X : ndarray, shape ``(..., *size, K)``
        Padded input.
    kernel, stride : tuple of int
        Size of a window and step between windows, for each axis of ``size``.

    Returns
    -------
    ndarray, shape ``(..., *out, P * K)``
        P places a window, row-major, each with its K channels.
    """
    N = len(kernel)
    windows = sliding_window_view(X, kernel, axis=tuple(range(-1 - N, -1)))
    steps = (slice(None, None, s) for s in stride)
    stepped: Index = (..., *steps, *(slice(None),) * (N + 1))
    rows = np.moveaxis(windows[stepped], -1 - N, -1)
    return rows.reshape(*rows.shape[: -1 - N], -1)


def col2im(G: Array, shape: Size, kernel: Size, stride: Size) -> Array:
    """Add every row up where its entries came from: the adjoint of :func:`im2col`.

    Parameters
    ----------
    G : ndarray, shape ``(..., *out, P * K)``
        One row a window.
    shape : tuple of int
        ``(..., *size, K)``, of the padded input.
    kernel, stride : tuple of int
        As given to :func:`im2col`.

    Returns
    -------
    ndarray, shape ``(..., *size, K)``
        ``<im2col(X), G> = <X, col2im(G)>`` for all X and G.
    """
    dX = np.zeros(shape, G.dtype)
    G = G.reshape(*G.shape[:-1], *kernel, shape[-1])
    out = G.shape[-1 - 2 * len(kernel) : -1 - len(kernel)]
    for tap, under in taps(kernel, out, stride):
        place: Index = (..., *tap, slice(None))
        dX[under] += G[place]
    return dX


def _flat(p: Params) -> dense.Params:
    return dense.Params(p.W.reshape(-1, p.W.shape[-1]), p.b)
