"""File locks, which the system releases when their process ends."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from liaf_ref._core.atomic import make_folder, os_error_text, path_error
from liaf_ref._core.errors import RunError

try:
    import fcntl
except ModuleNotFoundError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

LOCK_FILE = ".lock"
MAX_PID_DIGITS = 20  # digits of a process's number, and more


@contextlib.contextmanager
def file_lock(path: Path, blocking: bool, keep_file: bool = True) -> Iterator[None]:
    """Hold a lock for the length of a block."""
    if fcntl is None:
        raise RunError(f"{path}: cannot be locked: expected a POSIX system")
    file = _open_locked(path, blocking)
    try:
        with contextlib.suppress(OSError):  # on a full disk the number is not worth an error
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        if not keep_file:
            with contextlib.suppress(OSError):  # the folder may have gone
                path.unlink()
        os.close(file)


@contextlib.contextmanager
def directory_lock(folder: Path, name: str = LOCK_FILE) -> Iterator[None]:
    """Lock a folder for the length of a block; other processes get an error.

    Nothing is held on a system without ``flock``.
    """
    make_folder(folder)
    with (
        file_lock(folder / name, blocking=False, keep_file=False)
        if fcntl
        else contextlib.nullcontext()
    ):
        yield


def lock_owner(path: Path) -> int | None:
    """Number of the process that was the last to hold a lock; None if nothing tells it."""
    try:
        text = path.read_bytes().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() and len(text) < MAX_PID_DIGITS else None


def _open_locked(path: Path, blocking: bool) -> int:
    """Handle of the locked file, which is the one of that name: it may have been removed."""
    while True:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise path_error(path, "written", error) from error
        try:
            _flock(path, file, blocking)
            if _is_same_file(path, file):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _flock(path: Path, file: int, blocking: bool) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if blocking else fcntl.LOCK_NB))
    except BlockingIOError:
        raise RunError(
            f"{path.parent}: another process is at work there "
            f"(process {lock_owner(path) or 'unknown'})"
        ) from None
    except OSError as error:
        raise RunError(f"{path}: cannot be locked: {os_error_text(error)}") from error


def _is_same_file(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False
