"""An activation on its own, as behind a normalisation in Fig. 6: Eq. (8) without a threshold."""

from typing import NamedTuple

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair


class Tape(NamedTuple):
    """What the backward pass reads."""

    X: Array


def forward(X: Array, act: Pair) -> tuple[Array, Tape]:
    """Activate.

    Parameters
    ----------
    X : ndarray, any shape
        What Act sees.
    act : Pair
        Act of Eq. (8); the paper uses ReLU here.

    Returns
    -------
    Y : ndarray, shape of X
        Activations.
    tape : Tape
        For :func:`backward`.
    """
    return act.value(X), Tape(X)  # (8)


def backward(dY: Array, tape: Tape, act: Pair) -> Array:
    """Differentiate :func:`forward`.

    Parameters
    ----------
    dY : ndarray, shape of X
        Gradient in the activations.
    tape : Tape
        From :func:`forward`.
    act : Pair
        As given to :func:`forward`.

    Returns
    -------
    dX : ndarray, shape of X
        Gradient in what Act saw.
    """
    return dY * act.slope(tape.X)  # (8)
