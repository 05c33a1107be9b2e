"""Verify a downloaded folder against the published data set."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.errors import DataError, FormatError, LiafError
from liaf_ref._core.validation import check_choice, check_path
from liaf_ref.data.events.binary_io import open_binary
from liaf_ref.data.events.datasets import gesture
from liaf_ref.data.events.datasets.layout import IMAGE_SETS, LAYOUTS, DatasetNotFoundError
from liaf_ref.data.events.datasets.recordings import file_hash

GESTURES_PER_LIST: dict[str, int] = LAYOUTS["gesture"]["gestures"]


class VerificationResult(NamedTuple):
    """Result of the verification of one data set."""

    name: str
    title: str
    root: Path
    found_count: int  # recordings in the folder
    expected_count: int  # recordings published
    missing: list[str]
    errors: list[str]  # files that differ from the published ones

    @property
    def complete(self) -> bool:
        """Whether nothing is missing or wrong."""
        return not self.missing and not self.errors


@cache
def published_datasets() -> dict[str, Any]:
    """URL, licence, layout and checksums of each data set, by name."""
    text = resources.files(__package__).joinpath("published.toml").read_text("utf-8")
    return tomllib.loads(text)


def dataset_info(name: str) -> dict[str, Any]:
    """Return where to download a data set."""
    known = published_datasets()
    return dict(known[check_choice("name", name, known, "data")])


def verify_datasets(folder: Path | str) -> list[VerificationResult]:
    """Find the event-camera data sets in a folder, and report missing and wrong files."""
    # Files are counted and checked for being empty; files with a known checksum are read, including
    # archives that are not unpacked.
    path = check_path("folder", folder, "data")
    if not path.is_dir():
        raise DataError(f"{path}: expected an existing folder, got none")
    findings = [finding for name in (*IMAGE_SETS, "gesture") for finding in _verify_one(name, path)]
    if not findings:
        titles = ", ".join(facts["title"] for facts in published_datasets().values())
        raise DataError(f"{path}: expected a folder of {titles}, got none of them")
    return findings


def _verify_one(name: str, folder: Path) -> list[VerificationResult]:
    facts = published_datasets()[name]
    root, paths, missing, errors = folder, list[Path](), list[str](), list[str]()
    expected = facts["recordings"]
    try:
        if name == "gesture":
            root, trials, missing = gesture.find_trials(folder)
            paths = [path for listed in trials.values() for path in listed]
            expected = sum(gesture.TRIAL_LISTS.values())
            errors += _gesture_errors(trials, complete=not missing)
        else:
            root, items, missing, expected, _ = IMAGE_SETS[name].find(folder)
            paths = [item.path for item in items]
    except DatasetNotFoundError:
        if not any((folder / file).is_file() for file in facts["md5"]):
            return []
        missing = ["all recordings: the archives are not unpacked"]
    except (DataError, FormatError, OSError) as error:  # the folder's recordings cannot be listed
        errors = [str(error)]
    for path in paths:
        errors += _file_errors(path)
    for algorithm in ("md5", "sha256"):
        for file, digest in facts.get(algorithm, {}).items():
            for path in dict.fromkeys((root / file, folder / file)):
                errors += _file_errors(path, algorithm, digest) if path.is_file() else ()
    title = facts["title"]
    return [VerificationResult(name, title, root, len(paths), expected, missing, errors)]


def _gesture_errors(trials: dict[str, list[Path]], complete: bool) -> Iterator[str]:
    for name, expected in GESTURES_PER_LIST.items():
        try:
            rows = sum(len(gesture.gesture_clips(trial)) for trial in trials[name])
        except FormatError as error:
            yield str(error)
            continue
        if complete and rows != expected:
            yield f"{name}: expected {expected:,} gestures, got {rows:,}"


def _file_errors(path: Path, algorithm: str = "", digest: str = "") -> Iterator[str]:
    """Say that a file cannot be read, is empty, or has another checksum."""
    try:
        with open_binary(path):
            if algorithm and (actual := file_hash(path, algorithm)) != digest:
                yield f"{path}: expected {algorithm} {digest}, got {actual}"
    except LiafError as error:
        yield str(error)
