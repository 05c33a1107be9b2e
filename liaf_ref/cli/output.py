"""The two streams of a command: what they cannot take, and what happens when one is lost.

Names and contents of files come from others, so control characters in them are written as escapes:
a terminal would obey them.
"""

import io
import os
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

from liaf_ref._core.errors import path_error

# C0 and C1 but tab and newline; marks that no one sees or that turn the direction of writing.
CONTROL = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)


def one_line(message: str) -> str:
    """Make a message one line: shorten long words of the input, which would hide the message."""
    return re.sub(r"(\S{80})\S{200,}", r"\1...", message).replace("\n", "\\n")


def say(message: str) -> None:
    """Write one line to standard error."""
    print(f"liaf-ref: {one_line(message)}", file=sys.stderr, flush=True)


def open_streams() -> None:
    """Replace the process's standard output and standard error."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # closed: whatever is opened next would take its place
            os.open(os.devnull, os.O_RDONLY)
    sys.stdout = _wrap(sys.stdout, 1, Results)
    sys.stderr = _wrap(sys.stderr, 2, Messages)


class Stream(io.TextIOWrapper):
    """A stream that shows control characters, and calls ``lost`` if it cannot be written."""

    bars = False  # whether progress bars go here, which return to the start of their line

    def write(self, text: str) -> int:
        raw = int(self.bars and text.startswith("\r"))
        try:
            super().write(text[:raw] + CONTROL.sub(lambda m: ascii(m[0])[1:-1], text[raw:]))
        except OSError as error:
            self._give_up(error)
        return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._give_up(error)

    def lost(self, error: OSError) -> None:
        """Say what the loss of this stream means; by default, nothing."""

    def _give_up(self, error: OSError) -> None:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, self.fileno())  # it takes what is still buffered
        os.close(sink)
        self.lost(error)


class Results(Stream):
    """Standard output: a command whose results nobody gets has failed."""

    def lost(self, error: OSError) -> NoReturn:
        if isinstance(error, BrokenPipeError):  # wanted no more: ``liaf-ref list | head``
            raise SystemExit(1) from None
        raise path_error(Path("standard output"), "written", error) from None


class Messages(Stream):
    """Standard error: work goes on without its progress and its warnings."""

    bars = True


def _wrap(stream: Any, number: int, kind: type[Stream]) -> Any:
    if stream is None:
        return kind(open(number, "wb", closefd=False), "utf-8", "backslashreplace")
    if not isinstance(stream, io.TextIOWrapper):  # of a notebook
        return stream
    return kind(
        stream.buffer,
        stream.encoding,
        "backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
