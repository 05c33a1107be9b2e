"""Atomic writes: after a crash, a file is either all old or all new."""

import contextlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from liaf_ref._core.errors import path_error
from liaf_ref._core.system import caused_by_interrupt, fsync_folder

TEMP_FILE_PATTERN = f".*.liaf-{'[0-9a-f]' * 8}.part"  # left behind by a killed process


def write_atomic(path: Path, content: bytes) -> None:
    """Replace a file in one step: write beside it, flush to disk, rename, flush the folder."""
    with atomic_open(path) as file:
        file.write(content)


def append_atomic(path: Path, content: bytes) -> None:
    """Append to a file in one step, as :func:`write_atomic` does."""
    with atomic_open(path) as file:
        # Copied piece by piece, so that memory does not grow with the file.
        with contextlib.suppress(FileNotFoundError), path.open("rb") as old:
            shutil.copyfileobj(old, file)
        file.write(content)


@contextlib.contextmanager
def atomic_open(path: Path) -> Iterator[BinaryIO]:
    """Open a new file that takes its name when the block ends, as :func:`write_atomic` does."""
    temporary = path.with_name(f".{path.name[:50]}.liaf-{secrets.token_hex(4)}.part")
    try:
        mode = _file_mode(path)
        try:
            with temporary.open("xb") as file:
                if mode is not None:
                    with contextlib.suppress(OSError):  # not every disk keeps modes
                        temporary.chmod(mode)
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)  # a link itself, and not what it leads to
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        if caused_by_interrupt(error):  # an archive that cannot be closed for it
            raise KeyboardInterrupt from error
        raise path_error(path, "written", error) from error
    fsync_folder(path.parent)


def remove_temp_files(folder: Path) -> None:
    """Remove the temporary files of :func:`write_atomic` that killed processes left in a folder."""
    for path in folder.glob(TEMP_FILE_PATTERN):
        remove_file(path)


def remove_file(path: Path) -> None:
    """Remove a file, if it is there."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise path_error(path, "removed", error) from error


def check_writable(path: Path) -> None:
    """Raise the error of a later write to ``path``, or below it; leave no trace."""
    try:
        places = (path, *path.absolute().parents)
        place = next(each for each in places if os.path.exists(each))  # noqa: PTH110 - never raises
        if place.is_dir():
            with tempfile.TemporaryFile(dir=place):
                pass
    except OSError as error:
        raise path_error(path, "written", error) from error


def make_folder(path: Path, parents: bool = True) -> None:
    """Create a folder and its parents if they do not exist."""
    try:
        path.mkdir(parents=parents, exist_ok=True)
    except (OSError, ValueError) as error:
        raise path_error(path, "created", error) from error


def _file_mode(path: Path) -> int | None:
    """The permissions of a regular file; None if there is none."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a folder the system refuses
        raise ValueError("not a regular file but a device, pipe or socket")
    return stat.S_IMODE(mode)
