"""Disks that fail: the system refuses what a user who is root may do."""

import contextlib
import errno
import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import pytest
from support import contents

from liaf_ref.oracle.golden.writer import STAGING

LOCKS = (".lock", ".run.lock")


def kept(folder: Path) -> dict[str, bytes]:
    """What stands in a folder for good: no lock, and nothing of what is still being written."""
    found = contents(folder).items()
    passing = (*LOCKS, ".part")
    return {
        name: content
        for name, content in found
        if not (name.endswith(passing) or name.startswith(f"{STAGING}/"))
    }


class Disk:
    """The disk of a folder, which takes so many files and no more.

    ``begun`` is how many were to be written, ``held`` what stood there when it failed.
    """

    says: ClassVar[str]

    def __init__(self, folder: Path, room: int) -> None:
        self.folder, self.room, self.begun = folder, room, 0
        self.held: dict[str, bytes] | None = None

    def opened(self, path: Path) -> Any:
        """A new file for which there is no room."""
        raise NotImplementedError

    def made(self, path: Path) -> None:
        """Called before a folder is made there, or a lock."""

    def failed(self) -> None:
        """Keep what stands there, when this is called first."""
        if self.held is None:
            self.held = kept(self.folder)

    def refuse(self, path: Path, code: int) -> NoReturn:
        self.failed()
        raise OSError(code, os.strerror(code), str(path))

    @contextlib.contextmanager
    def used(self) -> Iterator[None]:
        """Let all that is written go to this disk."""
        opened, handle, made = Path.open, os.open, os.mkdir

        def new_file(path: Path, mode: str = "r", *args: Any, **words: Any) -> Any:
            if "x" in mode and self._has(path):
                self.begun += 1
                if self.begun > self.room:
                    return self.opened(path)
            return opened(path, mode, *args, **words)

        def new_lock(path: Any, flags: int, *args: Any, **words: Any) -> int:
            if flags & (os.O_WRONLY | os.O_RDWR) and self._has(path):
                self.made(path)
            return handle(path, flags, *args, **words)

        def new_folder(path: Any, *args: Any, **words: Any) -> None:
            if self._has(path):
                self.made(path)
            made(path, *args, **words)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "open", new_file)
            patch.setattr(os, "open", new_lock)
            patch.setattr(os, "mkdir", new_folder)
            yield

    def _has(self, path: Any) -> bool:
        return self.folder in (Path(path), *Path(path).parents)


class Full(Disk):
    """It takes half of what is written, and says so; of an empty file when it is closed."""

    says = "No space left on device"

    def opened(self, path: Path) -> Any:
        disk = self

        class Half(io.FileIO):
            def write(self, data: Any) -> NoReturn:
                super().write(bytes(data)[: len(data) // 2])
                disk.refuse(path, errno.ENOSPC)

            def close(self) -> None:
                super().close()
                if disk.held is None:
                    disk.refuse(path, errno.ENOSPC)

        return io.BufferedWriter(Half(path, "xb"))


class ReadOnly(Disk):
    """It takes nothing new: no file, no folder, no lock."""

    says = "Read-only file system"

    def opened(self, path: Path) -> Any:
        self.refuse(path, errno.EROFS)

    def made(self, path: Path) -> None:
        if self.begun >= self.room:
            self.refuse(path, errno.EROFS)


class Gone(Disk):
    """Somebody removes the folder while a file is written."""

    says = "No such file or directory"

    def opened(self, path: Path) -> Any:
        self.failed()
        if not path.parent.exists():
            self.refuse(path, errno.ENOENT)
        file = io.BufferedWriter(io.FileIO(path, "xb"))
        shutil.rmtree(self.folder)
        return file


DISKS = {"full": Full, "read-only": ReadOnly, "gone": Gone}
