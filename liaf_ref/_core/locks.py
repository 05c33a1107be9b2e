"""Locks of files and folders, which end with their process, and folders written at once."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from liaf_ref._core.atomic import make_folder, write_atomic
from liaf_ref._core.errors import RunError, path_error
from liaf_ref._core.system import fsync_folder

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK_FILE = ".lock"
SECONDS_TO_LEAVE = 0.1  # for a process that has finished and is removing the file


@contextlib.contextmanager
def directory_lock(folder: Path, name: str = LOCK_FILE) -> Iterator[None]:
    """Lock a folder for the length of a block; other processes get an error."""
    make_folder(folder)
    with file_lock(folder / name, blocking=False):
        yield


@contextlib.contextmanager
def file_lock(path: Path, blocking: bool) -> Iterator[None]:
    """Hold a lock for the length of a block; its file is removed with it."""
    lock = _acquire(path, blocking)
    try:
        yield
    finally:
        # A process that waits for the removed file tries again with a new one.
        with contextlib.suppress(OSError):
            path.unlink()
        lock.release()


def write_folder(
    folder: Path,
    files: Iterable[tuple[str, bytes]],
    may_replace: Callable[[Path], bool] = lambda folder: False,
) -> None:
    """Write a folder with all its files, or nothing: beside its place, then in one rename."""
    # What stands there is refused, or, if it may be replaced, stands until the new is whole.
    if not (folder.name and may_replace(folder)):
        check_vacant(folder)
    # One name for all processes, so that this removes what a killed one has left.
    new, old = (folder.with_name(f".{folder.name[:50]}.liaf-{age}") for age in ("new", "old"))
    make_folder(folder.parent)
    with file_lock(new.with_suffix(".lock"), blocking=False):
        try:
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir()
            for name, content in files:
                make_folder((new / name).parent)
                write_atomic(new / name, content)
            if folder.is_dir():
                shutil.rmtree(old, ignore_errors=True)
                folder.replace(old)
            new.replace(folder)
            fsync_folder(folder.parent)
            shutil.rmtree(old, ignore_errors=True)
        except OSError as error:
            raise path_error(folder, "written", error) from error
        finally:
            shutil.rmtree(new, ignore_errors=True)
            if old.is_dir() and not os.path.lexists(folder):
                old.replace(folder)


def check_vacant(folder: Path) -> None:
    """Refuse a place for a new folder where there is anything but an empty folder."""
    empty = folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())
    if os.path.lexists(folder) and not (empty and folder.name):  # not the current folder
        used = "one with files in it" if folder.name else "the current folder"
        got = used if folder.is_dir() else "a file"
        raise RunError(f"{folder}: expected a new or an empty folder, got {got}; choose another")


def _acquire(path: Path, blocking: bool) -> "BaseFileLock":
    from filelock import FileLock, Timeout  # noqa: PLC0415

    lock = FileLock(path, thread_local=False)  # without `flock`, the file itself is the lock
    try:
        lock.acquire(timeout=-1 if blocking else SECONDS_TO_LEAVE)
    except Timeout:
        raise RunError(
            f"{path.parent}: another process is using this folder; "
            "wait until it has finished, or choose another folder"
        ) from None
    except OSError as error:
        raise path_error(path, "locked", error) from error
    return lock
