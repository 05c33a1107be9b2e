"""Find the files of a data set in a folder, and split them where nothing was published."""

import re
import tomllib
from collections.abc import Callable, Iterable
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import DataError, InputError, os_error_text
from liaf_ref._core.text import short_text
from liaf_ref._core.validation import check_index_array, check_int, check_number, check_path
from liaf_ref.data.batches import least_for
from liaf_ref.data.events.datasets.recordings import Recording
from liaf_ref.data.events.readers import AEDAT_SUFFIXES, FORMAT_BY_SUFFIX

LAYOUTS: dict[str, dict[str, Any]] = tomllib.loads(
    resources.files(__package__).joinpath("layouts.toml").read_text("utf-8")
)
RECORDING_SUFFIXES = (*AEDAT_SUFFIXES, *FORMAT_BY_SUFFIX)


class DatasetNotFoundError(DataError):
    """A folder does not contain the data set at all."""


class ClassFiles(NamedTuple):
    """The files of one class."""

    name: str  # its folder in the data set
    label: int
    folders: tuple[Path, ...]  # where they can be
    paths: tuple[Path, ...]  # the existing ones, by number
    expected_count: int  # how many were published

    @property
    def missing(self) -> list[str]:
        """Description of missing files; empty if none is missing."""
        if len(self.paths) == self.expected_count:
            return []
        return [f"{self.name}: {len(self.paths):,} of {self.expected_count:,} files found"]

    def recordings(self, root: Path) -> list[Recording]:
        """The files as recordings; AEDAT files are from a camera that lay on its side."""
        found = []
        for path in self.paths:
            form = FORMAT_BY_SUFFIX.get(path.suffix, "aedat2-turned")
            found.append(Recording(path, self.label, path.relative_to(root).as_posix(), form))
        return found


def find_root(
    title: str, folder: Path | str, names: Iterable[str], is_dataset_folder: Callable[[Path], bool]
) -> Path:
    """Find the folder of a data set."""
    path = check_path("folder", folder, title)
    places = [path, *(path / name for name in names)]
    try:
        for place in places:
            if is_dataset_folder(place):
                return place
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {os_error_text(error)}") from error
    looked = ", ".join(str(place) for place in places)
    raise DatasetNotFoundError(
        f"{title}: expected a folder of the data set in one of {looked}, got none"
    )


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


def unused_files(root: Path, class_files: Iterable[ClassFiles]) -> list[str]:
    """List the recordings in the folders of a data set whose names do not belong to it."""
    parts = list(class_files)
    used = {path for part in parts for path in part.paths}
    beside = (
        path for folder in {f for part in parts for f in part.folders} for path in entries(folder)
    )
    return sorted(
        short_text(path.relative_to(root).as_posix())
        for path in beside
        if path.suffix in RECORDING_SUFFIXES and path not in used
    )


def entries(folder: Path) -> list[Path]:
    """List the content of a folder by name; empty if it is not a folder."""
    try:
        return sorted(folder.iterdir(), key=lambda path: path.name) if folder.is_dir() else []
    except OSError as error:
        raise DataError(f"{folder}: cannot be read: {os_error_text(error)}") from error


Indices = NDArray[np.int64]
SPLIT = "stratified_split"


class TooFewError(InputError):
    """There are too few recordings for two parts."""


def stratified_split(labels: Indices, fraction: float, seed: int) -> tuple[Indices, Indices]:
    """Hold out the same fraction of every class for testing."""
    # The split depends only on the number of recordings per class and the seed, so that the three
    # scales of MNIST-DVS are split in the same way.
    labels = check_index_array("labels", labels, ("N",), None, SPLIT)
    share = "a number in (0, 1)"
    fraction = check_number("fraction", fraction, SPLIT, lambda x: 0 < x < 1, share)
    rng = np.random.default_rng(check_int("seed", seed, SPLIT, 0))
    held = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        (members,) = np.nonzero(labels == label)
        held[rng.permutation(members)[: round(len(members) * fraction)]] = True
    if held.all() or not held.any():
        expected = f"expected at least {least_for(fraction)} recordings of each class"
        why = f"so that neither the test fraction {fraction} nor the rest is empty"
        maximum = np.unique_counts(labels).counts.max(initial=0)
        actual = f"{len(labels)} in total and at most {maximum} of a class"
        raise TooFewError.for_argument("fraction", SPLIT, f"{expected}, {why}, got {actual}")
    return np.flatnonzero(~held), np.flatnonzero(held)
