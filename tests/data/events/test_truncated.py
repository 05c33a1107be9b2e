"""A file cut short: its whole events and a warning, or an error; garbage is no cut."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liaf_ref._core.errors import FormatError, TruncatedWarning
from liaf_ref.data import read_events, stream_events

from . import writers
from .writers import (
    AEDAT3_HEADER,
    aedat3_packet,
    aedat3_words,
    aedat4,
    aedat4_header,
    aedat4_packet,
    make_event_array,
)

FIVE = make_event_array([1, 2, 2, 5, 9], [1, 2, 3, 4, 5], [30, 33, 1, 0, 7], [1, 0, 1, 1, 0])
HEAD = len(writers.HEADER % b"2.0")
HEAD3, HEAD4 = len(AEDAT3_HEADER), len(aedat4_header())
PACKETS = aedat3_packet(aedat3_words(FIVE[:2]), FIVE["t"][:2]) + aedat3_packet(
    aedat3_words(FIVE[2:]), FIVE["t"][2:]
)
SECOND = HEAD3 + 28 + 16
PACKED = [aedat4_packet(FIVE[:2]), aedat4_packet(FIVE[2:])]
SECOND4 = HEAD4 + len(PACKED[0])


# name, whole file, bytes kept of it, whole events, byte named, bytes left over, reason
CUTS: dict[str, tuple[str, bytes, int, int, int, int, str]] = {
    "1.0": ("a.aedat", writers.aedat1(FIVE), HEAD + 29, 4, HEAD + 24, 5, "events of 6 bytes, got"),
    "2.0": ("a.aedat", writers.aedat2(FIVE), HEAD + 33, 4, HEAD + 32, 1, "events of 8 bytes, got"),
    "n-mnist": ("a.bin", writers.nmnist(FIVE), 7, 1, 5, 2, "events of 5 bytes, got 2"),
    "3.1 head": (
        "a.aedat",
        AEDAT3_HEADER + PACKETS,
        SECOND + 27,
        2,
        SECOND,
        27,
        "a packet header of 28 bytes, got 27",
    ),
    "3.1 event": (
        "a.aedat",
        AEDAT3_HEADER + PACKETS,
        SECOND + 28 + 23,
        4,
        SECOND,
        7,
        "a packet of 52 bytes, got 51",
    ),
    "4.0 head": ("a.aedat4", aedat4(PACKED), SECOND4 + 3, 2, SECOND4, 3, "header of 8 bytes, got"),
    "4.0 packet": ("a.aedat4", aedat4(PACKED), SECOND4 + 50, 2, SECOND4, 50, "bytes, got 50"),
    "4.0 never closed": (
        "a.aedat4",
        aedat4_header() + b"".join(PACKED),
        SECOND4 + 50,
        2,
        SECOND4,
        50,
        "a packet of 88 bytes, got 50",
    ),
}


@pytest.mark.parametrize("chunk", [1, 2, 2**16])
@pytest.mark.parametrize("case", CUTS)
def test_whole_events_and_one_warning_or_an_error(tmp_path: Path, case: str, chunk: int) -> None:
    name, content, saved, count, offset, left, reason = CUTS[case]
    path = tmp_path / name
    path.write_bytes(content)
    assert (read_events(path, strict=True) == FIVE).all()
    path.write_bytes(content[:saved])
    reads: list[Callable[[], Any]] = [
        lambda: read_events(path),
        lambda: np.concatenate(list(stream_events(path, chunk=chunk))),
    ]
    for read in reads:
        with pytest.warns(TruncatedWarning) as caught:
            events = read()
        assert (events == FIVE[:count]).all()
        assert len(events) == count
        (warning,) = [each.message for each in caught]
        assert isinstance(warning, TruncatedWarning)
        assert (warning.path, warning.offset, warning.leftover_bytes) == (path, offset, left)
        assert reason in warning.reason
        assert str(warning).startswith(f"{path} at byte {offset}: expected {warning.reason[9:]}")
    with pytest.raises(FormatError) as refused:
        read_events(path, strict=True)
    with pytest.raises(FormatError):
        list(stream_events(path, chunk=chunk, strict=True))
    assert str(refused.value) == str(warning)
    assert (refused.value.path, refused.value.offset) == (path, offset)


@pytest.mark.skipif("MUTANT_UNDER_TEST" in os.environ, reason="mutmut calls from a line of its own")
def test_the_warning_is_of_the_line_that_reads(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(writers.nmnist(FIVE)[:-1])
    with pytest.warns(TruncatedWarning) as caught:
        exec(compile("\n\nread(path)", "USER", "exec"), {"read": read_events, "path": path})  # noqa: S102
    assert [(each.filename, each.lineno) for each in caught] == [("USER", 3)]


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("a.aedat", writers.aedat1(FIVE), HEAD + 5),
        ("a.aedat", writers.aedat2(FIVE), HEAD + 7),
        ("a.aedat", AEDAT3_HEADER + PACKETS, HEAD3 + 35),
        ("a.aedat", AEDAT3_HEADER + PACKETS, HEAD3 - 3),
        ("a.aedat4", aedat4(PACKED), SECOND4 - 1),
        ("a.bin", writers.nmnist(FIVE), 4),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_where_nothing_whole_is_left_it_is_an_error(
    tmp_path: Path, name: str, content: bytes, kept: int, strict: bool
) -> None:
    path = tmp_path / name
    path.write_bytes(content[:kept])
    with pytest.raises(FormatError) as caught:
        read_events(path, strict=strict)
    assert caught.value.offset is not None


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.aedat", writers.aedat2(FIVE) + b"garbage!", "expected a 16-bit address of a DVS128"),
        ("a.aedat", AEDAT3_HEADER + PACKETS + b"g" * 28, "expected a packet header with"),
        ("a.bin", writers.nmnist(FIVE) + b"\xff" * 5, "expected a pixel inside 34 x 34"),
    ],
)
def test_garbage_at_the_end_is_no_cut(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError, match=reason):
        read_events(path)
