"""N-MNIST: MNIST on a screen, recorded by a moving camera (Orchard et al., 2015)."""

from pathlib import Path

from liaf_ref.data.events import nmnist
from liaf_ref.data.events.datasets.layout import ClassFiles, find_root, numbered_files, unused_files
from liaf_ref.data.events.datasets.recordings import DatasetSplits, RecordingDataset, check_complete

TITLE = "N-MNIST"
CLASSES = tuple("0123456789")
COUNTS = {  # of each digit, as in MNIST
    "Train": (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
    "Test": (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
}


def find_recordings(folder: Path | str) -> tuple[Path, list[ClassFiles]]:
    """List the files of a folder."""
    root = find_root(TITLE, folder, ("N-MNIST", "NMNIST"), _is_dataset_folder)
    return root, [
        ClassFiles(
            f"{part}/{digit}",
            digit,
            (root / part / str(digit),),
            numbered_files([root / part / str(digit)], r"(\d{5})\.bin"),
            count,
        )
        for part, counts in COUNTS.items()
        for digit, count in enumerate(counts)
    ]


def _is_dataset_folder(folder: Path) -> bool:
    return any((folder / part / digit).is_dir() for part in COUNTS for digit in CLASSES)


def load_n_mnist(folder: Path | str, partial: bool = False) -> DatasetSplits:
    """Load N-MNIST with its published split."""
    root, parts = find_recordings(folder)
    missing = tuple(text for part in parts for text in part.missing)
    found = sum(len(part.paths) for part in parts)
    unused = unused_files(root, parts) if missing else []
    check_complete(TITLE, root, found, missing, partial, unused)
    train, test = (
        RecordingDataset(
            TITLE,
            CLASSES,
            nmnist.SENSOR_SIZE,
            tuple(
                item
                for part in parts
                if part.name.startswith(name)
                for item in part.recordings(root)
            ),
        )
        for name in COUNTS
    )
    return DatasetSplits(train, test, missing)
