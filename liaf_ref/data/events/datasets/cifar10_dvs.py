"""CIFAR10-DVS: moving images of CIFAR-10 (Section VI-B)."""

from pathlib import Path

from liaf_ref.data.events.datasets.layout import ClassFiles, find_root, numbered_files
from liaf_ref.data.events.datasets.recordings import DatasetSplits
from liaf_ref.data.events.datasets.split import split_dataset

TITLE = "CIFAR10-DVS"
CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
RECORDINGS_PER_CLASS = 1000


def find_recordings(folder: Path | str) -> tuple[Path, list[ClassFiles]]:
    """List the files of a folder."""
    root = find_root(
        TITLE, folder, ("CIFAR10-DVS", "CIFAR10DVS", "CIFAR10_DVS"), _is_dataset_folder
    )
    return root, [
        ClassFiles(
            name, label, (root / name,), numbered_files([root / name], form), RECORDINGS_PER_CLASS
        )
        for label, name in enumerate(CLASSES)
        for form in [rf"(?:cifar10_{name}_)?(\d{{1,3}})\.(?:aedat|mat)"]
    ]


def _is_dataset_folder(folder: Path) -> bool:
    return any((folder / name).is_dir() for name in CLASSES)


def load_cifar10_dvs(
    folder: Path | str, fraction: float = 0.2, seed: int = 0, partial: bool = False
) -> DatasetSplits:
    """Load CIFAR10-DVS with a random split; the data set has none."""
    root, parts = find_recordings(folder)
    return split_dataset(TITLE, CLASSES, root, parts, fraction, seed, partial)
