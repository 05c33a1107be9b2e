"""Splits of recordings that are balanced by class."""

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_int
from liaf_ref._core.validation.scalars import short_text

DEFAULT_FOLDS = 5
Indices = NDArray[np.int64]


def check_fold(fold: int | None, folds: int | None, where: str) -> None:
    """Refuse an invalid fold, and a number of folds without a fold."""
    if folds is not None:
        check_int("folds", folds, where, 2, 1000)
        if fold is None:
            raise InputError.for_argument(
                "folds",
                where,
                f"expected `fold` too, the fold to test on, got folds {short_text(folds)} alone",
            )
    if fold is not None:
        check_int("fold", fold, where, 1, folds or DEFAULT_FOLDS)


def split_per_class(
    labels: Indices, each: int, rng: np.random.Generator, where: str
) -> tuple[Indices, Indices]:
    """Return the indices of the rest, and of ``each`` recordings of every class."""
    fewest = int(np.bincount(labels.astype(np.intp, copy=False)).min())
    if each >= fewest:
        reason = f"expected fewer than the {fewest} training recordings of a class, got {each}"
        if fewest == 1:
            reason = f"expected no value, as a class has only one training recording, got {each}"
        raise InputError.for_argument("validation_per_class", where, reason)
    drawn = [rng.permutation(np.flatnonzero(labels == label))[:each] for label in np.unique(labels)]
    held = np.isin(np.arange(len(labels)), np.concatenate(drawn))
    return np.flatnonzero(~held), np.flatnonzero(held)


def split_fold(labels: Indices, fold: int, folds: int, seed: int) -> tuple[Indices, Indices]:
    """Return the indices of the other folds, and of the fold that is held out."""
    rng = np.random.default_rng([seed, 3])
    dealt = np.empty(len(labels), np.int64)
    order = np.concatenate(
        [rng.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    )
    dealt[order] = np.arange(len(labels)) % folds
    held = dealt == fold - 1
    return np.flatnonzero(~held), np.flatnonzero(held)
