"""Atomic writes: a file, or files that belong together, are the old ones or the new ones."""

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from liaf_ref._core.errors import FormatError, RunError, WriteError, os_error_text
from liaf_ref._core.safe_load import MAX_TEXT_BYTES, read_bytes
from liaf_ref._core.validation.scalars import short_repr

PENDING_FILE = ".liaf-unfinished"  # names the files of a transaction until its end
TEMP_FILE_PATTERN = f".*.liaf-{'[0-9a-f]' * 8}.part"  # what a killed process leaves of a file
# Errors of the system for a path that no file can have, whatever the disk.
INVALID_PATH_ERRNOS = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP)


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
    try:
        target = Path(os.path.realpath(path))  # the target of a link is replaced, not the link
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
    """Move flushed files to a folder of the same disk; the last when the others are on disk."""
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
    """Make the error for a failed ``action``: a WriteError unless the path itself is invalid."""
    disk = isinstance(error, OSError) and error.errno not in INVALID_PATH_ERRNOS
    return (WriteError if disk else RunError)(f"{path}: cannot be {action}: {os_error_text(error)}")


def write_files_transactionally(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files in their order; if stopped, the next call removes what was written."""
    make_folder(folder)
    places = {(folder / name).parent for name in files}
    if is_incomplete(folder):
        _roll_back(folder)
    write_atomic(folder / PENDING_FILE, "".join(f"{name}\n" for name in files).encode())
    for place in places:
        make_folder(place)
        remove_temp_files(place)
    for name, content in files.items():
        write_atomic(folder / name, content)
    _remove_file(folder / PENDING_FILE)


def is_incomplete(folder: Path) -> bool:
    """Whether :func:`write_files_transactionally` was stopped there before its end."""
    return (folder / PENDING_FILE).exists()


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


def _roll_back(folder: Path) -> None:
    path = folder / PENDING_FILE
    content = read_bytes(path, "a list of files", MAX_TEXT_BYTES)
    try:
        names = content.decode("utf-8").splitlines()
    except ValueError as error:
        raise FormatError(path, f"expected a list of files, got {short_repr(error)}") from error
    for name in names:
        if _contains_file(folder, name):
            _remove_file(folder / name)


def _contains_file(folder: Path, name: str) -> bool:
    """Whether a file of that name is in a folder; none is whose name the system refuses."""
    path = folder / name
    try:
        return path.is_file() and path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        return False


def _remove_file(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise path_error(path, "removed", error) from error
