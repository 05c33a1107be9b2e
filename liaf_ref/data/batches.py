"""Validation splits and batches."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import real
from liaf_ref._core.validation import check_index_array, check_positive_int, check_rng

Indices = NDArray[np.int64]


def split_validation(
    groups: Indices, fraction: float, rng: np.random.Generator | int, unit: str = "groups"
) -> tuple[Indices, Indices]:
    """Set random groups of the training set aside for model selection.

    Samples of one group, such as the questions of one story, stay together, because they are not
    independent of each other.

    Parameters
    ----------
    groups : ndarray of int, shape (N,)
        The group each sample belongs to.
    fraction : float
        Share of the groups to set aside, ``0 <= fraction < 1``; rounded to whole
        groups.
    rng : numpy.random.Generator or int
        Decides which groups are set aside.
    unit : str
        What a group is, in the plural, for messages: stories, people.

    Returns
    -------
    train, validation : ndarray of int64
        Disjoint, ascending, together ``0 .. N - 1``.

    Raises
    ------
    InputError
        If an argument is out of range, or if rounding leaves either part empty
        (with ``fraction = 0`` the validation part is empty).

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.data import split_validation
    >>> train, validation = split_validation(np.array([7, 7, 8, 8, 9, 9]), 0.3, rng=0)
    >>> train.tolist(), validation.tolist()
    ([0, 1, 2, 3], [4, 5])
    """
    groups = check_index_array("groups", groups, ("N",), None, "split_validation")
    names = np.unique(groups)
    fraction = real(0, 1, closed="[)").check("fraction", fraction, "split_validation")
    held = round(len(names) * fraction)
    if held == len(names) or (held == 0 and fraction > 0):
        why = f"that neither the fraction {fraction} nor the rest is empty"
        reason = f"expected enough {unit} {why}, got {len(names)}"
        raise InputError.for_argument("fraction", "split_validation", reason)
    order = check_rng("rng", rng, "split_validation").permutation(names)
    chosen = np.isin(groups, order[:held])
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def batches(n: int, size: int, rng: np.random.Generator | int) -> Iterator[Indices]:
    """Divide one pass over a data set, in random order, into batches.

    Parameters
    ----------
    n : int
        Size of the data set.
    size : int
        Samples per batch; the last batch holds what is left.
    rng : numpy.random.Generator or int
        Decides the order; it is drawn in this call, not at the first batch.

    Returns
    -------
    iterator of ndarray of int64
        Indices; every one of ``0 .. n - 1`` comes exactly once.

    Raises
    ------
    InputError
        If ``n`` or ``size`` is below 1 or ``rng`` is neither a generator nor a seed.

    Examples
    --------
    >>> from liaf_ref.data import batches
    >>> [len(indices) for indices in batches(7, 3, rng=0)]
    [3, 3, 1]
    """
    n, size = check_positive_int("n", n, "batches"), check_positive_int("size", size, "batches")
    order = check_rng("rng", rng, "batches").permutation(n)
    return (order[start : start + size] for start in range(0, n, size))
