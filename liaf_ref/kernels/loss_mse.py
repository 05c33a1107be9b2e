"""Mean squared error; against the one-hot class, of the mean over time, in Section VI-C."""

from typing import NamedTuple

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.classes import targets


class Tape(NamedTuple):
    """What the backward pass reads: errors (B, C)."""

    E: Array


def forward(Z: Array, y: Array) -> tuple[Array, Tape]:
    """Loss of the outputs, averaged over time by :mod:`liaf_ref.kernels.readout`.

    Parameters
    ----------
    Z : ndarray, shape (B, C)
        Outputs.
    y : ndarray of int, shape (B,), or of float, shape (B, C)
        True classes, or what each output should be.

    Returns
    -------
    loss : ndarray, shape ()
        Mean over batch and classes.
    tape : Tape
        For :func:`backward`.
    """
    E = Z - targets(y, Z)
    loss: Array = (E * E).sum() / E.size
    return loss, Tape(E)


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
        Gradient in the outputs.
    """
    dZ: Array = dloss * 2 * tape.E / tape.E.size
    return dZ
