"""The tasks of bAbI and their files: lines of printable ASCII that end with LF."""

import re
import tomllib
from pathlib import Path

import numpy as np

from liaf_ref._core.errors import DataError, FormatError, InputError
from liaf_ref._core.safe_load import check_file_size
from liaf_ref._core.text import short_repr
from liaf_ref._core.validation import check_choice, check_path

PUBLISHED_FOLDER = "tasks_1-20_v1-2"

_published = tomllib.loads(Path(__file__).with_name("published.toml").read_text("utf-8"))
EDITIONS = tuple(_published["editions"])
TASK_NAMES: dict[int, str] = {int(task): x["name"] for task, x in _published["tasks"].items()}
SHA256: dict[int, str] = {int(task): x["sha256"] for task, x in _published["tasks"].items()}


def check_task(task: object) -> int:
    """Refuse anything but a task number in ``1 .. 20``; for a task name, suggest its number."""
    if isinstance(task, int | np.integer) and not isinstance(task, bool) and task in TASK_NAMES:
        return int(task)
    reason = f"expected a task number in 1 .. {len(TASK_NAMES)}, got {short_repr(task)}"
    for number, name in TASK_NAMES.items():
        if isinstance(task, str) and task.lower() in (name, f"{number}", f"qa{number}"):
            reason += f"; pass {number} for {name}"
    raise InputError.for_argument("task", "bAbI", reason)


def file_name(task: int, part: str) -> str:
    """Name of a published file."""
    return f"qa{task}_{TASK_NAMES[task]}_{part}.txt"


MAX_BYTES = 2**24  # three times the longest text of en-10k
_INVALID_BYTE = re.compile(rb"[^\t\n\x20-\x7e]")


def find_files(folder: Path | str, task: int, edition: str | None = None) -> tuple[Path, Path]:
    """Find the training and the test file of a task in the published folder or its parent."""
    task = check_task(task)
    root = check_path("folder", folder, "bAbI")
    part = "en" if edition is None else check_choice("edition", edition, EDITIONS, "bAbI")
    places = [root / PUBLISHED_FOLDER / part, root / part]
    if edition is None or root.absolute().name == edition:
        places.append(root)
    for place in places:
        for train_name in (file_name(task, "train"), f"qa{task}_train.txt"):  # second: en-valid
            train = place / train_name
            test = place / train_name.replace("_train", "_test")
            there = {path for path in (train, test) if _is_file(path)}
            if len(there) == 2:
                return train, test
            for found, lost in ((train, test), (test, train)):
                if found in there:
                    raise DataError(
                        f"bAbI task {task}: expected {lost.name} beside {found}, got no such file"
                    )
    looked = ", ".join(str(place) for place in places)
    raise DataError(
        f"bAbI task {task}: expected {file_name(task, 'train')} in one of {looked}, "
        "got no such file"
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error}") from error


def read_text(path: Path | str) -> str:
    """Read a text file of printable ASCII lines, at most 16 MB."""
    path = check_path("path", path, "bAbI")
    try:
        check_file_size(path, "a text of bAbI", MAX_BYTES)
        content = path.read_bytes()
    except FormatError:
        raise
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    if not content:
        raise FormatError(path, "expected stories, got an empty file")
    foreign = _INVALID_BYTE.search(content)
    if foreign:
        line = content.count(b"\n", 0, foreign.start()) + 1
        reason = f"expected printable ASCII and LF line ends, got byte 0x{foreign[0].hex()}"
        raise FormatError(path, reason, line=line)
    if not content.endswith(b"\n"):
        reason = (
            "expected a newline at the end of the last line, got none; the file seems truncated"
        )
        raise FormatError(path, reason, line=content.count(b"\n") + 1)
    return content.decode("ascii")
