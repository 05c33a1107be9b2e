"""DVS128 Gesture: eleven gestures of 29 people, cut out of longer trials (Section VI-C)."""

import re
from pathlib import Path
from typing import NamedTuple

from liaf_ref._core.errors import FormatError
from liaf_ref._core.validation import check_path
from liaf_ref.data.events import records
from liaf_ref.data.events.binary_io import open_binary
from liaf_ref.data.events.datasets import recordings
from liaf_ref.data.events.datasets.layout import LAYOUTS, find_root, unused_files
from liaf_ref.data.events.datasets.recordings import DatasetSplits, EventDataset, Recording

TITLE = "DVS128 Gesture"
CLASSES = tuple(LAYOUTS["gesture"]["classes"])
TRIAL_LISTS: dict[str, int] = LAYOUTS["gesture"]["trials"]  # files, and how many trials each lists
TRIAL_NAME = re.compile(r"user\d\d_(?:fluorescent|fluorescent_led|lab|led|natural)\.aedat")
LABELS = "_labels.csv"
MAX_LIST_BYTES = 2**20  # of labels or of names; those of the data set have less than a kilobyte
LABELS_HEADER = "class,startTime_usec,endTime_usec"


class GestureLabel(NamedTuple):
    """A row of a labels file: class 0 to 10, and its half-open span in μs of the trial."""

    label: int
    start: int
    stop: int


def read_labels(path: Path | str) -> list[GestureLabel]:
    """Read a labels file: the class and time of each gesture."""
    # Rows are not checked against each other: in some trials a class occurs twice, and in the trial
    # of user22 under LED light class 9 ends after class 10 begins, so that they share events.
    path = check_path("path", path, TITLE)
    first, *rows = _read_lines(path)
    if first != LABELS_HEADER:
        raise FormatError(path, f"expected {LABELS_HEADER}, got {first[:60]!r}", line=1)
    found = []
    for line, row in enumerate(rows, start=2):
        match = re.fullmatch(r"(\d{1,2}),(\d{1,18}),(\d{1,18})", row)
        number, start, stop = (int(field) for field in match.groups()) if match else (0, 0, 0)
        if not 1 <= number <= len(CLASSES) or start >= stop:
            expected = f"expected a class from 1 to {len(CLASSES)}, a start and a later end"
            raise FormatError(path, f"{expected}, got {row[:60]!r}", line=line)
        found.append(GestureLabel(number - 1, start, stop))
    if not found:
        raise FormatError(path, "expected rows of gestures, got none")
    return found


def read_trials(path: Path | str) -> list[str]:
    """Read a list of trials, for training or for testing."""
    path = check_path("path", path, TITLE)
    names: list[str] = []
    for line, name in enumerate(_read_lines(path), start=1):
        if not TRIAL_NAME.fullmatch(name) or name in names:
            expected = "expected a name such as user01_led.aedat that is not listed twice"
            raise FormatError(path, f"{expected}, got {name[:60]!r}", line=line)
        names.append(name)
    return names


def _read_lines(path: Path) -> list[str]:
    """Return the lines of a text file without blank lines at its end."""
    with open_binary(path, MAX_LIST_BYTES) as file:
        content = file.read()
    if not content.isascii():
        raise FormatError(path, "expected ASCII text, got other characters")
    return [line.strip() for line in content.decode("ascii").rstrip().split("\n")]


def gesture_clips(trial: Path) -> list[Recording]:
    """List the gestures of one trial."""
    return [
        Recording(trial, label, f"{trial.name}#{number}", "aedat3", start, stop)
        for number, (label, start, stop) in enumerate(read_labels(labels_path(trial)), start=1)
    ]


def labels_path(trial: Path) -> Path:
    """The labels file of a trial."""
    return trial.with_name(f"{trial.stem}{LABELS}")


def user_of(trial: Path) -> int:
    """The number of the person in a trial, 1 to 29 in the published lists."""
    return int(trial.name[len("user") :][:2])


def find_trials(folder: Path | str) -> tuple[Path, dict[str, list[Path]], list[str]]:
    """List the trials of a folder."""
    root = find_root(TITLE, folder, ("DvsGesture", "DVSGesture"), TRIAL_LISTS)
    trials: dict[str, list[Path]] = {}
    missing: list[str] = []
    before: set[str] = set()
    for name, expected in TRIAL_LISTS.items():
        listed = read_trials(root / name) if (root / name).is_file() else []
        if len(listed) != expected:
            missing.append(f"{name}: lists {len(listed)} of {expected} trials")
        both = before.intersection(listed)
        if both:
            reason = f"expected each trial in one list, got {min(both)} in both"
            raise FormatError(root / name, reason)
        before.update(listed)
        trials[name] = []
        for trial in (root / each for each in listed):
            lost = [path.name for path in (trial, labels_path(trial)) if not path.is_file()]
            missing += lost
            if not lost:
                trials[name].append(trial)
    return root, trials, missing


def load_gesture(folder: Path | str, partial: bool = False) -> DatasetSplits[Recording]:
    """Load DVS128 Gesture with its published split."""
    root, trials, missing = find_trials(folder)
    used = {trial for listed in trials.values() for trial in listed}
    recordings.check_complete(
        TITLE, root, len(used), missing, partial, unused_files(root, [root], used)
    )

    def part(name: str) -> EventDataset[Recording]:
        clips = tuple(clip for trial in trials[name] for clip in gesture_clips(trial))
        return EventDataset(TITLE, CLASSES, records.SENSOR_SIZE, clips)

    train, test = map(part, TRIAL_LISTS)
    return DatasetSplits(train, test, tuple(missing))
