"""Random splits, for data sets without a published split."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import DataError, InputError
from liaf_ref._core.validation import check_index_array, check_int, check_number
from liaf_ref.data.events import aedat2
from liaf_ref.data.events.datasets.layout import ClassFiles, unused_files
from liaf_ref.data.events.datasets.recordings import (
    DatasetSplits,
    RecordingDataset,
    check_complete,
    listed,
)
from liaf_ref.data.share import least_for

Indices = NDArray[np.int64]
WHERE = "stratified_split"


def stratified_split(labels: Indices, fraction: float, seed: int) -> tuple[Indices, Indices]:
    """Hold out the same fraction of every class for testing."""
    # The split depends only on the number of recordings per class and the seed, so that the three
    # scales of MNIST-DVS are split in the same way.
    held = _hold_out(labels, fraction, seed)
    if not _in_two(held):
        raise InputError.for_argument("fraction", WHERE, _too_few(labels, fraction))
    return np.flatnonzero(~held), np.flatnonzero(held)


def _hold_out(labels: Indices, fraction: float, seed: int) -> NDArray[np.bool_]:
    """Mask of the test recordings; all or none if there are too few recordings."""
    labels = check_index_array("labels", labels, ("N",), None, WHERE)
    share = "a number in (0, 1)"
    fraction = check_number("fraction", fraction, WHERE, lambda x: 0 < x < 1, share)
    rng = np.random.default_rng(check_int("seed", seed, WHERE, 0))
    held = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        (members,) = np.nonzero(labels == label)
        held[rng.permutation(members)[: round(len(members) * fraction)]] = True
    return held


def _in_two(held: NDArray[np.bool_]) -> bool:
    return bool(held.any() and not held.all())


def _too_few(labels: Indices, fraction: float) -> str:
    """Return the message about too few recordings."""
    expected = f"expected at least {least_for(fraction)} recordings of each class"
    why = f"so that neither the test fraction {fraction} nor the rest is empty"
    maximum = np.unique_counts(labels).counts.max(initial=0)
    return f"{expected}, {why}, got {len(labels)} in total and at most {maximum} of a class"


def split_dataset(
    title: str,
    classes: tuple[str, ...],
    root: Path,
    class_files: list[ClassFiles],
    fraction: float,
    seed: int,
    partial: bool,
    others: Sequence[str] = (),
) -> DatasetSplits:
    """Make the random split of a data set recorded with a DVS128; errors name ``others``."""
    missing = tuple(text for part in class_files for text in part.missing)
    items = tuple(item for part in class_files for item in part.recordings(root))
    unused = [*unused_files(root, class_files), *others] if missing else []
    every = RecordingDataset(title, classes, aedat2.SENSOR_SIZE, items)
    held = _hold_out(every.labels, fraction, seed)
    if items and not _in_two(held):  # with which ``partial`` would not help
        lacks = f"; missing: {listed(missing)}" if missing else ""
        raise DataError(f"{title} in {root}: {_too_few(every.labels, fraction)}{lacks}")
    check_complete(title, root, len(items), missing, partial, unused)
    train, test = np.flatnonzero(~held), np.flatnonzero(held)
    return DatasetSplits(every.take(train), every.take(test), missing)
