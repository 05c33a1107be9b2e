"""The lines of text at the start of AEDAT files."""

import re
from pathlib import Path
from typing import BinaryIO, NamedTuple

from liaf_ref._core.errors import FormatError

VERSION_LINE = re.compile(rb"#!AER-DAT(\d\.\d)\r?\n")
CHIP_LINE = re.compile(rb"#\s*AEChip:\s*(\S+)")
END_OF_HEADER = b"#!END-HEADER"
MAX_LINE_BYTES = 2**16  # bytes of a line
# A line of text has no other control characters than a tab and its end.
TEXT_LINE = re.compile(rb"#[^\x00-\x08\x0a-\x1f\x7f]*\r?\n")
ASCII_LINE = re.compile(rb"#[\t\x20-\x7e]*\r?\n")


class Header(NamedTuple):
    """What the lines say.

    Attributes
    ----------
    version : str or None
        Such as ``2.0``; None if the first line names none.
    lines : list of bytes
        All of them, with their ends.
    """

    version: str | None
    lines: list[bytes]


def read_version(file: BinaryIO) -> str | None:
    """Read which AEDAT a file says it is."""
    match = VERSION_LINE.match(file.readline(MAX_LINE_BYTES))
    file.seek(0)
    return match[1].decode() if match else None


def read_header(file: BinaryIO, path: Path, expected_version: str) -> Header:
    """Read the header; what follows are events.

    Lines begin with ``#``.  Before version 3.1 nothing marks the last one, and an event
    of version 1.0 may begin with ``#`` too; but it is no line of ASCII text, for the upper
    byte of its time is no character of one in the first two minutes.
    """
    version = read_version(file)
    if version != expected_version and not (version is None and expected_version == "1.0"):
        actual = "no version line" if version is None else f"version {version}"
        raise FormatError(
            path, f"expected a first line #!AER-DAT{expected_version}, got {actual}", offset=0
        )
    text = ASCII_LINE if expected_version == "1.0" else TEXT_LINE
    lines: list[bytes] = []
    while True:
        start = file.tell()
        line = file.readline(MAX_LINE_BYTES)
        if not text.fullmatch(line):
            if text.fullmatch(line + b"\n"):
                reason = (
                    f"expected a line of at most {MAX_LINE_BYTES} bytes that ends with a newline"
                )
                raise FormatError(path, reason, offset=start)
            file.seek(start)
            break
        lines.append(line)
        if line.startswith(END_OF_HEADER):
            return Header(version, lines)
    if expected_version == "3.1":
        reason = f"expected a text header that ends with {END_OF_HEADER.decode()}"
        raise FormatError(path, reason, offset=start)
    return Header(version, lines)


def check_chip(header: Header, path: Path) -> None:
    """Refuse a recording that says it is of another camera than a DVS128."""
    offset = 0
    for line in header.lines:
        match = CHIP_LINE.match(line)
        if match and not match[1].endswith(b"DVS128"):
            chip = match[1].decode("ascii", "replace")
            raise FormatError(path, f"expected a chip DVS128, got {chip}", offset=offset)
        offset += len(line)
