"""Read a file whose size is limited."""

import stat
from pathlib import Path

from liaf_ref._core.errors import FormatError, os_error_text

MAX_TEXT_BYTES = 2**26  # bytes of a file of text
MAX_TOML_BYTES = 2**20  # of which tomllib may make 370 MB
MAX_JSON_BYTES = 2**24  # of which Python may make 350 MB
MAX_RECORD_BYTES = 2**22  # of JSON about one run
MIN_DECOMPRESSED_LIMIT, MAX_COMPRESSION_RATIO = 2**20, 50
LARGE_DECOMPRESSED_LIMIT, LARGE_COMPRESSION_RATIO = 160 * 2**20, 3


def max_decompressed_size(size: int) -> int:
    """Limit of the decompressed size of a file of ``size`` bytes."""
    small = MIN_DECOMPRESSED_LIMIT + MAX_COMPRESSION_RATIO * size
    return min(small, max(LARGE_DECOMPRESSED_LIMIT, LARGE_COMPRESSION_RATIO * size))


def check_file_size(path: Path, expected: str, max_bytes: int | None = None) -> int:
    """Check the size of a regular file before it is opened, and return it."""
    found = path.stat()
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise FormatError(path, f"expected {expected}, got a pipe or device")
    if max_bytes is not None and found.st_size > max_bytes:
        actual = f"a file of {found.st_size} bytes; the limit is {max_bytes} bytes"
        raise FormatError(path, f"expected {expected}, got {actual}")
    return found.st_size


def read_bytes(path: Path, expected: str, max_bytes: int | None = None) -> bytes:
    """Read a whole file."""
    try:
        size = check_file_size(path, expected, max_bytes)
        with path.open("rb") as file:
            return file.read(size)  # no more, if the file is growing
    except FormatError:
        raise
    except (OSError, ValueError) as error:
        reason = f"expected {expected}, but it cannot be read: {os_error_text(error)}"
        raise FormatError(path, reason) from error
