"""Find the files of a data set in a folder; CIFAR10-DVS, MNIST-DVS and N-MNIST (Section VI-B)."""

import re
import tomllib
from collections.abc import Collection, Iterable
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import DataError, InputError
from liaf_ref._core.kinds import real
from liaf_ref._core.text import short_text
from liaf_ref._core.validation import check_index_array, check_int, check_path
from liaf_ref.data.events import records
from liaf_ref.data.events.datasets import recordings
from liaf_ref.data.events.datasets.recordings import DatasetSplits, EventDataset, Recording
from liaf_ref.data.events.readers import AEDAT_SUFFIXES, FORMAT_BY_SUFFIX

LAYOUTS: dict[str, dict[str, Any]] = tomllib.loads(
    resources.files(__package__).joinpath("layouts.toml").read_text("utf-8")
)
RECORDING_SUFFIXES = (*AEDAT_SUFFIXES, *FORMAT_BY_SUFFIX)


class DatasetNotFoundError(DataError):
    """A folder does not contain the data set at all."""


class Found(NamedTuple):
    """The files of a data set in a folder."""

    root: Path
    recordings: tuple[Recording, ...]
    missing: list[str]  # descriptions
    expected_count: int  # how many recordings were published
    folders: set[Path]  # where they can be


def find_root(
    title: str, folder: Path | str, names: Iterable[str], contents: Collection[str]
) -> Path:
    """Find the folder of a data set, by a part of its contents."""
    path = check_path("folder", folder, title)
    places = [path, *(path / name for name in names)]
    for place in places:
        if any((place / name).exists() for name in contents):
            return place
    looked = ", ".join(str(place) for place in places)
    expected = f"expected a folder of the data set in one of {looked}"
    raise DatasetNotFoundError(f"{title}: {expected}, got none")


def numbered_files(folders: Iterable[Path], pattern: str) -> tuple[Path, ...]:
    """List the files whose names match a pattern, by number."""
    found: dict[int, Path] = {}
    form = re.compile(pattern)
    for folder in folders:
        for path in entries(folder):
            if match := form.fullmatch(path.name):
                number = int(match[1])
                if number in found:
                    expected = f"expected recording {number} once"
                    raise DataError(f"{path}: {expected}, got it in {found[number]} too")
                found[number] = path
    return tuple(found[number] for number in sorted(found))


def unused_files(root: Path, folders: Iterable[Path], used: Collection[Path]) -> list[str]:
    """List the recordings in the folders of a data set whose names do not belong to it."""
    return sorted(
        short_text(path.relative_to(root).as_posix())
        for folder in set(folders)
        for path in entries(folder)
        if path.suffix in RECORDING_SUFFIXES and path not in used
    )


def entries(folder: Path) -> list[Path]:
    """List the content of a folder by name; empty if it is not a folder."""
    return sorted(folder.iterdir(), key=lambda path: path.name) if folder.is_dir() else []


Indices = NDArray[np.int64]
SPLIT = "stratified_split"


def stratified_split(labels: Indices, fraction: float, seed: int) -> tuple[Indices, Indices]:
    """Hold out the same fraction of every class for testing."""
    # The split depends only on the number of recordings per class and the seed, so that the three
    # scales of MNIST-DVS are split in the same way.
    labels = check_index_array("labels", labels, ("N",), None, SPLIT)
    fraction = real(0, 1, closed="()").check("fraction", fraction, SPLIT)
    rng = np.random.default_rng(check_int("seed", seed, SPLIT, 0))
    held = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        (members,) = np.nonzero(labels == label)
        held[rng.permutation(members)[: round(len(members) * fraction)]] = True
    if held.all() or not held.any():
        expected = "expected recordings enough of a class"
        why = f"that neither the test fraction {fraction} nor the rest is empty"
        maximum = np.unique_counts(labels).counts.max(initial=0)
        reason = f"{expected}, {why}, got {len(labels)} in total and at most {maximum} of a class"
        raise InputError.for_argument("fraction", SPLIT, reason)
    return np.flatnonzero(~held), np.flatnonzero(held)


class ImageSet(NamedTuple):
    """The published files of a data set; see ``layouts.toml``."""

    title: str
    folder_names: list[str]  # that its folder may have
    classes: list[str]
    class_name: str
    class_folders: list[str]  # in the data set
    pattern: str  # of the names of files; its group is the number
    counts: dict[str, list[int]]  # files of each class, by part

    def find(self, folder: Path | str, part: str | None = None) -> Found:
        """List the files of the classes, of one part or of all."""
        inside = [
            each.format(part=part, name=name)
            for part in self.counts
            for name in self.classes
            for each in self.class_folders
        ]

        root = find_root(self.title, folder, self.folder_names, inside)
        found, missing, expected, folders = list[Recording](), list[str](), 0, set[Path]()
        for key in self.counts if part is None else [part]:
            for label, count in enumerate(self.counts[key]):
                texts = {"part": key, "name": self.classes[label]}
                places = [root / each.format(**texts) for each in self.class_folders]
                paths = numbered_files(places, self.pattern.format(**texts))
                for path in paths:  # AEDAT files are from a camera that lay on its side
                    form = FORMAT_BY_SUFFIX.get(path.suffix, "aedat2-turned")
                    found.append(Recording(path, label, path.relative_to(root).as_posix(), form))
                if len(paths) != count:
                    name = self.class_name.format(**texts)
                    missing.append(f"{name}: {len(paths):,} of {count:,} files found")
                expected += count
                folders.update(places)
        return Found(root, tuple(found), missing, expected, folders)

    def load(
        self, folder: Path | str, part: str | None, partial: bool
    ) -> tuple[EventDataset[Recording], tuple[str, ...]]:
        """All recordings, and what is missing; refuse an incomplete folder unless ``partial``."""
        root, items, missing, _, folders = self.find(folder, part)
        unused = unused_files(root, folders if missing else (), {item.path for item in items})
        recordings.check_complete(self.title, root, len(items), missing, partial, unused)
        size = records.NMNIST_SIZE if self.title == "N-MNIST" else records.SENSOR_SIZE
        return EventDataset(self.title, tuple(self.classes), size, items), tuple(missing)


IMAGE_SETS = {name: ImageSet(**LAYOUTS[name]) for name in ("n-mnist", "mnist-dvs", "cifar10-dvs")}


def load_cifar10_dvs(
    folder: Path | str, fraction: float = 0.2, seed: int = 0, partial: bool = False
) -> DatasetSplits[Recording]:
    """Load CIFAR10-DVS with a random split; the data set has none."""
    return _split("cifar10-dvs", folder, None, fraction, seed, partial)


def load_mnist_dvs(
    folder: Path | str,
    scale: int = 8,
    fraction: float = 0.2,
    seed: int = 0,
    partial: bool = False,
) -> DatasetSplits[Recording]:
    """Load MNIST-DVS at one scale with a random split; the data set has none."""
    title, counts = IMAGE_SETS["mnist-dvs"].title, IMAGE_SETS["mnist-dvs"].counts
    if str(check_int("scale", scale, title, 1)) not in counts:
        raise InputError.for_argument("scale", title, f"expected 4, 8 or 16, got {scale}")
    return _split("mnist-dvs", folder, str(scale), fraction, seed, partial)


def _split(
    name: str, folder: Path | str, part: str | None, fraction: float, seed: int, partial: bool
) -> DatasetSplits[Recording]:
    every, missing = IMAGE_SETS[name].load(folder, part, partial)
    train, test = map(every.take, stratified_split(every.labels, fraction, seed))
    return DatasetSplits(train, test, missing)


def load_n_mnist(folder: Path | str, partial: bool = False) -> DatasetSplits[Recording]:
    """Load N-MNIST with its published split."""
    data = IMAGE_SETS["n-mnist"]
    every, missing = data.load(folder, None, partial)
    part = np.array([item.name.partition("/")[0] for item in every.recordings])
    train, test = (every.take(np.flatnonzero(part == name)) for name in data.counts)
    return DatasetSplits(train, test, missing)
