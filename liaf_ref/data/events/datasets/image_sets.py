"""CIFAR10-DVS, MNIST-DVS and N-MNIST: images before an event camera (Section VI-B)."""

from pathlib import Path
from typing import NamedTuple

from liaf_ref._core.errors import DataError, InputError
from liaf_ref._core.validation import check_int
from liaf_ref.data.events import records
from liaf_ref.data.events.datasets import layout
from liaf_ref.data.events.datasets.recordings import (
    DatasetSplits,
    RecordingDataset,
    check_complete,
    listed,
)


class ImageSet(NamedTuple):
    """The published files of a data set; see ``layouts.toml``."""

    title: str
    folder_names: list[str]  # that its folder may have
    classes: list[str]
    class_name: str
    class_folders: list[str]  # in the data set
    pattern: str  # of the names of files; its group is the number
    counts: dict[str, list[int]]  # files of each class, by part

    def find(
        self, folder: Path | str, part: str | None = None
    ) -> tuple[Path, list[layout.ClassFiles]]:
        """List the files of the classes, of one part or of all."""
        inside = [
            each.format(part=part, name=name)
            for part in self.counts
            for name in self.classes
            for each in self.class_folders
        ]

        def is_root(place: Path) -> bool:
            return any((place / name).is_dir() for name in inside)

        root = layout.find_root(self.title, folder, self.folder_names, is_root)
        found = []
        for key in self.counts if part is None else [part]:
            for label, count in enumerate(self.counts[key]):
                texts = {"part": key, "name": self.classes[label]}
                places = tuple(root / each.format(**texts) for each in self.class_folders)
                files = layout.numbered_files(places, self.pattern.format(**texts))
                name = self.class_name.format(**texts)
                found.append(layout.ClassFiles(name, label, places, files, count))
        return root, found

    def dataset(
        self, root: Path, found: list[layout.ClassFiles], sensor_size: tuple[int, int]
    ) -> RecordingDataset:
        """All recordings of some classes."""
        items = tuple(item for part in found for item in part.recordings(root))
        return RecordingDataset(self.title, tuple(self.classes), sensor_size, items)


IMAGE_SETS = {
    name: ImageSet(**layout.LAYOUTS[name]) for name in ("n-mnist", "mnist-dvs", "cifar10-dvs")
}


def load_cifar10_dvs(
    folder: Path | str, fraction: float = 0.2, seed: int = 0, partial: bool = False
) -> DatasetSplits:
    """Load CIFAR10-DVS with a random split; the data set has none."""
    return _split(IMAGE_SETS["cifar10-dvs"], folder, None, fraction, seed, partial)


def load_mnist_dvs(
    folder: Path | str,
    scale: int = 8,
    fraction: float = 0.2,
    seed: int = 0,
    partial: bool = False,
) -> DatasetSplits:
    """Load MNIST-DVS at one scale with a random split; the data set has none."""
    data = IMAGE_SETS["mnist-dvs"]
    if str(check_int("scale", scale, data.title, 1)) not in data.counts:
        raise InputError.for_argument("scale", data.title, f"expected 4, 8 or 16, got {scale}")
    return _split(data, folder, str(scale), fraction, seed, partial)


def _split(
    data: ImageSet,
    folder: Path | str,
    part: str | None,
    fraction: float,
    seed: int,
    partial: bool,
) -> DatasetSplits:
    """Make the random split of a data set recorded with a DVS128."""
    root, found = data.find(folder, part)
    missing = tuple(text for each in found for text in each.missing)
    unused = layout.unused_files(root, found) if missing else []
    every = data.dataset(root, found, records.SENSOR_SIZE)
    if not len(every):
        unused += [item.name for each in data.find(root)[1] for item in each.recordings(root)]
    try:
        parts = layout.stratified_split(every.labels, fraction, seed)
    except layout.TooFewError as error:
        if len(every):  # ``partial`` would not help
            lacks = f"; missing: {listed(missing)}" if missing else ""
            raise DataError(f"{data.title} in {root}: {error.reason}{lacks}") from None
        parts = every.labels, every.labels  # empty, which check_complete refuses
    check_complete(data.title, root, len(every), missing, partial, unused)
    train, test = map(every.take, parts)
    return DatasetSplits(train, test, missing)


def load_n_mnist(folder: Path | str, partial: bool = False) -> DatasetSplits:
    """Load N-MNIST with its published split."""
    data = IMAGE_SETS["n-mnist"]
    root, found = data.find(folder)
    missing = tuple(text for part in found for text in part.missing)
    count = sum(len(part.paths) for part in found)
    unused = layout.unused_files(root, found) if missing else []
    check_complete(data.title, root, count, missing, partial, unused)
    train, test = (
        data.dataset(
            root, [part for part in found if part.name.startswith(name)], records.NMNIST_SIZE
        )
        for name in data.counts
    )
    return DatasetSplits(train, test, missing)
