"""Files of records of one size, read block by block, with errors that know their byte."""

import contextlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from liaf_ref.errors import DataError, FormatError
from liaf_ref.files import reason

Refuse = Callable[[int, str], FormatError]


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """Open a file that is there and not empty.

    Parameters
    ----------
    path : Path
        The file.

    Yields
    ------
    BufferedReader
        At its first byte.

    Raises
    ------
    DataError
        If it cannot be read: it is missing, for instance, or a folder.
    FormatError
        If it is empty.
    """
    try:
        file = path.open("rb")
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {reason(error)}") from error
    with file:
        if not file.peek(1):
            raise FormatError(path, "the file is empty")
        yield file


def refuser(path: Path, offset: int, size: int) -> Refuse:
    """Make what names a record of a block by its first byte.

    Parameters
    ----------
    path : Path
        The file.
    offset : int
        Byte of the block's first record.
    size : int
        Bytes of a record.

    Returns
    -------
    callable
        Takes the record's index in the block and a reason; returns the error.
    """
    return lambda index, text: FormatError(path, text, offset=offset + size * index)


def blocks(file: BinaryIO, path: Path, size: int, count: int) -> Iterator[tuple[int, bytes]]:
    """Read what is left of a file, so many records at a time.

    Parameters
    ----------
    file : BinaryIO
        At the first record.
    path : Path
        The file, named in errors.
    size : int
        Bytes of a record.
    count : int
        Records of a block; the last one holds what is left.

    Yields
    ------
    offset : int
        Byte of the block's first record.
    block : bytes
        Whole records.

    Raises
    ------
    FormatError
        If the file ends inside a record.
    """
    offset = file.tell()
    while block := file.read(size * count):
        tail = len(block) % size
        if tail:
            text = f"expected events of {size} bytes, got {tail} at the end: it seems cut short"
            raise FormatError(path, text, offset=offset + len(block) - tail)
        yield offset, block
        offset += len(block)
