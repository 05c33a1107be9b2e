"""Where a run's recordings come from, and the frames they become."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.events import Preparation, cached_frames
from liaf_ref.data.events.sets import load_n_mnist
from liaf_ref.data.events.sets.recordings import DataSet, Recordings
from liaf_ref.door import check_choice
from liaf_ref.errors import DataError
from liaf_ref.experiments.vision.config import Config
from liaf_ref.training.loop import Examples

LOADERS: dict[str, Callable[[Path, bool], DataSet]] = {"n-mnist": load_n_mnist}


@dataclass(frozen=True, eq=False)
class Frames:
    """Counts of events, as small as they came; a batch of them becomes float32.

    Attributes
    ----------
    counts : ndarray of unsigned int, shape (N, T, H, W, 2)
        As :meth:`Preparation.frames` gives them.
    labels : ndarray of int64, shape (N,)
        Classes.
    """

    counts: NDArray[np.unsignedinteger]
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
    """Frames of both parts, and the hash of the recordings they are made from."""

    train: Frames
    test: Frames
    classes: tuple[str, ...]
    sha256: str
    source: str


def load(
    config: Config,
    folder: Path,
    partial: bool = False,
    cache: Path | None = None,
    progress: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> Data:
    """Read recordings of a published folder and count their events into frames.

    Parameters
    ----------
    config : Config
        Whose experiment, scale and seed say which recordings, and which frames.
    folder : Path
        The published folder, or the one around it.
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
        If an argument is not so.
    DataError or FormatError
        If the folder or a file is not the data set's, or a class has no recordings.
    """
    name = check_choice("experiment", config.experiment, LOADERS, "Section VI")
    found = LOADERS[name](folder, partial)
    each = config.sizes.each or (None, None)
    rng = np.random.default_rng([config.seed, 1])
    parts = [
        part if most is None else part.take(np.sort(_some(part.labels, most, rng)))
        for part, most in zip((found.train, found.test), each, strict=True)
    ]
    for part, title in zip(parts, ("training", "test"), strict=True):
        absent = [c for k, c in enumerate(part.classes) if k not in part.labels]
        if absent:
            raise DataError(
                f"{folder}: expected {title} recordings of every class, got none of "
                f"{', '.join(absent)}"
            )
    train, test = (_frames(part, config.sizes.preparation, cache, progress) for part in parts)
    digests = " ".join(part.sha256() for part in parts)
    return Data(train, test, parts[0].classes, digests, f"{found.train.source} in {folder}")


def _some(labels: NDArray[np.int64], most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the numbers of at most so many of each class."""
    order = rng.permutation(len(labels))
    groups: Iterator[NDArray[np.int64]] = (
        order[labels[order] == label][:most] for label in np.unique(labels)
    )
    return np.concatenate(list(groups))


def _frames(
    part: Recordings,
    preparation: Preparation,
    cache: Path | None,
    progress: Callable[[Sequence[int]], Iterable[int]],
) -> Frames:
    counts = np.empty((len(part), *preparation.shape), preparation.dtype)
    for k in progress(range(len(part))):
        item = part.items[k]
        if cache is not None:
            counts[k] = cached_frames(cache, item, preparation)
        else:
            counts[k] = preparation.frames(item.events(), item.start)
    return Frames(counts, part.labels)
