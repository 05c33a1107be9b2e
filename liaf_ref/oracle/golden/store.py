"""Where a golden set is read from: a folder, or the archive a wheel carries."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from liaf_ref._core.errors import FormatError, os_error_text
from liaf_ref._core.safe_load import (
    MAX_TEXT_BYTES,
    max_decompressed_size,
    read_bytes,
)
from liaf_ref._core.text import short_repr
from liaf_ref.oracle.golden.schema import NAME_PATTERN

MANIFEST, CHECKSUMS = "manifest.json", "SHA256SUMS"
CASE_FILE_PATTERN = re.compile(rf"{NAME_PATTERN}\.(npz|safetensors)|hex/{NAME_PATTERN}\.[^/]+\.hex")


class Store(NamedTuple):
    """Where a set is: its place for messages, its files by name, the names of all."""

    path: Path
    read: Callable[[str], bytes]
    names: Callable[[], list[str]]


def folder_store(path: Path) -> Store:
    """A folder's files; none that a link has outside of it."""
    root = path.resolve()

    def read_file(name: str) -> bytes:
        file = path / name
        if not file.resolve().is_relative_to(root):
            raise FormatError(
                file, f"expected a file in the golden set, got a symlink to {file.resolve()}"
            )
        try:
            return read_bytes(file, "a file of the set", MAX_TEXT_BYTES)
        except FormatError as error:
            cause = error.__cause__
            why = os_error_text(cause) if isinstance(cause, OSError) else error.reason
            raise FormatError(file, f"cannot be read: {why}") from error

    return Store(path, read_file, lambda: case_files(path))


def case_files(folder: Path) -> list[str]:
    """Everything in a folder that is named like a file of a case."""
    found = [*folder.glob("*"), *folder.glob("hex/*")]
    names = (path.relative_to(folder).as_posix() for path in found if path.is_file())
    return sorted(name for name in names if CASE_FILE_PATTERN.fullmatch(name))


def archive_store(path: Path, content: bytes) -> Store:
    """The files of an archive; its decompressed size is limited."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except Exception as error:  # a damaged file makes zipfile raise anything
        raise FormatError(
            path, f"expected a zip archive, got an error: {short_repr(error)}"
        ) from error
    sizes = {member.filename: member.file_size for member in archive.infolist()}
    if sum(sizes.values()) > max_decompressed_size(len(content)):
        expected = f"expected files of at most {max_decompressed_size(len(content))} bytes in total"
        raise FormatError(path, f"{expected}, got {sum(sizes.values())} bytes")

    def read_file(name: str) -> bytes:
        try:
            return archive.read(name)
        except Exception as error:  # zlib's errors too
            raise FormatError(path / name, f"cannot be read: {short_repr(error)}") from error

    return Store(
        path, read_file, lambda: sorted(filter(CASE_FILE_PATTERN.fullmatch, archive.namelist()))
    )
