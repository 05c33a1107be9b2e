"""What readers share: checks of events, blocks of records, headers of AEDAT."""

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core import errors
from liaf_ref._core.safe_load import check_file_size
from liaf_ref.data.events.array import EVENT, MAX_COORDINATE, Events, Indices, first_decrease

Locate = Callable[[int, str], errors.FormatError]
"""Makes the error about an event of a block, by its index, that says where in the file it is."""

Warn = Callable[[errors.FileWarning], None]
"""A reader calls this for a fault that does not prevent reading; in strict mode it raises.

Of several warnings of one kind, the last one counts.
"""


class Block(NamedTuple):
    """Some events as a file has them: a column for each field."""

    t: NDArray[Any]
    x: NDArray[Any]
    y: NDArray[Any]
    p: NDArray[Any]
    locate: Locate


def to_events(blocks: Iterable[Block], sensor_size: tuple[int, int] | None) -> Iterator[Events]:
    """Check that pixels are inside the sensor and that times never decrease."""
    H, W = sensor_size or (MAX_COORDINATE + 1, MAX_COORDINATE + 1)
    last = -(2**63)
    for t, x, y, p, locate in blocks:
        if not len(t):
            continue
        # Copies: before 2.2, NumPy reads beyond the end of a mapped file in such a comparison.
        outside = (y.copy() >= H) | (x.copy() >= W)
        if outside.any():
            index = int(np.argmax(outside))
            actual = f"row {y[index]}, column {x[index]}"
            raise locate(index, f"expected a pixel inside {H} x {W}, got {actual}")
        events = np.empty(len(t), EVENT)
        events["t"], events["x"], events["y"], events["p"] = t, x, y, p
        fall = 0 if events["t"][0] < last else first_decrease(events["t"])
        if fall is not None:
            actual = f"{events['t'][fall]} after {events['t'][fall - 1] if fall else last}"
            raise locate(fall, f"expected non-decreasing timestamps, got {actual}")
        last = int(events["t"][-1])
        yield events


@contextlib.contextmanager
def open_binary(path: Path, max_bytes: int | None = None) -> Iterator[BufferedReader]:
    """Open an existing file that is not empty."""
    try:
        check_file_size(path, "a file of a data set", max_bytes)
        file = path.open("rb")
    except errors.FormatError:
        raise
    except (OSError, ValueError) as error:
        raise errors.DataError(f"{path}: cannot be read: {errors.os_error_text(error)}") from error
    with file:
        if not file.peek(1):
            raise errors.FormatError(path, "the file is empty")
        yield file


def at_record(path: Path, offset: int, size: int, records: Indices) -> Locate:
    """Locate events by the records of ``size`` bytes behind ``offset`` that hold them."""
    return lambda index, text: errors.FormatError(
        path, text, offset=offset + size * int(records[index])
    )


def refuse(warning: errors.FileWarning) -> None:
    """Raise the error for a fault, in strict mode."""
    raise warning.refusal()


def file_size(file: BinaryIO) -> int:
    """Size of an open file in bytes."""
    return os.fstat(file.fileno()).st_size


def read_records(
    file: BinaryIO, path: Path, record: np.dtype[Any], count: int, warn: Warn
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Read the rest of a file, at most ``count`` records at a time, with their offsets."""
    offset, end, size = file.tell(), file_size(file), record.itemsize
    tail = (end - offset) % size
    for start in range(offset, end - tail, size * count):
        yield start, np.frombuffer(file.read(min(size * count, end - tail - start)), record)
    if tail:
        text = f"expected events of {size} bytes, got {tail} at the end"
        warn(errors.TruncatedWarning(path, text, offset=end - tail, leftover_bytes=tail))


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
        raise errors.FormatError(path, reason, offset=0)


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
            raise errors.FormatError(path, reason, offset=start)
        line = file.readline(MAX_LINE_BYTES)
        if not text.fullmatch(line):
            if text.fullmatch(line + b"\n"):
                reason = f"expected a line of at most {MAX_LINE_BYTES} bytes and its newline"
                raise errors.FormatError(path, reason, offset=start)
            break
        chip = CHIP_LINE.match(line)
        if chip and not chip[1].endswith(b"DVS128"):
            actual = chip[1].decode("ascii", "replace")
            raise errors.FormatError(path, f"expected the chip DVS128, got {actual}", offset=start)
        if line.startswith(END_OF_HEADER):
            return
    if version == "3.1":
        reason = f"expected a text header that ends with {END_OF_HEADER.decode()}, got no such end"
        raise errors.FormatError(path, reason, offset=start)
    file.seek(start)
