"""Batch normalisation by running statistics: how they are kept, and evaluation with them."""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.norm import Params, Statistics, Tape
from liaf_ref.kernels.sharing import sum_to

__all__ = [
    "Params",
    "Statistics",
    "Tape",
    "backward",
    "follow",
    "follow_steps",
    "forward",
    "pool",
]


def forward(X: Array, p: Params, running: Statistics, eps: float) -> tuple[Array, Tape]:
    """Normalise by statistics that are given; otherwise as in training.

    Parameters
    ----------
    X : ndarray, shape ``(B, T, *S, L)``
        What to normalise.
    p : Params
        Scale and shift.
    running : Statistics
        Mean and variance; each broadcasts against X.
    eps : float
        What is added to the variance.

    Returns
    -------
    Y : ndarray, shape of X
        Output.
    tape : Tape
        For :func:`backward`.
    """
    r = 1 / np.sqrt(running.v + eps)
    X_hat = (X - running.m) * r
    return p.gamma * X_hat + p.b, Tape(X_hat, r, p)


def backward(dY: Array, tape: Tape) -> tuple[Array, Params]:
    """Differentiate :func:`forward`; the statistics are constants.

    Parameters
    ----------
    dY : ndarray, shape ``(B, T, *S, L)``
        Gradient in the output.
    tape : Tape
        From :func:`forward`.

    Returns
    -------
    dX : ndarray, shape of dY
        Gradient in what was normalised.
    dp : Params
        Gradients in the parameters, each summed to its own shape.
    """
    X_hat, r, p = tape
    db = sum_to(dY, p.b.shape)
    dgamma = sum_to(dY * X_hat, p.gamma.shape)
    dX = dY * p.gamma * r
    return dX, Params(dgamma, db)


def follow(running: Statistics, batch: Statistics, n: int, momentum: float) -> Statistics:
    """Move the running statistics towards those of a batch.

    Parameters
    ----------
    running, batch : Statistics
        Until now, and from :func:`liaf_ref.kernels.norm.forward`.
    n : int
        How many entries each mean of the batch is taken over; more than one.
    momentum : float
        The batch's weight, PyTorch's convention.

    Returns
    -------
    Statistics
        What to keep.  The batch's variance enters unbiased, ``n / (n - 1)`` of it.
    """
    m = (1 - momentum) * running.m + momentum * batch.m
    v = (1 - momentum) * running.v + momentum * (n / (n - 1)) * batch.v
    return Statistics(m, v)


def follow_steps(running: Statistics, batch: Statistics, n: int, momentum: float) -> Statistics:
    """:func:`follow` one time step after another, where each has statistics of its own."""
    T = batch.m.shape[1]
    steps = (Statistics(batch.m[:, t : t + 1], batch.v[:, t : t + 1]) for t in range(T))
    return reduce(lambda kept, step: follow(kept, step, n, momentum), steps, running)


def pool(shares: Sequence[Statistics], sizes: Sequence[int]) -> Statistics:
    """Combine the statistics of a batch's shares into those of the whole batch.

    The mean is the weighted mean of the means; the variance is that within the shares and
    that between their means, by the law of total variance.

    Parameters
    ----------
    shares : sequence of Statistics
        Mean and biased variance of each share.
    sizes : sequence of int
        How many entries each share's means are taken over.

    Returns
    -------
    Statistics
        Mean and biased variance of all entries.
    """
    if len(shares) == 1:
        return shares[0]
    m, v = (np.stack(each) for each in zip(*shares, strict=True))
    weights = np.array(sizes, m.dtype).reshape(-1, *(m.ndim - 1) * [1]) / sum(sizes)
    mean = (weights * m).sum(axis=0)
    return Statistics(mean, (weights * (v + (m - mean) ** 2)).sum(axis=0))
