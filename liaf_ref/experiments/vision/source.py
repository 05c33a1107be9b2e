"""Where a run's recordings come from, and the frames they become."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.events import Preparation, cached_frames
from liaf_ref.data.events.sets.recordings import DataSet, Recordings
from liaf_ref.data.simulator import SimulatedSet, Simulations
from liaf_ref.errors import DataError, InputError
from liaf_ref.experiments.vision.catalogue import experiment
from liaf_ref.experiments.vision.config import Config
from liaf_ref.experiments.vision.folds import FOLDS, split_fold
from liaf_ref.experiments.vision.frames import shuffled
from liaf_ref.training.loop import Examples

Part = Recordings | Simulations


@dataclass(frozen=True, eq=False)
class Frames:
    """Counts of events, as small as they came; a batch of them becomes float32.

    Attributes
    ----------
    counts : ndarray of uint16, shape (N, T, H, W, 2)
        As :meth:`Preparation.frames` gives them.
    labels : ndarray of int64, shape (N,)
        Classes.
    """

    counts: NDArray[np.uint16]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: NDArray[np.int64]) -> Examples:
        """Give those of these numbers; see :class:`liaf_ref.training.protocols.Samples`."""
        return Examples((self.counts[index].astype(np.float32),), self.labels[index])

    def only(self, index: NDArray[np.int64]) -> "Frames":
        """Give those of these numbers as they are."""
        return Frames(self.counts[index], self.labels[index])


class Data(NamedTuple):
    """Frames of both parts, and the hash of the recordings they are made from.

    ``groups``, if any, says which training recordings belong together.
    """

    train: Frames
    test: Frames
    classes: tuple[str, ...]
    sha256: str
    source: str
    groups: NDArray[np.int64] | None = None


def load(
    config: Config,
    folder: Path | None,
    partial: bool = False,
    cache: Path | None = None,
    progress: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> Data:
    """Read recordings of a published folder, or simulate some, and count events into frames.

    Parameters
    ----------
    config : Config
        Whose experiment, scale and seed say which recordings, and which frames.
    folder : Path or None
        The published folder, or the one around it; None for simulated recordings.
    partial : bool
        Whether to go on with what is there of a folder that is not whole.
    cache : Path, optional
        Where frames are kept for another time.
    progress : callable
        Given the numbers of a part's recordings, hands them on; to show how far it is.

    Returns
    -------
    Data
        As many recordings of each class as the scale takes, drawn by the seed.

    Raises
    ------
    InputError
        If an argument is not so, or there is no simulation of the data set.
    DataError or FormatError
        If the folder or a file is not the data set's, or a class has no recordings.
    """
    title = experiment(config.experiment).title
    parts = _parts(config, _find(config, folder, partial))
    for part, name in zip(parts, ("training", "test"), strict=True):
        absent = ", ".join(c for k, c in enumerate(part.classes) if k not in part.labels)
        if absent:
            wanted = f"expected {name} recordings of every class"
            came = f"got none of {absent} ({len(part)} in all)"
            raise DataError(f"{title} in {folder}: {wanted}, {came}")
    train, test = (_frames(part, config.sizes.preparation, cache, progress) for part in parts)
    if config.frame_order == "shuffled":
        train, test = (
            Frames(shuffled(part.counts, np.random.default_rng([config.seed, 2, k])), part.labels)
            for k, part in enumerate((train, test))
        )
    digests = " ".join(part.sha256() for part in parts)
    group = experiment(config.experiment).group
    groups = np.array([group(item) for item in parts[0].items]) if group else None
    return Data(train, test, parts[0].classes, digests, described(title, folder), groups)


def described(title: str, folder: Path | None) -> str:
    """Say which recordings a data set's are."""
    return f"{title}, simulated" if folder is None else f"{title}, in {folder}"


def _find(config: Config, folder: Path | None, partial: bool) -> DataSet | SimulatedSet:
    known = experiment(config.experiment)
    if folder is not None and known.load is None:
        reason = f"expected none, {known.title} is simulated; got {folder}"
        raise InputError.of("data", f"run {config.experiment}", reason)
    if folder is not None and known.load is not None:
        return known.load(folder, config.seed, partial)
    if known.simulate is None:
        reason = f"expected the published folder of {known.title}, of which there is no simulation"
        raise InputError.of("data", f"run {config.experiment}", reason)
    return known.simulate(config.seed, config.sizes)


def _parts(config: Config, found: DataSet | SimulatedSet) -> list[Part]:
    """Training and test recordings, as many of a class as the scale takes."""
    each = config.sizes.each or (None, None)
    rng = np.random.default_rng([config.seed, 1])
    if config.fold is None:
        both: tuple[Part, Part] = found.train, found.test
        return [_at_most(most, part, rng) for part, most in zip(both, each, strict=True)]
    items: Any = (*found.train.items, *found.test.items)
    pool: Part = replace(found.train, items=items)
    pool = _at_most(config.sizes.each and sum(config.sizes.each), pool, rng)
    split = split_fold(pool.labels, config.fold, config.folds or FOLDS, config.seed)
    return [pool.take(index) for index in split]


def _at_most(most: int | None, part: Part, rng: np.random.Generator) -> Part:
    return part if most is None else part.take(np.sort(_some(part.labels, most, rng)))


def _some(labels: NDArray[np.int64], most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the numbers of at most so many of each class."""
    order = rng.permutation(len(labels))
    groups: Iterator[NDArray[np.int64]] = (
        order[labels[order] == label][:most] for label in np.unique(labels)
    )
    return np.concatenate([order[:0], *groups])


def _frames(
    part: Part,
    preparation: Preparation,
    cache: Path | None,
    progress: Callable[[Sequence[int]], Iterable[int]],
) -> Frames:
    preparation = replace(preparation, dtype="uint16")  # half of float32, and refuses to overflow
    counts = np.empty((len(part), *preparation.shape), np.uint16)
    for k in progress(range(len(part))):
        item = part.items[k]
        if cache is not None:
            counts[k] = cached_frames(cache, item, preparation)
        else:
            counts[k] = preparation.frames(item.events(), item.start)
    return Frames(counts, part.labels)
