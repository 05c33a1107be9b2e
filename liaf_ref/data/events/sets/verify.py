"""A downloaded folder, held against what was published."""

import tomllib
from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref.data.events.sets import cifar10_dvs, gesture, mnist_dvs, n_mnist
from liaf_ref.data.events.sets.layout import NotThereError, Part
from liaf_ref.data.events.sets.recordings import file_hash
from liaf_ref.door import check_choice, check_path
from liaf_ref.errors import DataError, FormatError
from liaf_ref.files import reason

GESTURES = {"trials_to_train.txt": 1176, "trials_to_test.txt": 288}


class Finding(NamedTuple):
    """What a folder has of one data set.

    Attributes
    ----------
    name, title : str
        The data set.
    root : Path
        Its folder.
    found, expected : int
        Recordings there, and published.
    missing : list of str
        What is not there.
    wrong : list of str
        What is there and not as published.
    """

    name: str
    title: str
    root: Path
    found: int
    expected: int
    missing: list[str]
    wrong: list[str]

    @property
    def whole(self) -> bool:
        """Whether nothing is missing or wrong."""
        return not self.missing and not self.wrong


@cache
def published() -> dict[str, Any]:
    """Where each data set is, under which terms, and its checksums, by name."""
    text = resources.files(__package__).joinpath("published.toml").read_text("utf-8")
    return tomllib.loads(text)


def where(name: str) -> dict[str, Any]:
    """Tell where a data set is to be had.

    Parameters
    ----------
    name : str
        One of n-mnist, mnist-dvs, cifar10-dvs and gesture.

    Returns
    -------
    dict
        title, page, licence, cite, layout, md5 of files, and for some sha256.

    Raises
    ------
    InputError
        If there is no such data set.
    """
    known = published()
    return dict(known[check_choice("where", name, known, "data")])


def verify(folder: Path | str) -> list[Finding]:
    """Look for all data sets of event cameras in a folder, and say what is missing.

    Files are counted and looked at for emptiness; those with a known checksum are read,
    archives that are not unpacked too.

    Parameters
    ----------
    folder : Path or str
        A data set's folder, or the one around it.

    Returns
    -------
    list of Finding
        One for each data set found; not empty.

    Raises
    ------
    InputError
        If ``folder`` is no path.
    DataError
        If it is no folder, cannot be looked into, or holds none of the data sets.
    """
    path = check_path("folder", folder, "data")
    try:
        is_folder = path.is_dir()
        (path / "Train").is_dir()  # says whether it can be looked into
    except ValueError:
        is_folder = False
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {reason(error)}") from error
    if not is_folder:
        raise DataError(f"{path}: expected a folder, got none")
    findings = [finding for name in LOOKS for finding in _look(name, path)]
    if not findings:
        titles = ", ".join(facts["title"] for facts in published().values())
        raise DataError(f"{path}: expected the folder of {titles}, got another")
    return findings


def _look(name: str, folder: Path) -> list[Finding]:
    try:
        return [LOOKS[name](folder)]
    except NotThereError:
        return _packed(name, folder)
    except (DataError, FormatError) as error:  # there, but its recordings cannot be listed
        expected = published()[name]["recordings"]
        return [_finding(name, folder, folder, [], expected, [], [str(error)])]


def _of_parts(
    name: str, find: Callable[[Path], tuple[Path, list[Part]]]
) -> Callable[[Path], Finding]:
    def look(folder: Path) -> Finding:
        root, parts = find(folder)
        paths = [path for part in parts for path in part.paths]
        missing = [text for part in parts for text in part.missing]
        expected = sum(part.expected for part in parts)
        return _finding(name, root, folder, paths, expected, missing, [])

    return look


def _gestures(folder: Path) -> Finding:
    root, trials, missing = gesture.find(folder)
    wrong = []
    for name, expected in GESTURES.items():
        try:
            rows = sum(len(gesture.clips(trial)) for trial in trials[name])
        except FormatError as error:
            wrong.append(str(error))
            continue
        if not missing and rows != expected:
            wrong.append(f"{name}: expected {expected:,} gestures, got {rows:,}")
    paths = [path for listed in trials.values() for path in listed]
    expected = sum(gesture.LISTS.values())
    return _finding("gesture", root, folder, paths, expected, missing, wrong)


LOOKS = {
    "n-mnist": _of_parts("n-mnist", n_mnist.find),
    "mnist-dvs": _of_parts("mnist-dvs", mnist_dvs.find),
    "cifar10-dvs": _of_parts("cifar10-dvs", cifar10_dvs.find),
    "gesture": _gestures,
}


def _packed(name: str, folder: Path) -> list[Finding]:
    """What to say of a folder that holds a data set's archives only."""
    facts = published()[name]
    if not any((folder / file).is_file() for file in facts["md5"]):
        return []
    missing = ["all recordings: nothing is unpacked"]
    return [_finding(name, folder, folder, [], facts["recordings"], missing, [])]


def _finding(
    name: str,
    root: Path,
    folder: Path,
    paths: list[Path],
    expected: int,
    missing: list[str],
    wrong: list[str],
) -> Finding:
    facts = published()[name]
    wrong = wrong + [text for path in paths for text in _empty(path)]
    for algorithm in ("md5", "sha256"):
        for file, digest in facts.get(algorithm, {}).items():
            for path in dict.fromkeys((root / file, folder / file)):
                wrong += _other(path, algorithm, digest) if path.is_file() else []
    return Finding(name, facts["title"], root, len(paths), expected, missing, wrong)


def _empty(path: Path) -> list[str]:
    try:
        return [] if path.stat().st_size else [f"{path}: the file is empty"]
    except OSError as error:
        return [f"{path}: cannot be read: {reason(error)}"]


def _other(path: Path, algorithm: str, digest: str) -> list[str]:
    try:
        came = file_hash(path, algorithm)
    except (DataError, FormatError) as error:
        return [str(error)]
    return [] if came == digest else [f"{path}: expected {algorithm} {digest}, got {came}"]
