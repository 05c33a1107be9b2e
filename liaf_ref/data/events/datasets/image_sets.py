"""CIFAR10-DVS, MNIST-DVS and N-MNIST: images before an event camera (Section VI-B)."""

from pathlib import Path
from typing import NamedTuple

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_int
from liaf_ref.data.events import records
from liaf_ref.data.events.datasets.layout import (
    ClassFiles,
    find_root,
    numbered_files,
    split_dataset,
    unused_files,
)
from liaf_ref.data.events.datasets.recordings import DatasetSplits, RecordingDataset, check_complete


class ClassLayout(NamedTuple):
    """Where the published files of a class lie."""

    name: str
    label: int
    folders: tuple[str, ...]  # in the data set
    pattern: str  # of the names of files; its group is the number
    expected_count: int


class ImageSet(NamedTuple):
    """The published layout of a data set."""

    title: str
    classes: tuple[str, ...]
    folder_names: tuple[str, ...]  # that its folder may have
    layouts: tuple[ClassLayout, ...]

    def find(self, folder: Path | str, prefix: str = "") -> tuple[Path, list[ClassFiles]]:
        """List the files of the classes whose names begin with a prefix."""
        inside = [name for layout in self.layouts for name in layout.folders]

        def is_root(place: Path) -> bool:
            return any((place / name).is_dir() for name in inside)

        root = find_root(self.title, folder, self.folder_names, is_root)
        found = []
        for name, label, folders, pattern, count in self.layouts:
            if name.startswith(prefix):
                places = tuple(root / each for each in folders)
                files = numbered_files(places, pattern)
                found.append(ClassFiles(name, label, places, files, count))
        return root, found


CIFAR10_CLASSES: tuple[str, ...] = ("airplane", "automobile", "bird", "cat", "deer")
CIFAR10_CLASSES += ("dog", "frog", "horse", "ship", "truck")
DIGITS = tuple("0123456789")
SCALES = (4, 8, 16)
N_MNIST_COUNTS = {  # of each digit, as in MNIST
    "Train": (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
    "Test": (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
}
IMAGE_SETS = {
    "n-mnist": ImageSet(
        "N-MNIST",
        DIGITS,
        ("N-MNIST", "NMNIST"),
        tuple(
            ClassLayout(f"{part}/{digit}", digit, (f"{part}/{digit}",), r"(\d{5})\.bin", count)
            for part, counts in N_MNIST_COUNTS.items()
            for digit, count in enumerate(counts)
        ),
    ),
    "mnist-dvs": ImageSet(
        "MNIST-DVS",
        DIGITS,
        ("MNIST-DVS", "MNIST_DVS", "MNISTDVS"),
        tuple(
            ClassLayout(
                f"scale{scale}/{digit}",
                int(digit),
                (f"scale{scale}", f"grabbed_data{digit}/scale{scale}"),
                rf"mnist_{digit}_scale{scale:02}_(\d{{4}})(?:_\w+)?\.aedat",
                1000,
            )
            for scale in SCALES
            for digit in DIGITS
        ),
    ),
    "cifar10-dvs": ImageSet(
        "CIFAR10-DVS",
        CIFAR10_CLASSES,
        ("CIFAR10-DVS", "CIFAR10DVS", "CIFAR10_DVS"),
        tuple(
            ClassLayout(
                name, label, (name,), rf"(?:cifar10_{name}_)?(\d{{1,3}})\.(?:aedat|mat)", 1000
            )
            for label, name in enumerate(CIFAR10_CLASSES)
        ),
    ),
}


def load_cifar10_dvs(
    folder: Path | str, fraction: float = 0.2, seed: int = 0, partial: bool = False
) -> DatasetSplits:
    """Load CIFAR10-DVS with a random split; the data set has none."""
    title, classes, _, _ = data = IMAGE_SETS["cifar10-dvs"]
    return split_dataset(title, classes, *data.find(folder), fraction, seed, partial)


def load_mnist_dvs(
    folder: Path | str,
    scale: int = 8,
    fraction: float = 0.2,
    seed: int = 0,
    partial: bool = False,
) -> DatasetSplits:
    """Load MNIST-DVS at one scale with a random split; the data set has none."""
    title, classes, _, _ = data = IMAGE_SETS["mnist-dvs"]
    if check_int("scale", scale, title, 1) not in SCALES:
        raise InputError.for_argument("scale", title, f"expected 4, 8 or 16, got {scale}")
    root, parts = data.find(folder, f"scale{scale}/")
    others: list[str] = []
    if not any(part.paths for part in parts):
        others = [item.name for part in data.find(root)[1] for item in part.recordings(root)]
    return split_dataset(title, classes, root, parts, fraction, seed, partial, others)


def load_n_mnist(folder: Path | str, partial: bool = False) -> DatasetSplits:
    """Load N-MNIST with its published split."""
    title, classes, _, _ = data = IMAGE_SETS["n-mnist"]
    root, parts = data.find(folder)
    missing = tuple(text for part in parts for text in part.missing)
    found = sum(len(part.paths) for part in parts)
    check_complete(
        title, root, found, missing, partial, unused_files(root, parts) if missing else []
    )
    train, test = (
        RecordingDataset(
            title,
            classes,
            records.NMNIST_SIZE,
            tuple(item for part in data.find(root, name)[1] for item in part.recordings(root)),
        )
        for name in N_MNIST_COUNTS
    )
    return DatasetSplits(train, test, missing)
