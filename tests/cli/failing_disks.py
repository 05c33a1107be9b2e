"""Disks that fail: the system refuses what a user who is root may do."""

import contextlib
import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import pytest
from support import folder_contents

LOCKS = (".lock", ".run.lock", ".job.lock")


def finished_files(folder: Path) -> dict[str, bytes]:
    """What stands in a folder for good: no lock, and nothing of what is still being written."""
    found = folder_contents(folder).items()
    return {name: content for name, content in found if not name.endswith((*LOCKS, ".part"))}


class FailingDisk:
    """The disk of a folder, which takes so many files and no more.

    ``begun`` is how many were to be written, ``held`` what stood there when it failed.
    """

    message: ClassVar[str]

    def __init__(self, folder: Path, max_files: int) -> None:
        self.folder, self.max_files, self.files_started = folder, max_files, 0
        self.files_at_failure: dict[str, bytes] | None = None

    def open_excess_file(self, path: Path) -> Any:
        """A new file for which there is no room."""
        raise NotImplementedError

    def before_create(self, path: Path) -> None:
        """Called before a folder is made there, or a lock."""

    def record_failure(self) -> None:
        """Keep what stands there, when this is called first."""
        if self.files_at_failure is None:
            self.files_at_failure = finished_files(self.folder)

    def refuse(self, path: Path, code: int) -> NoReturn:
        self.record_failure()
        raise OSError(code, os.strerror(code), str(path))

    @contextlib.contextmanager
    def patched(self) -> Iterator[None]:
        """Let all that is written go to this disk."""
        opened, handle, made = Path.open, os.open, os.mkdir

        def new_file(path: Path, mode: str = "r", *args: Any, **words: Any) -> Any:
            if "x" in mode and self._contains(path):
                self.files_started += 1
                if self.files_started > self.max_files:
                    return self.open_excess_file(path)
            return opened(path, mode, *args, **words)

        def new_lock(path: Any, flags: int, *args: Any, **words: Any) -> int:
            if flags & (os.O_WRONLY | os.O_RDWR) and self._contains(path):
                self.before_create(path)
            return handle(path, flags, *args, **words)

        def new_folder(path: Any, *args: Any, **words: Any) -> None:
            if self._contains(path):
                self.before_create(path)
            made(path, *args, **words)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "open", new_file)
            patch.setattr(os, "open", new_lock)
            patch.setattr(os, "mkdir", new_folder)
            yield

    def _contains(self, path: Any) -> bool:
        return self.folder in (Path(path), *Path(path).parents)


class FullDisk(FailingDisk):
    """It takes half of what is written, and says so; of an empty file when it is flushed."""

    message = "No space left on device"

    def open_excess_file(self, path: Path) -> Any:
        disk = self

        class Half(io.FileIO):
            def write(self, data: Any) -> NoReturn:
                super().write(bytes(data)[: len(data) // 2])
                disk.refuse(path, errno.ENOSPC)

        file = io.BufferedWriter(Half(path, "xb"))
        self.empty[file.fileno()] = path
        return file

    @contextlib.contextmanager
    def patched(self) -> Iterator[None]:
        self.empty: dict[int, Path] = {}
        flush = os.fsync

        def fsync(handle: int) -> None:
            if self.files_at_failure is None and handle in self.empty:
                self.refuse(self.empty[handle], errno.ENOSPC)
            flush(handle)

        with pytest.MonkeyPatch.context() as patch, super().patched():
            patch.setattr(os, "fsync", fsync)
            yield


class ReadOnlyDisk(FailingDisk):
    """It takes nothing new: no file, no folder, no lock."""

    message = "Read-only file system"

    def open_excess_file(self, path: Path) -> Any:
        self.refuse(path, errno.EROFS)

    def before_create(self, path: Path) -> None:
        if self.files_started >= self.max_files:
            self.refuse(path, errno.EROFS)


DISKS = {"full": FullDisk, "read-only": ReadOnlyDisk}
