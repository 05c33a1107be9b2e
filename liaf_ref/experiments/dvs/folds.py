"""Cross-validation: recordings of both parts, split anew into parts of equal shares of a class."""

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_int
from liaf_ref._core.validation.scalars import short_text

DEFAULT_FOLDS = 5
Indices = NDArray[np.int64]


def check_fold(fold: int | None, folds: int | None, where: str) -> None:
    """Refuse a fold that is none, and a number of folds without one.

    Parameters
    ----------
    fold, folds : int or None
        Which, counted from 1, of how many; of 5 if that is left out.
    where : str
        The run.

    Raises
    ------
    InputError
        If one of them is not so.
    """
    if folds is not None:
        check_int("folds", folds, where, 2, 1000)
        if fold is None:
            raise InputError.for_argument(
                "folds", where, f"expected none without `fold`, got {short_text(folds)}"
            )
    if fold is not None:
        check_int("fold", fold, where, 1, folds or DEFAULT_FOLDS)


def split_fold(labels: Indices, fold: int, folds: int, seed: int) -> tuple[Indices, Indices]:
    """Hold one fold out.

    Parameters
    ----------
    labels : ndarray of int, shape (N,)
        Classes; each is dealt to the folds in a random order, the next class going on where
        the last one ended, so that folds differ by one recording at most.
    fold, folds : int
        Which, counted from 1, of how many.
    seed : int
        Seeds the order; the same for all folds, which are then disjoint.

    Returns
    -------
    train, test : ndarray of int64
        Ascending, together ``0 .. N - 1``.
    """
    rng = np.random.default_rng([seed, 3])
    dealt = np.empty(len(labels), np.int64)
    order = np.concatenate(
        [rng.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    )
    dealt[order] = np.arange(len(labels)) % folds
    held = dealt == fold - 1
    return np.flatnonzero(~held), np.flatnonzero(held)
