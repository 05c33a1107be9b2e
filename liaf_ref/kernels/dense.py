"""Dense synaptic integration, first case of Eq. (2)."""

from typing import NamedTuple

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.sharing import sum_to


class Params(NamedTuple):
    """Weights ``W`` of shape ``(K, L)`` and bias ``b``, ``(L,)``; without bias ``b`` is 0."""

    W: Array
    b: Array


class Tape(NamedTuple):
    """What the backward pass reads."""

    X: Array
    p: Params


def forward(X: Array, p: Params) -> tuple[Array, Tape]:
    """Integrate the activations of the layer below.

    Parameters
    ----------
    X : ndarray, shape (..., K)
        Activations; leading axes are batch and time.
    p : Params
        Weights and bias.

    Returns
    -------
    I : ndarray, shape (..., L)
        Synaptic input.
    tape : Tape
        For :func:`backward`.
    """
    return X @ p.W + p.b, Tape(X, p)  # (2)


def backward(dI: Array, tape: Tape) -> tuple[Array, Params]:
    """Differentiate :func:`forward`.

    Parameters
    ----------
    dI : ndarray, shape (..., L)
        Gradient in the synaptic input.
    tape : Tape
        From :func:`forward`.

    Returns
    -------
    dX : ndarray, shape (..., K)
        Gradient in the activations.
    dp : Params
        Gradients in weights and bias, summed over batch and time.
    """
    W = tape.p.W
    dX = dI @ W.T  # (2)
    return dX, backward_params(dI, tape)


def backward_params(dI: Array, tape: Tape) -> Params:
    """Differentiate :func:`forward` in the parameters alone, for inputs that are data.

    Parameters
    ----------
    dI, tape
        As for :func:`backward`.

    Returns
    -------
    Params
        Gradients in weights and bias, summed over batch and time.
    """
    X, p = tape
    K, L = p.W.shape
    db = sum_to(dI, p.b.shape)  # (2)
    dW = X.reshape(-1, K).T @ dI.reshape(-1, L)  # (2)
    return Params(dW, db)
