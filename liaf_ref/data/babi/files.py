"""Find and read bAbI files: lines of printable ASCII that end with LF."""

import re
from pathlib import Path

from liaf_ref._core.errors import DataError, FormatError
from liaf_ref._core.safe_load import check_file_size
from liaf_ref._core.validation import check_choice, check_path
from liaf_ref.data.babi.tasks import EDITIONS, PUBLISHED_FOLDER, check_task, file_name

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
