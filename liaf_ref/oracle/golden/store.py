"""Where a golden set is read from: a folder, or the archive a wheel carries."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from liaf_ref.errors import FormatError
from liaf_ref.oracle.golden.schema import NAME

FILE = re.compile(rf"{NAME}\.(npz|safetensors)|hex/{NAME}\.[^/]+\.hex")


class Store(NamedTuple):
    """Where a set is: its place for messages, its files by name, the names of all."""

    path: Path
    read: Callable[[str], bytes]
    names: Callable[[], list[str]]


def folder_store(path: Path) -> Store:
    """A folder's files."""

    def one(name: str) -> bytes:
        try:
            return (path / name).read_bytes()
        except OSError as error:
            raise FormatError(path / name, f"cannot be read: {error.strerror}") from error

    return Store(path, one, lambda: golden_files(path))


def golden_files(folder: Path) -> list[str]:
    """Everything in a folder that is named like a file of a case."""
    found = [*folder.glob("*"), *folder.glob("hex/*")]
    names = (path.relative_to(folder).as_posix() for path in found if path.is_file())
    return sorted(name for name in names if FILE.fullmatch(name))


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

    return Store(path, one, lambda: sorted(filter(FILE.fullmatch, archive.namelist())))
