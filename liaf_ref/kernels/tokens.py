"""Embedded tokens integrated by Eq. (2): the input drive of a temporal layer in Fig. 5."""

from typing import NamedTuple

from liaf_ref.kernels import dense, embedding
from liaf_ref.kernels.array import Array


class Tape(NamedTuple):
    """What the backward pass reads."""

    embedding: embedding.Tape
    dense: dense.Tape


def forward(ids: Array, E: Array, p: dense.Params) -> tuple[Array, Tape]:
    """Look the tokens up and integrate them.

    Parameters
    ----------
    ids : ndarray of int, shape (B, T)
        Token numbers.
    E : ndarray, shape (N, K)
        Embedding table.
    p : dense.Params
        Weights (K, L) and bias (L,).

    Returns
    -------
    I : ndarray, shape (B, T, L)
        Synaptic input.
    tape : Tape
        For :func:`backward`.
    """
    X, looked_up = embedding.forward(ids, E)
    I, integrated = dense.forward(X, p)  # (2)
    return I, Tape(looked_up, integrated)


def backward(dI: Array, tape: Tape) -> tuple[Array, dense.Params]:
    """Differentiate :func:`forward`.

    Parameters
    ----------
    dI : ndarray, shape (B, T, L)
        Gradient in the synaptic input.
    tape : Tape
        From :func:`forward`.

    Returns
    -------
    dE : ndarray, shape (N, K)
        Gradient in the table.
    dp : dense.Params
        Gradients in weights and bias.
    """
    dX, dp = dense.backward(dI, tape.dense)  # (2)
    return embedding.backward(dX, tape.embedding), dp
