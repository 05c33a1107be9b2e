"""Load or simulate the recordings of a run, and convert them to frames."""

import math
import os
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.declared import given
from liaf_ref._core.errors import DataError, InputError
from liaf_ref.data.events import Preprocessing, cached_frames
from liaf_ref.data.events.datasets.recordings import DatasetSplits, RecordingDataset
from liaf_ref.data.events.preprocessing import CacheEntry, cache_entry
from liaf_ref.data.simulator import SimulatedDataset, SimulatedSplits
from liaf_ref.experiments.dvs.catalog import SIMULATED, experiment_spec
from liaf_ref.experiments.dvs.config import DVSConfig
from liaf_ref.experiments.dvs.scales import DEFAULT_FOLDS
from liaf_ref.training.protocols import ArrayDataset

Indices = NDArray[np.int64]
AnyEventDataset = RecordingDataset | SimulatedDataset
MAX_FRAMES_BYTES = 2**30  # a part with more is read from the cache, batch by batch


@dataclass(frozen=True, eq=False)
class FrameDataset:
    """Event counts as uint16, to save memory; a batch is converted to float32."""

    counts: NDArray[np.uint16]  # shape (N, T, H, W, 2)
    labels: NDArray[np.int64]  # shape (N,)

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: NDArray[np.int64]) -> ArrayDataset:
        """Return samples as float32; see :class:`liaf_ref.training.protocols.Dataset`."""
        return ArrayDataset((self.counts[index].astype(np.float32),), self.labels[index])

    def subset(self, index: NDArray[np.int64]) -> "FrameDataset":
        """Return the samples ``index`` as uint16."""
        return FrameDataset(self.counts[index], self.labels[index])


class UnnamedFile:
    """A temporary file that is closed with this object; the system frees it if it is killed."""

    def __init__(self) -> None:
        self.content: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115
        weakref.finalize(self, self.content.close)

    def append(self, frames: NDArray[np.uint16]) -> "StoredFrames":
        """Store frames at the end."""
        packed = zlib.compress(frames.tobytes(), 1)
        start = self.content.seek(0, os.SEEK_END)
        self.content.write(packed)
        return StoredFrames(self, start, len(packed), frames.shape)


class StoredFrames(NamedTuple):
    """Where frames are in a temporary file."""

    file: UnnamedFile
    start: int
    num_bytes: int
    shape: tuple[int, ...]

    def read(self) -> NDArray[np.uint16]:
        """Read the frames."""
        self.file.content.seek(self.start)
        packed = self.file.content.read(self.num_bytes)
        return np.frombuffer(zlib.decompress(packed), np.uint16).reshape(self.shape)


@dataclass(frozen=True, eq=False)
class FrameStream:
    """Frames that are read from a cache when they are taken: slower, in bounded memory."""

    entries: tuple[CacheEntry | StoredFrames, ...]
    labels: NDArray[np.int64]
    orders: NDArray[np.int64] | None  # of the frames; None as recorded
    events: str | None  # what their values are

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def counts(self) -> NDArray[np.uint16]:
        """Refuse to read all frames at once, as they may not fit into memory."""
        actual = f"{len(self)} recordings with more than {MAX_FRAMES_BYTES / 1e6:,.0f} MB of frames"
        raise DataError(f"expected frames in memory, got {actual}; take them in batches")

    def take(self, index: NDArray[np.int64]) -> ArrayDataset:
        """Return samples as float32; see :class:`liaf_ref.training.protocols.Dataset`."""
        counts = np.stack([self.entries[k].read() for k in index])
        frames = frame_values(counts, self.events).astype(np.float32)
        if self.orders is not None:
            frames = reorder_frames(frames, self.orders[index])
        return ArrayDataset((frames,), self.labels[index])

    def subset(self, index: NDArray[np.int64]) -> "FrameStream":
        """Return the samples ``index`` without reading frames."""
        orders = None if self.orders is None else self.orders[index]
        entries = tuple(self.entries[k] for k in index)
        return replace(self, entries=entries, labels=self.labels[index], orders=orders)


@dataclass(frozen=True, eq=False)
class Selection:
    """The recordings of a part, whose events are not counted yet."""

    recordings: AnyEventDataset
    labels: NDArray[np.int64]
    preprocessing: Preprocessing
    cache: Path | None
    orders: NDArray[np.int64] | None  # of the frames; None as recorded
    events: str | None  # what their values are

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def num_bytes(self) -> int:
        """Bytes of the frames as uint16."""
        return len(self) * math.prod(self.preprocessing.shape) * np.dtype(np.uint16).itemsize

    @property
    def is_large(self) -> bool:
        """Whether the frames are read from a cache when they are taken."""
        return self.num_bytes > MAX_FRAMES_BYTES

    def count_events(self, k: int) -> NDArray[np.uint16]:
        """Count the events of one recording into frames."""
        item = self.recordings.recordings[k]
        counts: NDArray[np.uint16] = self.preprocessing.to_frames(item.events(), item.start)
        return counts


Frames = FrameDataset | FrameStream


class FrameData(NamedTuple):
    """Frames for training and test, and the hash of their recordings."""

    train: Frames
    test: Frames
    classes: tuple[str, ...]
    sha256: str
    description: str
    groups: NDArray[np.int64] | None = None  # which training recordings belong together


def load_frames(
    config: DVSConfig,
    folder: Path | None,
    partial: bool = False,
    cache: Path | None = None,
    progress: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> FrameData:
    """Read recordings of a published folder, or simulate some, and count events into frames."""
    parts = select_parts(config, folder, partial, cache)
    train, test = (
        in_cache(part, progress) if part.is_large else in_memory(part, progress) for part in parts
    )
    recordings = parts[0].recordings
    group = experiment_spec(config.experiment).group_of
    return FrameData(
        train,
        test,
        recordings.classes,
        " ".join(part.recordings.sha256() for part in parts),
        describe_source(experiment_spec(config.experiment).title, folder),
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
    return [_select(config, part, k, cache) for k, part in enumerate(parts)]


def describe_source(title: str, folder: Path | None) -> str:
    """Describe the recordings: simulated, or their folder."""
    return f"{title}, simulated" if folder is None else f"{title}, in {folder}"


def _find_recordings(
    config: DVSConfig, folder: Path | None, partial: bool
) -> DatasetSplits | SimulatedSplits:
    known = experiment_spec(config.experiment)
    if folder is not None and known.load is None:
        reason = f"expected no folder, as {known.title} is simulated, got {folder}"
        raise InputError.for_argument("data", f"run {config.experiment}", reason)
    if folder is not None:
        for owner in SIMULATED:
            for name in given(config, owner):
                config.refuse_unused(name, "the recordings are not simulated")
    if folder is not None and known.load is not None:
        return known.load(folder, config.seed_of_data, partial)
    if known.simulate is None:
        reason = (
            f"expected the folder of the published {known.title}, as there is no simulation, "
            "got none"
        )
        raise InputError.for_argument("data", f"run {config.experiment}", reason)
    return known.simulate(config.seed_of_data, config.scale_settings)


def _select_recordings(
    config: DVSConfig, splits: DatasetSplits | SimulatedSplits
) -> list[AnyEventDataset]:
    """Select the training and test recordings, with as many per class as the scale has."""
    each = config.scale_settings.max_per_class or (None, None)
    rng = np.random.default_rng([config.seed_of_data, 1])
    if config.fold is None:
        both: tuple[AnyEventDataset, AnyEventDataset] = splits.train, splits.test
        return [
            _limit_per_class(maximum, part, rng) for part, maximum in zip(both, each, strict=True)
        ]
    items: Any = (*splits.train.recordings, *splits.test.recordings)
    pool: AnyEventDataset = replace(splits.train, recordings=items)
    both_parts = [maximum for maximum in each if maximum is not None]
    pool = _limit_per_class(sum(both_parts) if len(both_parts) == len(each) else None, pool, rng)
    split = split_fold(pool.labels, config.fold, config.folds or DEFAULT_FOLDS, config.seed_of_data)
    return [pool.take(index) for index in split]


def _limit_per_class(
    max_per_class: int | None, part: AnyEventDataset, rng: np.random.Generator
) -> AnyEventDataset:
    return (
        part
        if max_per_class is None
        else part.take(np.sort(_draw_per_class(part.labels, max_per_class, rng)))
    )


def _draw_per_class(
    labels: NDArray[np.int64], max_per_class: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw the indices of at most ``max_per_class`` recordings of each class."""
    order = rng.permutation(len(labels))
    groups: Iterator[NDArray[np.int64]] = (
        order[labels[order] == label][:max_per_class] for label in np.unique(labels)
    )
    return np.concatenate([order[:0], *groups])


def _select(config: DVSConfig, part: AnyEventDataset, k: int, cache: Path | None) -> Selection:
    # uint16 is half the memory of float32; a count too large raises.
    preprocessing = replace(config.scale_settings.preprocessing, dtype="uint16")
    orders = None
    if config.frame_order == "shuffled":
        rng = np.random.default_rng([config.seed_of_data, 2, k])
        orders = draw_frame_orders(len(part), preprocessing.T, rng)
    return Selection(part, part.labels, preprocessing, cache, orders, config.events)


def in_cache(
    part: Selection, progress: Callable[[Sequence[int]], Iterable[int]] = iter
) -> FrameStream:
    """Count all events now, and keep the frames in the cache or in a temporary file."""
    # All files are read here, so that a damaged one is reported before the training.
    file = UnnamedFile()
    entries: list[CacheEntry | StoredFrames] = []
    for k in progress(range(len(part))):
        if part.cache is None:
            entries.append(file.append(part.count_events(k)))
        else:
            item = part.recordings.recordings[k]
            entry = cache_entry(part.cache, item, part.preprocessing)
            entry.read_or_make(item)
            entries.append(entry)
    return FrameStream(tuple(entries), part.labels, part.orders, part.events)


def in_memory(
    part: Selection, progress: Callable[[Sequence[int]], Iterable[int]] = iter
) -> FrameDataset:
    """Count all events now."""
    preprocessing, cache = part.preprocessing, part.cache
    counts = np.empty((len(part), *preprocessing.shape), np.uint16)
    for k in progress(range(len(part))):
        if cache is not None:
            counts[k] = cached_frames(cache, part.recordings.recordings[k], preprocessing)
        else:
            counts[k] = part.count_events(k)
    if part.orders is not None:
        counts = reorder_frames(counts, part.orders)
    return FrameDataset(frame_values(counts, part.events), part.labels)


def draw_frame_orders(N: int, T: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw a random order of the T frames for each of N recordings."""
    return rng.permuted(np.tile(np.arange(T), (N, 1)), axis=1)


def reorder_frames(counts: NDArray[Any], orders: NDArray[np.int64]) -> NDArray[Any]:
    """Bring the frames of each recording into its order."""
    mixed: NDArray[Any] = counts[np.arange(len(counts))[:, None], orders]
    return mixed


def frame_values(counts: NDArray[Any], events: str | None) -> NDArray[Any]:
    """The values of frames: counts of events by default, or 1 where there are any."""
    return np.minimum(counts, 1) if events == "binary" else counts


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
