"""What does not follow its format is refused, with the file and the byte."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from liaf_ref._core.errors import DataError, FormatError, TruncatedWarning
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

TWO = make_event_array([5, 9], [1, 2], [30, 33], [True, False])
BACK = make_event_array([9, 5], [1, 2], [30, 33], [True, False])
HEAD2 = len(writers.HEADER % b"2.0")
HEAD3 = len(AEDAT3_HEADER)
GOOD3 = aedat3_packet(aedat3_words(TWO), TWO["t"])
DAVIS = b"#!AER-DAT2.0\r\n# AEChip: eu.seebetter.ini.chips.davis.DAVIS240C\r\n"
BAD: dict[str, tuple[str, bytes, int | None, str]] = {
    "empty": ("a.aedat", b"", None, "the file is empty"),
    "suffix": ("a.txt", b"x", None, "expected one of the suffixes .aedat, .aedat4, .dat, .bin"),
    "no version": ("a.aedat", b"# hello\r\n", 0, "expected a first line #!AER-DAT with a version"),
    "version": ("a.aedat", b"#!AER-DAT3.0\r\n", 0, "1.0 or 2.0 or 3.1 or 4.0, got version 3.0"),
    "header only": ("a.aedat", writers.HEADER % b"2.0", None, "expected events, got none"),
    "2.0 address": (
        "a.aedat",
        writers.aedat2(TWO)[:-8] + b"\0\1" + writers.aedat2(TWO)[-6:],
        HEAD2 + 8,
        "expected a 16-bit address of a DVS128, got 0x00015e",
    ),
    "chip": ("a.aedat", writers.aedat2(TWO, header=DAVIS), 14, "the chip DVS128, got eu.seebetter"),
    "3.1 no end": (
        "a.aedat",
        AEDAT3_HEADER[:-14] + GOOD3,
        HEAD3 - 14,
        "a text header that ends with #!END-HEADER",
    ),
    "3.1 size": (
        "a.aedat",
        AEDAT3_HEADER + aedat3_packet(aedat3_words(TWO), TWO["t"], size=12),
        HEAD3,
        "with events of 8 bytes and their timestamp at offset 4, "
        "got {'eventType': 1, 'eventSource': 1, 'eventSize': 12,",
    ),
    "3.1 back": (
        "a.aedat",
        AEDAT3_HEADER + GOOD3 + GOOD3,
        HEAD3 + 44 + 28,
        "non-decreasing timestamps, got 5 after 9",
    ),
    "3.1 outside": (
        "a.aedat",
        AEDAT3_HEADER + aedat3_packet(aedat3_words(make_event_array([1], [128], [3], [1])), [1]),
        HEAD3 + 28,
        "expected a pixel inside 128 x 128, got row 3, column 128",
    ),
    "3.1 reset": (
        "a.aedat",
        AEDAT3_HEADER + GOOD3 + aedat3_packet([5, 3], [9, 2**31 - 1], kind=0) + GOOD3,
        HEAD3 + 44 + 28 + 8,
        "expected no timestamp reset after events, got one, which is not supported",
    ),
    "3.1 sources": (
        "a.aedat",
        AEDAT3_HEADER + GOOD3 + aedat3_packet(aedat3_words(TWO), [9, 9], source=2),
        HEAD3 + 44,
        "expected events of one source, got the sources [1, 2]",
    ),
    "n-mnist back": ("a.bin", writers.nmnist(BACK), 5, "non-decreasing timestamps, got 5 after 9"),
    "n-mnist outside": ("a.bin", b"\x22\0\0\0\1", 0, "inside 34 x 34, got row 0, column 34"),
    "a long line": (
        "a.aedat",
        writers.HEADER % b"2.0" + b"#" * 2**17,
        HEAD2,
        "expected a line of at most 65536 bytes",
    ),
}


def refused(path: Path, reason: str) -> int | None:
    with pytest.raises(FormatError, match=re.escape(reason)) as caught:
        read_events(path)
    offset = caught.value.offset
    assert caught.value.path == path
    assert str(caught.value).startswith(f"{path}")
    with pytest.raises(FormatError, match=re.escape(reason)) as again:
        list(stream_events(path, chunk=1))
    assert again.value.offset == offset
    return offset


@pytest.mark.parametrize("case", BAD)
def test_a_malformed_file_is_refused_at_its_byte(tmp_path: Path, case: str) -> None:
    name, content, offset, reason = BAD[case]
    (tmp_path / name).write_bytes(content)
    assert refused(tmp_path / name, reason) == offset


def columns(**change: Any) -> dict[str, Any]:
    return {field: TWO[field] for field in "txyp"} | change


def saved(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


VERSION_73 = b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM" + b"\x89HDF\r\n\x1a\n" + bytes(384)
Save = Callable[[Path], object]
TABLES: dict[str, tuple[str, Save, str]] = {
    "mat two": ("a.mat", lambda p: savemat(p, {"a": [[1]], "b": [[1]]}), "variable, got 2: a, b"),
    "mat cells": (
        "a.mat",
        lambda p: savemat(p, {"a": np.array([list("abcd")], object)}),
        "t: expected numbers, got dtype object",
    ),
    "mat 7.3": ("a.mat", lambda p: p.write_bytes(VERSION_73), "use HDF reader for matlab v7.3"),
    "mat fraction": (
        "a.mat",
        lambda p: savemat(p, {"a": np.array([[1, 2, 3, 1], [1.5, 2, 3, 1]])}),
        "t: expected an integer in -9007199254740992 .. 9007199254740992, got 1.5 in row 1",
    ),
    "mat three polarities": (
        "a.mat",
        lambda p: savemat(p, {"a": [[1, 2, 3, q] for q in (-1, 0, 1)]}),
        "polarity: expected 1 and either 0 or -1, got all three",
    ),
    "mat back": (
        "a.mat",
        lambda p: savemat(p, {"a": [[2, 2, 3, 1], [1, 2, 3, 1]]}),
        "t: expected non-decreasing timestamps, got 1 after 2 in row 1",
    ),
    "npz none": ("a.npz", lambda p: np.savez(p, **{n: TWO[n][:0] for n in "txyp"}), "events, got"),
    "npy none": ("a.npy", lambda p: np.save(p, TWO[:0]), "events, got"),
    "npz missing": ("a.npz", lambda p: np.savez(p, t=[1], x=[1]), "fields t, x, y and p, got t, x"),
    "npz lengths": (
        "a.npz",
        lambda p: np.savez(p, **columns(x=[1])),
        "x: expected integers or booleans of shape (2,), got shape (1,) and dtype int64",
    ),
    "npz floats": (
        "a.npz",
        lambda p: np.savez(p, **columns(x=[1.0, 2.0])),
        "x: expected integers or booleans of shape (2,), got shape (2,) and dtype float64",
    ),
    "npy cut short": (
        "a.npy",
        lambda p: p.write_bytes(saved(TWO)[:-1]),
        "expected an array in NumPy's format, got an error: ValueError('mmap length is greater",
    ),
    "npy back": (
        "a.npy",
        lambda p: np.save(p, np.concatenate([TWO, BACK])),
        "t: expected non-decreasing timestamps, got 5 after 9 in row 3",
    ),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_table_of_something_else_is_refused(tmp_path: Path, case: str) -> None:
    name, save, reason = TABLES[case]
    save(tmp_path / name)
    refused(tmp_path / name, reason)


@pytest.mark.parametrize("read", [read_events, lambda path: list(stream_events(path))])
@pytest.mark.parametrize("suffix", ["aedat", "bin", "mat", "npy"])
def test_what_cannot_be_opened_is_named(tmp_path: Path, read: Any, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    for reason in ("No such file", "Is a directory"):
        if reason != "No such file":
            path.mkdir()
        with pytest.raises(DataError, match=f"^{re.escape(str(path))}: cannot be read: {reason}"):
            read(path)
    with pytest.raises(DataError, match="cannot be read"):
        read("a\0b.aedat")


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


OTHER = aedat4_packet(SENT[:0], stream=1, file_identifier=b"IMUS")
OUTSIDE = SENT.copy()
OUTSIDE["x"][3] = -1
BAD4: dict[str, tuple[bytes, int | None, str]] = {
    "header cut": (aedat4_header()[:-3], None, "expected a valid file, got an error: "),
    "no packets": (aedat4([]), None, "expected events, got none"),
    "no events": (aedat4([OTHER]), None, "expected events, got none"),
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
    "column": (
        aedat4([aedat4_packet(OUTSIDE)]),
        HEAD,
        "event 3 of the packet: expected a pixel inside 32768 x 32768, got row 3, column 65535",
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


@pytest.mark.parametrize("case", BAD4)
def test_what_is_wrong_is_named_by_its_byte(path: Path, case: str) -> None:
    content, offset, reason = BAD4[case]
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
