"""The embedding of Fig. 5: a row of E for every token, and its scatter-add."""

from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array


class Tape(NamedTuple):
    """What the backward pass reads."""

    ids: Array
    E: Array


def forward(ids: Array, E: Array) -> tuple[Array, Tape]:
    """Look the tokens up.

    Parameters
    ----------
    ids : ndarray of int, shape (B, T)
        Token numbers; 0 is the padding, which has a trained row like any other.
    E : ndarray, shape (N, K)
        One row per token of the vocabulary.

    Returns
    -------
    X : ndarray, shape (B, T, K)
        The tokens' rows.
    tape : Tape
        For :func:`backward`.
    """
    return E[ids], Tape(ids, E)


def backward(dX: Array, tape: Tape) -> Array:
    """Differentiate :func:`forward`: a token that came twice collects twice.

    Parameters
    ----------
    dX : ndarray, shape (B, T, K)
        Gradient in the looked-up rows.
    tape : Tape
        From :func:`forward`.

    Returns
    -------
    dE : ndarray, shape (N, K)
        Gradient in the table.
    """
    dE = np.zeros_like(tape.E)
    np.add.at(dE, tape.ids, dX)
    return dE
