"""The lines of text at the start of AEDAT files."""

import re
from pathlib import Path
from typing import BinaryIO

from liaf_ref._core.errors import FormatError

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
