"""Where a golden set is read from: a folder, or the archive a wheel carries."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from liaf_ref.errors import FormatError


class Store(NamedTuple):
    """Where a set is: its place for messages, and its files by name."""

    path: Path
    read: Callable[[str], bytes]


def folder_store(path: Path) -> Store:
    """A folder's files."""

    def one(name: str) -> bytes:
        try:
            return (path / name).read_bytes()
        except OSError as error:
            raise FormatError(path / name, f"cannot be read: {error.strerror}") from error

    return Store(path, one)


def archive_store(path: Path, content: bytes) -> Store:
    """An archive's files."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise FormatError(path, f"expected a zip: {error}") from error

    def one(name: str) -> bytes:
        try:
            return archive.read(name)
        except (KeyError, zipfile.BadZipFile) as error:
            raise FormatError(path / name, f"cannot be read: {error}") from error

    return Store(path, one)
