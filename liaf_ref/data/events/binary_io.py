"""Read files of fixed-size records block by block; errors contain the byte offset."""

import contextlib
import os
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from liaf_ref._core.errors import (
    DataError,
    FileWarning,
    FormatError,
    TruncatedWarning,
    os_error_text,
)
from liaf_ref._core.safe_load import check_file_size

ErrorFactory = Callable[[int, str], FormatError]
Warn = Callable[[FileWarning], None]
"""A reader calls this for a fault that does not prevent reading; in strict mode it raises.

Of several warnings of one kind, the last one counts.
"""


@contextlib.contextmanager
def open_binary(path: Path, max_bytes: int | None = None) -> Iterator[BufferedReader]:
    """Open an existing file that is not empty."""
    try:
        check_file_size(path, "a file of a data set", max_bytes)
        file = path.open("rb")
    except FormatError:
        raise
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {os_error_text(error)}") from error
    with file:
        if not file.peek(1):
            raise FormatError(path, "the file is empty")
        yield file


def error_at(path: Path, offset: int, size: int) -> ErrorFactory:
    """Return a function that makes the error for a record of a block."""
    return lambda index, text: FormatError(path, text, offset=offset + size * index)


def refuse(warning: FileWarning) -> None:
    """Raise the error for a fault, in strict mode."""
    raise warning.refusal()


def file_size(file: BinaryIO) -> int:
    """Size of an open file in bytes."""
    return os.fstat(file.fileno()).st_size


def read_blocks(
    file: BinaryIO, path: Path, size: int, count: int, warn: Warn
) -> Iterator[tuple[int, bytes]]:
    """Read the rest of a file in blocks of ``count`` records."""
    offset, end = file.tell(), file_size(file)
    tail = (end - offset) % size
    for start in range(offset, end - tail, size * count):
        yield start, file.read(min(size * count, end - tail - start))
    if tail:
        text = f"expected events of {size} bytes, got {tail} at the end"
        warn(TruncatedWarning(path, text, offset=end - tail, leftover_bytes=tail))
