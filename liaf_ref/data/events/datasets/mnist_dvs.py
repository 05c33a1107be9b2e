"""MNIST-DVS: moving digits of MNIST at three scales (Section VI-B)."""

from pathlib import Path

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation.scalars import short_repr
from liaf_ref.data.events.datasets.layout import ClassFiles, find_root, numbered_files
from liaf_ref.data.events.datasets.recordings import DatasetSplits
from liaf_ref.data.events.datasets.split import split_dataset

TITLE = "MNIST-DVS"
CLASSES = tuple("0123456789")
SCALES = (4, 8, 16)
RECORDINGS_PER_CLASS = 1000  # recordings of a digit at a scale


def find_recordings(
    folder: Path | str, scales: tuple[int, ...] = SCALES
) -> tuple[Path, list[ClassFiles]]:
    """List the files of a folder."""
    root = find_root(TITLE, folder, ("MNIST-DVS", "MNIST_DVS", "MNISTDVS"), _is_dataset_folder)
    return root, [
        ClassFiles(
            f"scale{scale}/{digit}",
            int(digit),
            _class_folders(root, scale, digit),
            numbered_files(_class_folders(root, scale, digit), form),
            RECORDINGS_PER_CLASS,
        )
        for scale in scales
        for digit in CLASSES
        for form in [rf"mnist_{digit}_scale{scale:02}_(\d{{4}})(?:_\w+)?\.aedat"]
    ]


def _class_folders(root: Path, scale: int, digit: str) -> tuple[Path, Path]:
    return root / f"scale{scale}", root / f"grabbed_data{digit}" / f"scale{scale}"


def _is_dataset_folder(folder: Path) -> bool:
    every = (
        path
        for scale in SCALES
        for digit in CLASSES
        for path in _class_folders(folder, scale, digit)
    )
    return any(path.is_dir() for path in every)


def load_mnist_dvs(
    folder: Path | str,
    scale: int = 8,
    fraction: float = 0.2,
    seed: int = 0,
    partial: bool = False,
) -> DatasetSplits:
    """Load MNIST-DVS at one scale with a random split; the data set has none."""
    if not isinstance(scale, int) or isinstance(scale, bool) or scale not in SCALES:
        raise InputError.for_argument(
            "scale", TITLE, f"expected 4, 8 or 16, got {short_repr(scale)}"
        )
    root, parts = find_recordings(folder, (scale,))
    others: list[str] = []
    if not any(part.paths for part in parts):
        _, every = find_recordings(folder)
        others = [item.name for part in every for item in part.recordings(root)]
    return split_dataset(TITLE, CLASSES, root, parts, fraction, seed, partial, others)
