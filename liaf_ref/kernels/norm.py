"""Normalisation to mean 0 and variance 1 over chosen axes, Sections VI-B2 and VI-C.

The axes say which it is.  Layer normalisation takes those of one step of one sample,
(H, W, L) or L; batch normalisation in training those that a channel is shared over,
(B, T, H, W) or (B, T), and so couples the time steps; without T it does not.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.sharing import sum_to


class Params(NamedTuple):
    """Scale ``gamma`` and shift ``b``; each broadcasts against X, 1 and 0 without."""

    gamma: Array
    b: Array


class Statistics(NamedTuple):
    """Mean and variance, the normalised axes kept with size 1."""

    m: Array
    v: Array


class Tape(NamedTuple):
    """What the backward pass reads: normalised values, one over the deviation, parameters."""

    X_hat: Array
    r: Array
    p: Params


def forward(
    X: Array, p: Params, axes: tuple[int, ...], eps: float
) -> tuple[Array, Statistics, Tape]:
    """Normalise, then scale and shift.

    Parameters
    ----------
    X : ndarray, shape ``(B, T, *S, L)``
        What to normalise.
    p : Params
        Scale and shift.
    axes : tuple of int
        Axes of X whose entries have mean and variance in common.
    eps : float
        What is added to the variance.

    Returns
    -------
    Y : ndarray, shape of X
        Output.
    statistics : Statistics
        Mean and biased variance of X; for running statistics, without gradient.
    tape : Tape
        For :func:`backward`.
    """
    m = X.mean(axis=axes, keepdims=True)
    v = ((X - m) ** 2).mean(axis=axes, keepdims=True)
    r = 1 / np.sqrt(v + eps)
    X_hat = (X - m) * r
    return p.gamma * X_hat + p.b, Statistics(m, v), Tape(X_hat, r, p)


def backward(dY: Array, tape: Tape, axes: tuple[int, ...]) -> tuple[Array, Params]:
    """Differentiate :func:`forward`.

    Parameters
    ----------
    dY : ndarray, shape ``(B, T, *S, L)``
        Gradient in the output.
    tape : Tape
        From :func:`forward`.
    axes : tuple of int
        As given to :func:`forward`.

    Returns
    -------
    dX : ndarray, shape of dY
        Gradient in what was normalised; its mean over the axes is 0.
    dp : Params
        Gradients in the parameters, each summed to its own shape.
    """
    X_hat, r, p = tape
    db = sum_to(dY, p.b.shape)
    dgamma = sum_to(dY * X_hat, p.gamma.shape)
    g = dY * p.gamma
    along = (g * X_hat).mean(axis=axes, keepdims=True)
    dX = r * (g - g.mean(axis=axes, keepdims=True) - X_hat * along)
    return dX, Params(dgamma, db)
