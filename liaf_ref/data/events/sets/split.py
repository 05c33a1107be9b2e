"""A random split where the authors of a data set have made none."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.events import dvs128
from liaf_ref.data.events.sets.layout import Part
from liaf_ref.data.events.sets.recordings import DataSet, Recordings, check_complete
from liaf_ref.door import check_index, check_number, check_whole
from liaf_ref.errors import InputError

Indices = NDArray[np.int64]


def split_stratified(labels: Indices, fraction: float, seed: int) -> tuple[Indices, Indices]:
    """Hold the same share of every class out for testing.

    The draw depends on how many recordings of each class there are, and on nothing else:
    the three scales of MNIST-DVS are split alike.

    Parameters
    ----------
    labels : ndarray of int, shape (N,)
        The class of each recording.
    fraction : float
        Share to hold out, ``0 < fraction < 1``; rounded to whole recordings.
    seed : int
        Seeds the draw.

    Returns
    -------
    train, test : ndarray of int64
        Disjoint, ascending, together ``0 .. N - 1``.

    Raises
    ------
    InputError
        If an argument is not so, or rounding leaves either part empty.
    """
    source = "split_stratified"
    labels = check_index("labels", labels, ("N",), None, source)
    share = "a share in (0, 1)"
    fraction = check_number("fraction", fraction, source, lambda x: 0 < x < 1, share)
    rng = np.random.default_rng(check_whole("seed", seed, source, 0))
    held = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        (members,) = np.nonzero(labels == label)
        held[rng.permutation(members)[: round(len(members) * fraction)]] = True
    if held.all() or not held.any():
        reason = f"expected a recording in either part, got none with {fraction} of {len(labels)}"
        raise InputError.of("fraction", source, reason)
    return np.flatnonzero(~held), np.flatnonzero(held)


def split_parts(
    title: str,
    classes: tuple[str, ...],
    root: Path,
    parts: list[Part],
    fraction: float,
    seed: int,
    partial: bool,
) -> DataSet:
    """Split recordings of a DVS128 that lay on its side.

    Parameters
    ----------
    title : str
        The data set.
    classes : tuple of str
        Names of its labels.
    root : Path
        Its folder.
    parts : list of Part
        A part for each class.
    fraction, seed
        As for :func:`split_stratified`.
    partial : bool
        Whether to go on if files are missing.

    Returns
    -------
    DataSet
        With the same share of every class in ``test``.

    Raises
    ------
    InputError
        If ``fraction`` or ``seed`` is not so.
    DataError
        If something is missing and that is not meant, or there is no recording at all.
    """
    missing = tuple(text for part in parts for text in part.missing)
    items = tuple(item for part in parts for item in part.recordings(root))
    check_complete(title, root, len(items), missing, partial)
    every = Recordings(title, classes, dvs128.SIZE, items)
    train, test = split_stratified(every.labels, fraction, seed)
    return DataSet(every.take(train), every.take(test), missing)
