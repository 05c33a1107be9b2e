"""AEDAT 4.0: files from the format's own words, and of another program."""

from pathlib import Path

import numpy as np
import pytest

from liaf_ref._core import child
from liaf_ref._core.errors import DataError, FormatError, TruncatedWarning
from liaf_ref.data import read_events, stream_events

from .writers import aedat4, aedat4_header, aedat4_packet, make_event_array

pytest.importorskip("aedat", reason="aedat, of the events extra, is not installed")
SENT = make_event_array(np.arange(50) * 7, np.arange(50) % 9, np.arange(50) % 5, np.arange(50) % 2)
HEAD = len(aedat4_header())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.aedat4"


def test_packets_are_joined(path: Path) -> None:
    parts = [aedat4_packet(SENT[:20]), aedat4_packet(SENT[:0])]
    parts += [aedat4_packet(SENT[:0], stream=1, file_identifier=b"IMUS"), aedat4_packet(SENT[20:])]
    path.write_bytes(aedat4(parts))
    assert (read_events(path) == SENT).all()
    pieces = list(stream_events(path, chunk=15))
    assert [len(piece) for piece in pieces] == [15, 5, 15, 15]
    assert (np.concatenate(pieces) == SENT).all()


def negative(field: str) -> bytes:
    events = SENT.copy()
    events[field][3] = -1
    return aedat4([aedat4_packet(events)])


BAD: dict[str, tuple[bytes, int | None, str]] = {
    "header cut": (aedat4_header()[:-3], 14, "expected a header of AEDAT 4.0, got "),
    "no packets": (aedat4([]), None, "expected events, got none"),
    "no events": (
        aedat4([aedat4_packet(SENT[:0], stream=1, file_identifier=b"IMUS")]),
        None,
        "expected events, got none",
    ),
    "streams": (
        aedat4([aedat4_packet(SENT[:9]), aedat4_packet(SENT[9:], stream=1)], ("EVTS", "EVTS")),
        HEAD + len(aedat4_packet(SENT[:9])),
        "expected one stream of events, got streams [0, 1]",
    ),
    "back": (
        aedat4([aedat4_packet(SENT[9:]), aedat4_packet(SENT)]),
        HEAD + len(aedat4_packet(SENT[9:])),
        "event 0 of the packet: expected non-decreasing timestamps, got 0 after 343",
    ),
    "back inside": (
        aedat4([aedat4_packet(SENT[::-1])]),
        HEAD,
        "event 1 of the packet: expected non-decreasing timestamps, got 336 after 343",
    ),
    "column": (
        negative("x"),
        HEAD,
        "event 3 of the packet: expected a pixel inside 32768 x 32768, got row 3, column 65535",
    ),
    "row": (
        negative("y"),
        HEAD,
        "event 3 of the packet: expected a pixel inside 32768 x 32768, got row 65535, column 3",
    ),
    "spoilt packet": (
        aedat4([aedat4_packet(SENT[:9]), aedat4_packet(SENT[9:]).replace(b"EVTS", b"EVEN")]),
        HEAD + len(aedat4_packet(SENT[:9])),
        "expected a packet of AEDAT 4.0, got an error: RuntimeError(",
    ),
    "a packet of a byte, at which aedat panics": (
        aedat4([np.array([0, 1], "<i4").tobytes() + b"x", aedat4_packet(SENT)]),
        HEAD,
        "expected a packet of AEDAT 4.0, got an error: PanicException(",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named_by_its_byte(path: Path, case: str) -> None:
    content, offset, reason = BAD[case]
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        read_events(path)
    assert reason in str(caught.value)
    assert (caught.value.path, caught.value.offset) == (path, offset)


def test_zeros_behind_the_packets_are_the_end_of_a_file_cut_short(path: Path) -> None:
    """A download that has stopped leaves them, in a file that had its size at once."""
    path.write_bytes(aedat4_header() + aedat4_packet(SENT) + bytes(4096))
    with pytest.warns(
        TruncatedWarning, match="the file seems truncated; ignored 4096 bytes at its end"
    ):
        assert (read_events(path) == SENT).all()
    with pytest.raises(FormatError, match="truncated"):
        read_events(path, strict=True)


def test_it_says_what_to_install(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_idle", [])  # the next child takes this path for modules
    (path.parent / "aedat.py").write_text("raise ModuleNotFoundError(name='aedat')")
    monkeypatch.syspath_prepend(path.parent)
    path.write_bytes(aedat4([]))
    with pytest.raises(DataError, match=r"a\.aedat4: .*aedat is not installed; .*\[events\]"):
        read_events(path)
