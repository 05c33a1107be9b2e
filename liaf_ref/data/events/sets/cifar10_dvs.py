"""CIFAR10-DVS: moving images of CIFAR-10 (Section VI-B)."""

from pathlib import Path

from liaf_ref.data.events.sets.layout import Part, find_root, numbered
from liaf_ref.data.events.sets.recordings import DataSet
from liaf_ref.data.events.sets.split import split_parts

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
EACH = 1000


def find(folder: Path | str) -> tuple[Path, list[Part]]:
    """List the files of a folder.

    Parameters
    ----------
    folder : Path or str
        The folder of ``airplane`` to ``truck``, or the one around it.

    Returns
    -------
    root : Path
        The folder.
    parts : list of Part
        ``airplane`` to ``truck``.

    Raises
    ------
    InputError
        If ``folder`` is no path.
    DataError
        If it holds none of them.
    """
    root = find_root(TITLE, folder, ("CIFAR10-DVS", "CIFAR10DVS", "CIFAR10_DVS"), _fits)
    return root, [
        Part(name, label, numbered([root / name], form), EACH)
        for label, name in enumerate(CLASSES)
        for form in [rf"(?:cifar10_{name}_)?(\d{{1,3}})\.(?:aedat|mat)"]
    ]


def _fits(place: Path) -> bool:
    return any((place / name).is_dir() for name in CLASSES)


def load_cifar10_dvs(
    folder: Path | str, fraction: float = 0.2, seed: int = 0, partial: bool = False
) -> DataSet:
    """Find the recordings of CIFAR10-DVS, with a split of our own.

    Parameters
    ----------
    folder : Path or str
        As for :func:`find`.
    fraction, seed
        As for :func:`split_stratified`; the paper tests on 20 %, and does not say on which.
    partial : bool
        Whether to go on if files are missing.

    Returns
    -------
    DataSet
        8,000 and 2,000 recordings of 128 x 128, if it is whole.

    Raises
    ------
    InputError
        If an argument is not so.
    DataError
        If the folder does not hold the data set, or not all of it, or no recording at all.
    """
    root, parts = find(folder)
    return split_parts(TITLE, CLASSES, root, parts, fraction, seed, partial)
