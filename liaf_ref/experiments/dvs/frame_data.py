"""Load or simulate the recordings of a run, and convert them to frames."""

import math
import os
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.declared import given
from liaf_ref._core.errors import DataError, InputError
from liaf_ref.data.events import Preprocessing, cached_frames
from liaf_ref.data.events.datasets.recordings import DatasetSplits, EventDataset
from liaf_ref.experiments.dvs.catalog import DEFAULT_FOLDS, SIMULATED, experiment_spec
from liaf_ref.experiments.dvs.config import DVSConfig
from liaf_ref.experiments.experiment import DataSource
from liaf_ref.experiments.registry import find_experiment
from liaf_ref.training.protocols import ArrayDataset

Indices = NDArray[np.int64]
MAX_FRAMES_BYTES = 2**30  # a part with more is read from a temporary file, batch by batch


class StoredFrames:
    """Frames in a temporary file, which the system frees with this object or if it is killed."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.content: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115
        weakref.finalize(self, self.content.close)
        self.shape = shape
        self.places: dict[int, tuple[int, int]] = {}  # start and length by recording

    def __setitem__(self, k: int, frames: NDArray[np.uint16]) -> None:
        packed = zlib.compress(frames.tobytes(), 1)
        self.places[k] = self.content.seek(0, os.SEEK_END), len(packed)
        self.content.write(packed)

    def __getitem__(self, index: Indices) -> NDArray[np.uint16]:
        return np.stack([self._read(*self.places[k]) for k in index])

    def _read(self, start: int, num_bytes: int) -> NDArray[np.uint16]:
        self.content.seek(start)
        packed = self.content.read(num_bytes)
        return np.frombuffer(zlib.decompress(packed), np.uint16).reshape(self.shape)


@dataclass(frozen=True, eq=False)
class FrameDataset:
    """Event counts as uint16, to save memory; a batch is read and converted to float32."""

    stored: NDArray[np.uint16] | StoredFrames  # of shape (N, T, H, W, 2), of all recordings
    labels: Indices
    rows: Indices | None = None  # which recordings have these labels; None for all

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def counts(self) -> NDArray[np.uint16]:
        """All frames, in memory."""
        return self.stored[self._rows(np.arange(len(self)))]

    def take(self, index: Indices) -> ArrayDataset:
        """Return samples as float32; see :class:`liaf_ref.training.protocols.Dataset`."""
        frames = self.stored[self._rows(index)].astype(np.float32)
        return ArrayDataset((frames,), self.labels[index])

    def subset(self, index: Indices) -> "FrameDataset":
        """Return the samples ``index`` without reading or copying frames."""
        return FrameDataset(self.stored, self.labels[index], self._rows(index))

    def _rows(self, index: Indices) -> Indices:
        return index if self.rows is None else self.rows[index]


@dataclass(frozen=True, eq=False)
class Selection:
    """The recordings of a part, whose events are not counted yet."""

    dataset: EventDataset[Any]
    preprocessing: Preprocessing
    cache: Path | None
    orders: Indices | None  # of the frames of each recording; None as recorded
    binary: bool  # whether a frame has 1 for a pixel with events, not their number

    def __len__(self) -> int:
        return len(self.dataset.recordings)

    @property
    def memory_bytes(self) -> int:
        """Bytes of the frames in memory; none if they are read from a file when they are taken."""
        size = len(self) * math.prod(self.preprocessing.shape) * np.dtype(np.uint16).itemsize
        return size if size <= MAX_FRAMES_BYTES else 0

    def frames(self, k: int) -> NDArray[np.uint16]:
        """The frames of one recording."""
        item = self.dataset.recordings[k]
        counts: NDArray[np.uint16] = (
            self.preprocessing.to_frames(item.events(), item.start)
            if self.cache is None
            else cached_frames(self.cache, item, self.preprocessing)
        )
        if self.orders is not None:
            counts = counts[self.orders[k]]
        return np.minimum(counts, 1) if self.binary else counts

    def load(self, progress: Callable[[Sequence[int]], Iterable[int]] = iter) -> FrameDataset:
        """Count all events now, so that a damaged file is reported before the training."""
        shape = self.preprocessing.shape
        stored: NDArray[np.uint16] | StoredFrames = (
            np.empty((len(self), *shape), np.uint16) if self.memory_bytes else StoredFrames(shape)
        )
        for k in progress(range(len(self))):
            stored[k] = self.frames(k)
        return FrameDataset(stored, self.dataset.labels)


class FrameData(NamedTuple):
    """Frames for training and test, and the hash of their recordings."""

    train: FrameDataset
    test: FrameDataset
    classes: tuple[str, ...]
    sha256: str
    description: str
    groups: Indices | None = None  # which training recordings belong together


def load_frames(
    config: DVSConfig,
    folder: Path | None,
    partial: bool = False,
    cache: Path | None = None,
    progress: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> FrameData:
    """Read recordings of a published folder, or simulate some, and count events into frames."""
    parts = select_parts(config, folder, partial, cache)
    train, test = (part.load(progress) for part in parts)
    recordings, spec = parts[0].dataset, experiment_spec(config.experiment)
    group = spec.group_of
    return FrameData(
        train,
        test,
        recordings.classes,
        " ".join(part.dataset.sha256() for part in parts),
        f"{spec.title}, {'simulated' if folder is None else f'in {folder}'}",
        np.array([group(item) for item in recordings.recordings]) if group else None,
    )


def select_parts(
    config: DVSConfig, folder: Path | None, partial: bool, cache: Path | None
) -> list[Selection]:
    """Select the training and the test recordings, without counting events."""
    title = experiment_spec(config.experiment).title
    parts = _select_recordings(config, _find_recordings(config, folder, partial))
    for part, name in zip(parts, ("training", "test"), strict=True):
        absent = ", ".join(c for k, c in enumerate(part.classes) if k not in part.labels)
        if absent:
            expected = f"expected {name} recordings of every class"
            actual = f"got none of {absent} ({len(part)} in all)"
            raise DataError(f"{title} in {folder}: {expected}, {actual}")
    # uint16 is half the memory of float32; a count too large raises.
    preprocessing = replace(config.scale_settings.preprocessing, dtype="uint16")
    binary = config.events == "binary"
    return [
        Selection(part, preprocessing, cache, _frame_orders(config, len(part), k), binary)
        for k, part in enumerate(parts)
    ]


def _frame_orders(config: DVSConfig, N: int, part: int) -> Indices | None:
    """Draw a random order of the frames of each of N recordings, if they are shuffled."""
    if config.frame_order != "shuffled":
        return None
    rng = np.random.default_rng([config.seed_of_data, 2, part])
    T = config.scale_settings.preprocessing.T
    return rng.permuted(np.tile(np.arange(T), (N, 1)), axis=1)


def _find_recordings(config: DVSConfig, folder: Path | None, partial: bool) -> DatasetSplits[Any]:
    find_experiment(config.experiment).check_source(DataSource(folder))
    known: Any = experiment_spec(config.experiment)  # which has what is called
    if folder is None:
        return known.simulate(config)  # type: ignore[no-any-return]
    for owner in SIMULATED:
        for name in given(config, owner):
            config.refuse_unused(name, "the recordings are not simulated")
    return known.load(folder, config.seed_of_data, partial)  # type: ignore[no-any-return]


def _select_recordings(config: DVSConfig, splits: DatasetSplits[Any]) -> list[EventDataset[Any]]:
    """Select the training and test recordings, with as many per class as the scale has."""
    each = config.scale_settings.max_per_class or (None, None)
    rng = np.random.default_rng([config.seed_of_data, 1])
    both: tuple[EventDataset[Any], EventDataset[Any]] = splits.train, splits.test
    if config.fold is None:
        return [_limit_per_class(most, part, rng) for part, most in zip(both, each, strict=True)]
    items: Any = (*splits.train.recordings, *splits.test.recordings)
    most = None if None in each else sum(filter(None, each))
    pool = _limit_per_class(most, replace(both[0], recordings=items), rng)
    split = split_fold(pool.labels, config.fold, config.folds or DEFAULT_FOLDS, config.seed_of_data)
    return [pool.take(index) for index in split]


def _limit_per_class(
    most: int | None, part: EventDataset[Any], rng: np.random.Generator
) -> EventDataset[Any]:
    """Draw at most so many recordings of each class."""
    if most is None:
        return part
    labels, order = part.labels, rng.permutation(len(part.labels))
    drawn = [order[labels[order] == label][:most] for label in np.unique(labels)]
    return part.take(np.sort(np.concatenate([order[:0], *drawn])))


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
