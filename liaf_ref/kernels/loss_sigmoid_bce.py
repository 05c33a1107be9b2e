"""Sigmoid with binary cross-entropy, averaged over batch and classes."""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.activation import sigmoid
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.classes import onehot


class Tape(NamedTuple):
    """What the backward pass reads: logits (B, C) and classes (B,)."""

    Z: Array
    y: Array


def forward(Z: Array, y: Array) -> tuple[Array, Tape]:
    """Loss of the logits against the true classes: ``log(1 + exp z) - y z``.

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
    positive = (Z.real > 0).astype(Z.dtype)
    softplus = positive * Z + np.log1p(np.exp((1 - 2 * positive) * Z))  # log(1 + exp Z)
    loss: Array = (softplus - onehot(y, Z) * Z).sum() / Z.size
    return loss, Tape(Z, y)


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
    Z, y = tape
    dZ: Array = dloss * (sigmoid.value(Z) - onehot(y, Z)) / Z.size
    return dZ
