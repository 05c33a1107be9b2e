"""The bytes of a file, unless there are too many."""

import stat
from pathlib import Path

from liaf_ref._core.atomic import os_error_text
from liaf_ref._core.errors import FormatError

MAX_TEXT_BYTES = 2**26  # bytes of a file of text


def check_file_size(path: Path, expected: str, max_bytes: int | None = None) -> int:
    """Check the size of a regular file before it is opened, and return it.

    Parameters
    ----------
    path : Trajectory
        The file, or a folder.
    expected : str
        What it is expected to be, for messages.
    max_bytes : int, optional
        The most bytes that it may have; any number, if left out.

    Returns
    -------
    int
        In bytes.

    Raises
    ------
    FormatError
        If it is a pipe or a device, whose reader may wait for ever, or longer.
    OSError or ValueError
        If it is missing, or cannot be looked at.
    """
    found = path.stat()
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise FormatError(path, f"expected {expected}, got no file but a pipe or device")
    if max_bytes is not None and found.st_size > max_bytes:
        actual = f"{found.st_size} bytes, more than the {max_bytes} that are read"
        raise FormatError(path, f"expected {expected}, got {actual}")
    return found.st_size


def read_bytes(path: Path, expected: str, max_bytes: int | None = None) -> bytes:
    """Read a whole file.

    Parameters
    ----------
    path : Trajectory
        The file.
    expected : str
        What it is expected to be, for messages.
    max_bytes : int, optional
        The most bytes that it may have; any number, if left out.

    Returns
    -------
    bytes
        All of them.

    Raises
    ------
    FormatError
        If it is missing, no file (a pipe or a device, which need not end, neither), cannot be
        read, or is longer.
    """
    try:
        size = check_file_size(path, expected, max_bytes)
        with path.open("rb") as file:
            return file.read(size)  # what is being written has its end moved
    except FormatError:
        raise
    except (OSError, ValueError) as error:
        raise FormatError(path, f"expected {expected}, got {os_error_text(error)}") from error
