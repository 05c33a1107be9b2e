"""A file cut short or whose clock steps back: its whole events and a warning, or an error."""

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaf_ref._core.errors import FileWarning, FormatError, TimestampWarning, TruncatedWarning
from liaf_ref.data import read_events, stream_events
from liaf_ref.data.events.datasets.recordings import Recording
from liaf_ref.data.events.readers import summarize_event_file
from liaf_ref.data.events.records import Clock

from . import writers

FIVE = writers.make_event_array(
    [1, 2, 2, 5, 9], [1, 2, 3, 4, 5], [30, 33, 1, 0, 7], [1, 0, 1, 1, 0]
)
HEAD = len(writers.HEADER % b"2.0")
HEAD3, HEAD4 = len(writers.AEDAT3_HEADER), len(writers.aedat4_header())
PACKETS = writers.aedat3_packet(
    writers.aedat3_words(FIVE[:2]), FIVE["t"][:2]
) + writers.aedat3_packet(writers.aedat3_words(FIVE[2:]), FIVE["t"][2:])
SECOND = HEAD3 + 28 + 16
PACKED = [writers.aedat4_packet(FIVE[:2]), writers.aedat4_packet(FIVE[2:])]
SECOND4 = HEAD4 + len(PACKED[0])


WHOLE3 = writers.AEDAT3_HEADER + PACKETS
OPEN4 = writers.aedat4_header() + b"".join(PACKED)
# By suffix: whole file, bytes kept of it, whole events, byte named, bytes left over, reason
CUTS: dict[str, tuple[bytes, int, int, int, int, str]] = {
    "aedat 1.0": (writers.aedat1(FIVE), HEAD + 29, 4, HEAD + 24, 5, "events of 6 bytes, got"),
    "aedat 2.0": (writers.aedat2(FIVE), HEAD + 33, 4, HEAD + 32, 1, "events of 8 bytes, got"),
    "bin": (writers.nmnist(FIVE), 7, 1, 5, 2, "events of 5 bytes, got 2"),
    "aedat 3.1 head": (WHOLE3, SECOND + 27, 2, SECOND, 27, "a packet header of 28 bytes, got 27"),
    "aedat 3.1 event": (WHOLE3, SECOND + 51, 4, SECOND, 7, "a packet of 52 bytes, got 51"),
    "aedat4 head": (writers.aedat4(PACKED), SECOND4 + 3, 2, SECOND4, 3, "header of 8 bytes, got"),
    "aedat4 packet": (writers.aedat4(PACKED), SECOND4 + 50, 2, SECOND4, 50, "bytes, got 50"),
    "aedat4 never closed": (OPEN4, SECOND4 + 50, 2, SECOND4, 50, "a packet of 88 bytes, got 50"),
}


def both_ways(path: Path, chunk: int) -> tuple[Callable[[], Any], Callable[[], Any]]:
    return lambda: read_events(path), lambda: np.concatenate([*stream_events(path, chunk=chunk)])


@pytest.mark.parametrize("chunk", [1, 2**16])
@pytest.mark.parametrize("case", CUTS)
def test_whole_events_and_one_warning_or_an_error(tmp_path: Path, case: str, chunk: int) -> None:
    content, saved, count, offset, left, reason = CUTS[case]
    path = tmp_path / f"a.{case.split(maxsplit=1)[0]}"
    path.write_bytes(content)
    assert (read_events(path, strict=True) == FIVE).all()
    path.write_bytes(content[:saved])
    for read in both_ways(path, chunk):
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
    ("name", "content", "reason"),
    [
        ("a.aedat", writers.aedat1(FIVE)[: HEAD + 5], "truncated"),
        ("a.aedat", writers.aedat2(FIVE)[: HEAD + 7], "truncated"),
        ("a.aedat", (writers.AEDAT3_HEADER + PACKETS)[: HEAD3 + 35], "truncated"),
        ("a.aedat", (writers.AEDAT3_HEADER + PACKETS)[: HEAD3 - 3], "expected a line of at most"),
        ("a.aedat4", writers.aedat4(PACKED)[: SECOND4 - 1], "truncated"),
        ("a.bin", writers.nmnist(FIVE)[:4], "truncated"),
        ("a.aedat", writers.aedat2(FIVE) + b"garbage!", "expected a 16-bit address of a DVS128"),
        ("a.aedat", writers.AEDAT3_HEADER + PACKETS + b"g" * 28, "expected a packet header with"),
        ("a.bin", writers.nmnist(FIVE) + b"\xff" * 5, "expected a pixel inside 34 x 34"),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_where_nothing_whole_is_left_or_garbage_it_is_an_error(
    tmp_path: Path, name: str, content: bytes, reason: str, strict: bool
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError, match=reason) as caught:
        read_events(path, strict=strict)
    assert caught.value.offset is not None


STAMPS, TIMES = [2, 9, 9, 4, 6, 12, 11, 15], [2, 9, 9, 9, 11, 17, 17, 21]
SENT = writers.make_event_array(STAMPS, range(8), range(30, 38), [1, 0, 1, 1, 0, 0, 1, 0])
READ = writers.make_event_array(TIMES, range(8), range(30, 38), [1, 0, 1, 1, 0, 0, 1, 0])
TURNED = "mnist_3_scale08_0001.aedat"
# name, content, byte of the first event behind a step
FILES: dict[str, tuple[str, bytes, int]] = {
    "1.0": ("a.aedat", writers.aedat1(SENT), HEAD + 3 * 6),
    "2.0": ("a.aedat", writers.aedat2(SENT), HEAD + 3 * 8),
    "turned": (TURNED, writers.aedat2(SENT, rotated=True), HEAD + 3 * 8),
}
REASON = "expected non-decreasing timestamps, got 4 after 9"
TWICE = "timestamps decrease 2 times; later events are shifted to continue from the last one"


def warned(read: Callable[[], Any]) -> tuple[Any, list[Any]]:
    with pytest.warns(FileWarning) as caught:
        events = read()
    return events, [each.message for each in caught]


@pytest.mark.parametrize("chunk", [1, 2, 2**16])
@pytest.mark.parametrize("case", FILES)
def test_a_clock_that_steps_back_is_one_warning_or_error(
    tmp_path: Path, case: str, chunk: int
) -> None:
    name, content, offset = FILES[case]
    path = tmp_path / name
    path.write_bytes(content)
    for read in both_ways(path, chunk):
        events, (warning,) = warned(read)
        assert (events == READ).all()
        assert isinstance(warning, TimestampWarning)
        assert (warning.path, warning.reason, warning.offset) == (path, REASON, offset)
        assert (warning.steps, warning.leftover_text) == (2, TWICE)
        assert str(warning) == f"{path} at byte {offset}: {REASON}: {TWICE}"
    with pytest.raises(FormatError) as refused:
        read_events(path, strict=True)
    assert str(refused.value) == f"{path} at byte {offset}: {REASON}"
    assert (refused.value.path, refused.value.offset) == (path, offset)
    pieces: list[Any] = []
    with pytest.raises(FormatError, match=REASON):
        pieces.extend(stream_events(path, chunk=chunk, strict=True))
    before = 3 // chunk * chunk  # in whole pieces
    assert sum(map(len, pieces)) == before
    assert (np.concatenate([READ[:0], *pieces]) == READ[:before]).all()


def test_a_step_at_an_event_that_is_left_out_is_a_step_all_the_same(tmp_path: Path) -> None:
    """The clock is that of all events: behind a special one time goes on from it."""
    words = np.frombuffer(writers.aedat2(SENT)[HEAD:], ">u4").reshape(-1, 2).copy()
    words[3, 0] |= 2**31
    path = tmp_path / "a.aedat"
    path.write_bytes(writers.HEADER % b"2.0" + words.tobytes())
    events, (warning,) = warned(lambda: read_events(path))
    assert (events == np.delete(READ, 3)).all()
    assert (warning.offset, warning.steps) == (HEAD + 3 * 8, 2)


def test_a_file_that_is_cut_short_too_has_both_warnings(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    path.write_bytes(writers.aedat2(SENT)[:-3])
    events, text = warned(lambda: read_events(path))
    assert (events == READ[:7]).all()
    assert tuple(map(type, text)) == (TimestampWarning, TruncatedWarning)
    assert [str(warning) for warning in text] == list(summarize_event_file(path).warnings)
    with pytest.raises(FormatError, match=REASON):
        read_events(path, strict=True)


def test_the_recordings_of_data_sets_have_no_steps_back(tmp_path: Path) -> None:
    path = tmp_path / TURNED
    path.write_bytes(writers.aedat2(SENT, rotated=True))
    for span in ((None, None), (0, 100)):
        with pytest.raises(FormatError, match=REASON):
            Recording(path, 0, path.name, "aedat2-turned", *span).events()


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        (5, 5, 0),
        (-(2**31), 2**31 - 1, 2**32 - 1),  # a long pause is no start
        (2**31 - 1, -(2**31), 1),  # 32 bits: one on
        (2**31 - 1, 0, 1),  # 31 bits: one on
        (2**31 - 1, -(2**30) - 1, 2**30),  # 32 bits, after the longest pause
        (2**31 - 1, 2**30 - 1, 2**30),  # 31 bits, after the longest pause
        (2**30, 0, 2**30),
        (2**30, -(2**31), 2**30),
    ],
)
@pytest.mark.parametrize("cut", [False, True])
def test_a_counter_starts_again(before: int, after: int, step: int, cut: bool) -> None:
    clock, stamps = Clock(), np.array([before, after], np.int32)
    parts = [clock.times(part) for part in (np.split(stamps, 2) if cut else [stamps])]
    assert np.concatenate([t for t, _ in parts]).tolist() == [before, before + step]
    assert {fall for _, fall in parts} == {None}


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=30), st.integers(1, 30))
def test_any_stamps_become_times_that_never_decrease(sent: list[int], size: int) -> None:
    """One step after another, however the file is read."""
    stamps = np.array(sent, np.int32)
    expected, steps = [sent[0]], 0
    for before, after in pairwise(sent):
        start = after + (2**32 if after < 0 else 2**31)
        if after >= before:
            expected.append(expected[-1] + after - before)
        elif start - before <= 2**30:
            expected.append(expected[-1] + start - before)
        else:
            expected.append(expected[-1])
            steps += 1
    clock, parts = Clock(), list[int]()
    for at in range(0, len(sent), size):
        parts += clock.times(stamps[at : at + size])[0].tolist()
    assert (parts, clock.steps) == (expected, steps)
