"""Softmax with binary cross-entropy, the loss of Section VI-B: each class is asked if it is true.

``-log p`` of the true class and ``-log(1 - p)`` of every other, averaged over batch and
classes.  ``1 - p`` is the sum of the other classes: nothing cancels, nothing is clipped.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.classes import onehot


class Tape(NamedTuple):
    """What the backward pass reads.

    Probabilities (B, C), those where class j is ruled out (B, C, C), and classes (B,).
    """

    P: Array
    Q: Array
    y: Array


def forward(Z: Array, y: Array) -> tuple[Array, Tape]:
    """Loss of the logits against the true classes.

    Parameters
    ----------
    Z : ndarray, shape (B, C)
        Logits.
    y : ndarray of int, shape (B,)
        True classes.

    Returns
    -------
    loss : ndarray, shape ()
        Mean over batch and classes, in nats.
    tape : Tape
        For :func:`backward`.
    """
    Z = Z - Z.real.max(axis=-1, keepdims=True)
    own = np.eye(Z.shape[-1], dtype=bool) & (Z.shape[-1] > 1)  # of one class there is no other
    others = np.where(own, -np.inf, Z[:, None, :])
    log_all, P = _softmax(Z)
    log_rest, Q = _softmax(others)
    log_p, log_not_p = Z - log_all, log_rest[..., 0] - log_all
    hot = onehot(y, Z)
    loss: Array = -(hot * log_p + (1 - hot) * log_not_p).sum() / Z.size
    return loss, Tape(P, Q, y)


def backward(dloss: Array, tape: Tape) -> Array:
    """Differentiate :func:`forward`.

    Parameters
    ----------
    dloss : ndarray, shape ()
        Gradient in the loss; 1 at the end of a network.
    tape : Tape
        From :func:`forward`.

    Returns
    -------
    dZ : ndarray, shape (B, C)
        Gradient in the logits.
    """
    P, Q, y = tape
    hot = onehot(y, P)
    dlog_p, dlog_not_p = -dloss * hot / P.size, -dloss * (1 - hot) / P.size
    dlog_all = -(dlog_p + dlog_not_p).sum(axis=-1, keepdims=True)
    dZ: Array = dlog_p + (dlog_not_p[..., None] * Q).sum(axis=-2) + dlog_all * P
    return dZ


def _softmax(Z: Array) -> tuple[Array, Array]:
    top = Z.real.max(axis=-1, keepdims=True)
    e = np.exp(Z - top)
    total = e.sum(axis=-1, keepdims=True)
    return top + np.log(total), e / total
