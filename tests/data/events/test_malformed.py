"""What does not follow its format is refused, with the file and the byte."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from liaf_ref._core.errors import DataError, FormatError, TruncatedWarning
from liaf_ref.data import read_events, stream_events

from .writers import (
    AEDAT3_HEADER,
    HEADER,
    aedat2,
    aedat3_packet,
    aedat3_words,
    aedat4,
    aedat4_header,
    aedat4_packet,
    make_event_array,
    nmnist,
)

TWO = make_event_array([5, 9], [1, 2], [30, 33], [True, False])
BACK = make_event_array([9, 5], [1, 2], [30, 33], [True, False])
HEAD2, HEAD3, HEAD4 = (len(head) for head in (HEADER % b"2.0", AEDAT3_HEADER, aedat4_header()))
WORDS = aedat3_words(TWO)
GOOD3 = aedat3_packet(WORDS, TWO["t"])
BEYOND = aedat3_words(make_event_array([1], [128], [3], [1]))
DAVIS = b"#!AER-DAT2.0\r\n# AEChip: eu.seebetter.ini.chips.davis.DAVIS240C\r\n"
SENT = make_event_array(np.arange(50) * 7, np.arange(50) % 9, np.arange(50) % 5, np.arange(50) % 2)
FIRST = aedat4_packet(SENT[:9])
OTHER = aedat4_packet(SENT[:0], stream=1, file_identifier=b"IMUS")
OUTSIDE = SENT.copy()
OUTSIDE["x"][3] = -1
COLUMNS: dict[str, Any] = {field: TWO[field] for field in "txyp"}
VERSION_73 = b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM" + b"\x89HDF\r\n\x1a\n" + bytes(384)
# By the suffix of the file and what is wrong: its bytes or arrays, the byte that is named, why.
BAD: dict[str, tuple[Any, int | None, str]] = {
    "aedat empty": (b"", None, "the file is empty"),
    "txt suffix": (b"x", None, "expected one of the suffixes .aedat, .aedat4, .dat, .bin"),
    "aedat no version": (b"# hello\r\n", 0, "expected a first line #!AER-DAT with a version"),
    "aedat version": (b"#!AER-DAT3.0\r\n", 0, "1.0 or 2.0 or 3.1 or 4.0, got version 3.0"),
    "aedat header only": (HEADER % b"2.0", None, "expected events, got none"),
    "aedat 2.0 address": (
        aedat2(TWO)[:-8] + b"\0\1" + aedat2(TWO)[-6:],
        HEAD2 + 8,
        "expected a 16-bit address of a DVS128, got 0x00015e",
    ),
    "aedat chip": (aedat2(TWO, header=DAVIS), 14, "the chip DVS128, got eu.seebetter"),
    "aedat a long line": (
        HEADER % b"2.0" + b"#" * 2**17,
        HEAD2,
        "expected a line of at most 65536 bytes",
    ),
    "aedat 3.1 no end": (AEDAT3_HEADER[:-14] + GOOD3, HEAD3 - 14, "that ends with #!END-HEADER"),
    "aedat 3.1 size": (
        AEDAT3_HEADER + aedat3_packet(WORDS, TWO["t"], size=12),
        HEAD3,
        "with events of 8 bytes and their timestamp at offset 4, "
        "got {'eventType': 1, 'eventSource': 1, 'eventSize': 12,",
    ),
    "aedat 3.1 back": (
        AEDAT3_HEADER + GOOD3 + GOOD3,
        HEAD3 + 44 + 28,
        "non-decreasing timestamps, got 5 after 9",
    ),
    "aedat 3.1 outside": (
        AEDAT3_HEADER + aedat3_packet(BEYOND, [1]),
        HEAD3 + 28,
        "expected a pixel inside 128 x 128, got row 3, column 128",
    ),
    "aedat 3.1 reset": (
        AEDAT3_HEADER + GOOD3 + aedat3_packet([5, 3], [9, 2**31 - 1], kind=0) + GOOD3,
        HEAD3 + 44 + 28 + 8,
        "expected no timestamp reset after events, got one, which is not supported",
    ),
    "aedat 3.1 sources": (
        AEDAT3_HEADER + GOOD3 + aedat3_packet(WORDS, [9, 9], source=2),
        HEAD3 + 44,
        "expected events of one source, got the sources [1, 2]",
    ),
    "bin back": (nmnist(BACK), 5, "non-decreasing timestamps, got 5 after 9"),
    "bin outside": (b"\x22\0\0\0\1", 0, "inside 34 x 34, got row 0, column 34"),
    "aedat4 header cut": (aedat4_header()[:-3], None, "expected a valid file, got an error: "),
    "aedat4 no packets": (aedat4([]), None, "expected events, got none"),
    "aedat4 no events": (aedat4([OTHER]), None, "expected events, got none"),
    "aedat4 streams": (
        aedat4([FIRST, aedat4_packet(SENT[9:], stream=1)], ("EVTS", "EVTS")),
        HEAD4 + len(FIRST),
        "expected one stream of events, got streams [0, 1]",
    ),
    "aedat4 back": (
        aedat4([aedat4_packet(SENT[9:]), aedat4_packet(SENT)]),
        HEAD4 + len(aedat4_packet(SENT[9:])),
        "event 0 of the packet: expected non-decreasing timestamps, got 0 after 343",
    ),
    "aedat4 column": (
        aedat4([aedat4_packet(OUTSIDE)]),
        HEAD4,
        "event 3 of the packet: expected a pixel inside 32768 x 32768, got row 3, column 65535",
    ),
    "aedat4 spoilt packet": (
        aedat4([FIRST, aedat4_packet(SENT[9:]).replace(b"EVTS", b"EVEN")]),
        HEAD4 + len(FIRST),
        "expected a packet of AEDAT 4.0, got an error: RuntimeError(",
    ),
    "aedat4 a packet of a byte, at which aedat panics": (
        aedat4([np.array([0, 1], "<i4").tobytes() + b"x", aedat4_packet(SENT)]),
        HEAD4,
        "expected a packet of AEDAT 4.0, got an error: PanicException(",
    ),
    "mat two": ({"a": [[1]], "b": [[1]]}, None, "one variable, got 2: a, b"),
    "mat cells": (np.array([[*"abcd"]], object), None, "t: expected numbers, got dtype object"),
    "mat 7.3": (VERSION_73, None, "Please use HDF reader for matlab v7.3 files"),
    "mat fraction": (
        np.array([[1, 2, 3, 1], [1.5, 2, 3, 1]]),
        None,
        "t: expected an integer in -9007199254740992 .. 9007199254740992, got 1.5 in row 1",
    ),
    "mat three polarities": (
        np.array([[1, 2, 3, q] for q in (-1, 0, 1)]),
        None,
        "polarity: expected 1 and either 0 or -1, got all three",
    ),
    "mat back": (
        np.array([[2, 2, 3, 1], [1, 2, 3, 1]]),
        None,
        "t: expected non-decreasing timestamps, got 1 after 2 in row 1",
    ),
    "npz none": ({field: TWO[field][:0] for field in "txyp"}, None, "expected events, got none"),
    "npz missing": ({"t": [1], "x": [1]}, None, "arrays or fields t, x, y and p, got t, x"),
    "npz lengths": (COLUMNS | {"x": [1]}, None, "x: expected shape (2,), got shape (1,)"),
    "npz floats": (COLUMNS | {"x": [1.0, 2.0]}, None, "x: expected integers, got dtype float64"),
    "npy none": (TWO[:0], None, "expected events, got none"),
    "npy back": (np.concatenate([TWO, BACK]), None, "timestamps, got 5 after 9"),
}


def write(path: Path, content: Any) -> Path:
    """Write bytes, or arrays in the format of the suffix."""
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif path.suffix == ".mat":
        savemat(path, content if isinstance(content, dict) else {"a": content})
    elif path.suffix == ".npz":
        np.savez(path, **content)
    else:
        np.save(path, content)
    return path


@pytest.mark.parametrize("case", BAD)
def test_a_malformed_file_is_refused_at_its_byte(tmp_path: Path, case: str) -> None:
    content, offset, reason = BAD[case]
    if (suffix := case.split(maxsplit=1)[0]) == "aedat4":
        pytest.importorskip("aedat")
    path = write(tmp_path / f"a.{suffix}", content)
    for read in (read_events, lambda path: list(stream_events(path, chunk=1))):
        with pytest.raises(FormatError, match=re.escape(reason)) as caught:
            read(path)
        assert (caught.value.path, caught.value.offset) == (path, offset)
        assert str(caught.value).startswith(f"{path}")


def test_an_array_cut_short_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npy", TWO)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FormatError, match=r"NumPy's format, got an error: ValueError\('mmap leng"):
        read_events(path)


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


def test_packets_are_joined_and_zeros_behind_them_are_a_file_cut_short(tmp_path: Path) -> None:
    """A download that has stopped leaves zeros, in a file that had its size at once."""
    pytest.importorskip("aedat")
    packets = [aedat4_packet(SENT[:20]), aedat4_packet(SENT[:0]), OTHER, aedat4_packet(SENT[20:])]
    path = write(tmp_path / "a.aedat4", aedat4(packets))
    assert (read_events(path) == SENT).all()
    pieces = list(stream_events(path, chunk=15))
    assert [len(piece) for piece in pieces] == [15, 5, 15, 15]
    assert (np.concatenate(pieces) == SENT).all()
    write(path, aedat4_header() + aedat4_packet(SENT) + bytes(4096))
    with pytest.warns(TruncatedWarning, match="seems truncated; ignored 4096 bytes at its end"):
        assert (read_events(path) == SENT).all()
    with pytest.raises(FormatError, match="truncated"):
        read_events(path, strict=True)
