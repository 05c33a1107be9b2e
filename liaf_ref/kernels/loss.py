"""Softmax with categorical cross-entropy, the loss of Section VI-A, averaged over the batch."""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.classes import onehot


class Tape(NamedTuple):
    """What the backward pass reads: probabilities (B, C) and classes (B,)."""

    P: Array
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
        Mean over the batch, in nats.
    tape : Tape
        For :func:`backward`.
    """
    Z = Z - Z.real.max(axis=-1, keepdims=True)
    e = np.exp(Z)
    total = e.sum(axis=-1, keepdims=True)
    picked = Z[np.arange(len(y)), y]
    loss: Array = (np.log(total[:, 0]) - picked).sum() / len(y)
    return loss, Tape(e / total, y)


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
    P, y = tape
    dZ: Array = dloss * (P - onehot(y, P)) / len(y)
    return dZ
