"""Locks that the system gives back when whoever held one dies, however that is."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from liaf_ref.errors import RunError
from liaf_ref.files import reason

try:
    import fcntl
except ModuleNotFoundError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def locked(path: Path, wait: bool) -> Iterator[None]:
    """Hold a lock for the length of a block.

    Parameters
    ----------
    path : Path
        A file in a folder that exists; made if need be, and left there.  It holds the number
        of the last process that had the lock.
    wait : bool
        Whether to wait for a process that holds it, or to refuse.

    Raises
    ------
    RunError
        If another process holds it, or the file cannot be locked.
    """
    if fcntl is None:
        raise RunError(f"{path}: cannot be locked: sweeps need a POSIX system")
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {reason(error)}") from error
    try:
        _take(path, file, wait)
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(file)


def holder(path: Path) -> int | None:
    """Number of the process that was the last to hold a lock; None if there was none."""
    text = path.read_bytes().strip() if path.exists() else b""
    return int(text) if text.isdigit() else None


def _take(path: Path, file: int, wait: bool) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        raise RunError(
            f"{path.parent}: another sweep is running there (process {holder(path) or 'unknown'})"
        ) from None
    except OSError as error:
        raise RunError(f"{path}: cannot be locked: {reason(error)}") from error
