"""Files that are either the old ones or the new ones, never half of each."""

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from liaf_ref._core.errors import RunError, WriteError

TEMP_FILE_PATTERN = f".*.liaf-{'[0-9a-f]' * 8}.part"  # what a killed process leaves of a file
# Errors of the system for a path that no file can have, whatever the disk.
INVALID_PATH_ERRNOS = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP)


def write_atomic(path: Path, content: bytes) -> None:
    """Replace a file in one step: write beside it, flush to disk, rename, flush the folder.

    The target of a link is replaced, not the link, and the permissions of a file stay as
    it was.
    """
    with atomic_open(path) as file:
        file.write(content)


def append_atomic(path: Path, content: bytes) -> None:
    """Put something behind what a file holds, in one step as :func:`write_atomic`.

    The file is copied piece by piece, so that memory does not grow with it.
    """
    with atomic_open(path) as file:
        with contextlib.suppress(FileNotFoundError), path.open("rb") as old:
            shutil.copyfileobj(old, file)
        file.write(content)


@contextlib.contextmanager
def atomic_open(path: Path) -> Iterator[BinaryIO]:
    """Open a new file that takes a name when the block ends, as :func:`write_atomic` does."""
    try:
        target = Path(os.path.realpath(path))
        mode = _file_mode(target)
        temporary = _temp_path(target)
        try:
            with temporary.open("xb") as file:
                if mode is not None:
                    with contextlib.suppress(OSError):  # not every disk keeps modes
                        temporary.chmod(mode)
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise path_error(path, "written", error) from error
    _fsync_folder(target.parent)


def remove_temp_files(folder: Path) -> None:
    """Remove what killed processes left of :func:`write_atomic` in a folder."""
    for path in folder.glob(TEMP_FILE_PATTERN):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise path_error(path, "removed", error) from error


def move_files_last_commits(names: Sequence[str], source: Path, target: Path) -> None:
    """Move files that are flushed to another folder of their disk, in their order.

    The last takes its name when those of the others are on the disk.
    """
    *others, last = names
    for name in others:
        _move_file(source / name, target / name, target)
    for place in {(target / name).parent for name in others}:
        _fsync_folder(place)
    _move_file(source / last, target / last, target)
    _fsync_folder(target)


def make_folder(path: Path, parents: bool = True) -> None:
    """Make a folder, and those around it, unless it is there."""
    try:
        path.mkdir(parents=parents, exist_ok=True)
    except (OSError, ValueError) as error:
        raise path_error(path, "made", error) from error


def path_error(path: Path, action: str, error: Exception) -> RunError:
    """Make the error for what cannot be ``done``; a WriteError unless its name is at fault."""
    disk = isinstance(error, OSError) and error.errno not in INVALID_PATH_ERRNOS
    return (WriteError if disk else RunError)(f"{path}: cannot be {action}: {os_error_text(error)}")


def os_error_text(error: Exception) -> str:
    """The error text of the system, without the file's name."""
    return getattr(error, "strerror", None) or str(error)


def _temp_path(path: Path) -> Path:
    """A new name, not too long for any file system, that :data:`TEMP_FILE_PATTERN` matches."""
    return path.with_name(f".{path.name[:50]}.liaf-{secrets.token_hex(4)}.part")


def _file_mode(path: Path) -> int | None:
    """The permissions of a regular file; None if there is none."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a folder the system refuses
        raise ValueError("it is no file")
    return stat.S_IMODE(mode)


def _move_file(file: Path, destination: Path, folder: Path) -> None:
    if destination.parent != folder:
        if destination.parent.is_symlink():
            destination.parent.unlink()
        make_folder(destination.parent, parents=False)
    try:
        file.replace(destination)
    except OSError as error:
        raise path_error(destination, "written", error) from error


def _fsync_folder(folder: Path) -> None:
    """Flush the names in a folder; the files stand, and not every system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
