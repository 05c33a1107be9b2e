"""A clock that steps back, AEDAT 1.0 and 2.0: all events and a warning, or an error."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liaf_ref._core.errors import FileWarning, FormatError, TimestampWarning, TruncatedWarning
from liaf_ref.data import read_events, stream_events
from liaf_ref.data.events import events_to_frames
from liaf_ref.data.events.datasets.recordings import Recording
from liaf_ref.data.events.readers import summarize_event_file

from . import writers
from .writers import aedat1, aedat2, make_event_array

STAMPS, TIMES = [2, 9, 9, 4, 6, 12, 11, 15], [2, 9, 9, 9, 11, 17, 17, 21]
SENT = make_event_array(STAMPS, range(8), range(30, 38), [1, 0, 1, 1, 0, 0, 1, 0])
READ = make_event_array(TIMES, range(8), range(30, 38), [1, 0, 1, 1, 0, 0, 1, 0])
HEAD = len(writers.HEADER % b"2.0")
TURNED = "mnist_3_scale08_0001.aedat"
# name, content, byte of the first event behind a step
FILES: dict[str, tuple[str, bytes, int]] = {
    "1.0": ("a.aedat", aedat1(SENT), HEAD + 3 * 6),
    "2.0": ("a.aedat", aedat2(SENT), HEAD + 3 * 8),
    "turned": (TURNED, aedat2(SENT, rotated=True), HEAD + 3 * 8),
}
REASON = "expected non-decreasing timestamps, got 4 after 9"
TWICE = "timestamps decrease 2 times; later events are shifted to continue from the last one"


def warned(read: Callable[[], Any]) -> tuple[Any, list[Any]]:
    with pytest.warns(FileWarning) as caught:
        events = read()
    return events, [each.message for each in caught]


@pytest.mark.parametrize("chunk", [1, 2, 3, 2**16])
@pytest.mark.parametrize("case", FILES)
def test_all_events_in_their_order_and_one_warning_or_an_error(
    tmp_path: Path, case: str, chunk: int
) -> None:
    name, content, offset = FILES[case]
    path = tmp_path / name
    path.write_bytes(content)
    reads: list[Callable[[], Any]] = [
        lambda: read_events(path),
        lambda: np.concatenate(list(stream_events(path, chunk=chunk))),
    ]
    for read in reads:
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


def test_one_step_is_stated_as_one(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    path.write_bytes(aedat2(SENT[:5]))
    _, (warning,) = warned(lambda: read_events(path))
    assert str(warning).endswith(
        "timestamps decrease once; later events are shifted to continue from the last one"
    )


def test_a_step_at_an_event_that_is_left_out_is_a_step_all_the_same(tmp_path: Path) -> None:
    """The clock is that of all events: behind a special one time goes on from it."""
    words = np.frombuffer(aedat2(SENT)[HEAD:], ">u4").reshape(-1, 2).copy()
    words[3, 0] |= 2**31
    path = tmp_path / "a.aedat"
    path.write_bytes(writers.HEADER % b"2.0" + words.tobytes())
    events, (warning,) = warned(lambda: read_events(path))
    assert (events == np.delete(READ, 3)).all()
    assert (warning.offset, warning.steps) == (HEAD + 3 * 8, 2)


def test_a_file_that_is_cut_short_too_has_both_warnings(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    path.write_bytes(aedat2(SENT)[:-3])
    events, text = warned(lambda: read_events(path))
    assert (events == READ[:7]).all()
    assert tuple(map(type, text)) == (TimestampWarning, TruncatedWarning)
    assert [str(warning) for warning in text] == list(summarize_event_file(path).warnings)
    with pytest.raises(FormatError, match=REASON):
        read_events(path, strict=True)


def test_a_step_back_does_not_hide_what_is_wrong_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    path.write_bytes(aedat2(SENT) + b"garbage!")
    with pytest.raises(FormatError, match="expected a 16-bit address of a DVS128") as refused:
        read_events(path)
    assert refused.value.offset == HEAD + 8 * 8


def test_without_an_event_of_a_pixel_it_is_an_error(tmp_path: Path) -> None:
    words = np.frombuffer(aedat2(SENT)[HEAD:], ">u4").reshape(-1, 2).copy()
    words[:, 0] |= 2**31
    path = tmp_path / "a.aedat"
    path.write_bytes(writers.HEADER % b"2.0" + words.tobytes())
    with pytest.raises(FormatError, match=REASON):
        read_events(path)


def test_what_is_read_is_in_the_order_of_time_for_frames(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    path.write_bytes(aedat2(SENT))
    events, _ = warned(lambda: read_events(path))
    assert events_to_frames(events, (128, 128), 8, 2, start=2).sum() == 7


@pytest.mark.skipif("MUTANT_UNDER_TEST" in os.environ, reason="mutmut calls from a line of its own")
def test_the_warning_is_of_the_line_that_reads(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    path.write_bytes(aedat2(SENT))
    with pytest.warns(TimestampWarning) as caught:
        exec(compile("\n\nread(path)", "USER", "exec"), {"read": read_events, "path": path})  # noqa: S102
    assert [(each.filename, each.lineno) for each in caught] == [("USER", 3)]


def test_a_survey_tells_it(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    path.write_bytes(aedat2(SENT))
    found = summarize_event_file(path)
    assert (found.event_count, found.t_first, found.t_last) == (8, 2, 21)
    assert found.warnings == (f"{path} at byte {HEAD + 24}: {REASON}: {TWICE}",)


def test_the_recordings_of_data_sets_have_no_steps_back(tmp_path: Path) -> None:
    path = tmp_path / TURNED
    path.write_bytes(aedat2(SENT, rotated=True))
    for span in ((None, None), (0, 100)):
        with pytest.raises(FormatError, match=REASON):
            Recording(path, 0, path.name, "aedat2-turned", *span).events()
