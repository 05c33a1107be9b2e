"""What readers of binary formats share: blocks of records, headers of AEDAT, timestamps."""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import (
    DataError,
    FileWarning,
    FormatError,
    TruncatedWarning,
    os_error_text,
)
from liaf_ref._core.safe_load import check_file_size
from liaf_ref.data.events.array import first_decrease

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


VERSION_LINE = re.compile(rb"#!AER-DAT(\d\.\d)\r?\n")
CHIP_LINE = re.compile(rb"#\s*AEChip:\s*(\S+)")
END_OF_HEADER = b"#!END-HEADER"
MAX_LINE_BYTES = 2**16  # bytes of a line
MAX_HEADER_BYTES = 2**22  # of all lines; jAER writes its preferences there, some 100 kB
# Lines of text contain no control characters except tabs and the line end.
TEXT_LINE = re.compile(rb"#[^\x00-\x08\x0a-\x1f\x7f]*\r?\n")
ASCII_LINE = re.compile(rb"#[\t\x20-\x7e]*\r?\n")


def read_version(file: BinaryIO) -> str | None:
    """Read the AEDAT version from the first line, such as ``2.0``; None if there is none."""
    match = VERSION_LINE.match(file.readline(MAX_LINE_BYTES))
    file.seek(0)
    return match[1].decode() if match else None


def check_version(file: BinaryIO, path: Path, expected: str) -> None:
    """Refuse another version; files of version 1.0 may have no version line."""
    version = read_version(file)
    if version != expected and not (version is None and expected == "1.0"):
        actual = "no version line" if version is None else f"version {version}"
        reason = f"expected a first line #!AER-DAT{expected}, got {actual}"
        raise FormatError(path, reason, offset=0)


def skip_header(file: BinaryIO, path: Path, version: str) -> None:
    """Check the header, and leave the file at the first event."""
    check_version(file, path, version)
    # Lines begin with `#`.  Before version 3.1, no mark ends the header, and an event of version
    # 1.0 may also begin with `#`. Such an event is not a line of ASCII text, because the upper byte
    # of its time is a control character in the first two minutes.
    text = ASCII_LINE if version == "1.0" else TEXT_LINE
    while True:
        start = file.tell()
        if start > MAX_HEADER_BYTES:
            reason = f"expected a header of at most {MAX_HEADER_BYTES} bytes, got more"
            raise FormatError(path, reason, offset=start)
        line = file.readline(MAX_LINE_BYTES)
        if not text.fullmatch(line):
            if text.fullmatch(line + b"\n"):
                expected = (
                    f"expected a line of at most {MAX_LINE_BYTES} bytes that ends with a newline"
                )
                raise FormatError(path, expected, offset=start)
            break
        chip = CHIP_LINE.match(line)
        if chip and not chip[1].endswith(b"DVS128"):
            actual = chip[1].decode("ascii", "replace")
            raise FormatError(path, f"expected the chip DVS128, got {actual}", offset=start)
        if line.startswith(END_OF_HEADER):
            return
    if version == "3.1":
        reason = f"expected a text header that ends with {END_OF_HEADER.decode()}, got no such end"
        raise FormatError(path, reason, offset=start)
    file.seek(start)


MAX_GAP = 2**30  # longest pause in μs that counts as an overflow: 17.9 minutes


class TimestampState(NamedTuple):
    """State of the reader: the last timestamp, and the offset added to timestamps."""

    last_timestamp: int = -(2**31)
    offset: int = 0


class Back(NamedTuple):
    """Decreases of timestamps."""

    first: int  # index of the timestamp after the first decrease
    reason: str
    steps: int  # number of decreases


def unwrap_timestamps(
    timestamps: NDArray[np.int32], state: TimestampState
) -> tuple[NDArray[np.int64], TimestampState, Back | None]:
    """Convert timestamps to times that continue after an overflow or a decrease."""
    # A counter of 32 bits overflows to -2³¹, one of 31 bits to 0.  A decrease is an overflow if the
    # counter has advanced by at most 2³⁰ μs.  Any other decrease is an error of the clock: the
    # timestamp after it gets the time of the one before, and later ones continue from there.
    t = timestamps.astype(np.int64)
    if int(timestamps[0]) >= state.last_timestamp and first_decrease(timestamps) is None:
        t += state.offset
        return t, TimestampState(int(timestamps[-1]), state.offset), None
    steps = np.diff(t, prepend=state.last_timestamp)
    period = np.where(timestamps < 0, 2**32, 2**31)
    wrong = (steps < 0) & (steps + period > MAX_GAP)
    back = None
    if wrong.any():
        index = int(np.argmax(wrong))
        before = int(timestamps[index - 1]) if index else state.last_timestamp
        reason = f"expected non-decreasing timestamps, got {timestamps[index]} after {before}"
        back = Back(index, reason, int(wrong.sum()))
    gaps = np.where(wrong, -steps, np.where(steps < 0, period, 0))
    t += state.offset + np.cumsum(gaps)
    return t, TimestampState(int(timestamps[-1]), state.offset + int(gaps.sum())), back


def check_nondecreasing(t: NDArray[np.int64], last: int, make_error: ErrorFactory) -> int:
    """Refuse decreasing times."""
    index = 0 if t[0] < last else first_decrease(t)
    if index is not None:
        before = t[index - 1] if index else last
        raise make_error(
            index, f"expected non-decreasing timestamps, got {t[index]} after {before}"
        )
    return int(t[-1])
