"""AEDAT 4.0: files from the format's own words, and of another program."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liaf_ref._core.errors import DataError, FormatError
from liaf_ref.data import read_events, stream_events

from .writers import aedat4, aedat4_header, aedat4_packet, flatbuffer_table, make_event_array

SENT = make_event_array(np.arange(50) * 7, np.arange(50) % 9, np.arange(50) % 5, np.arange(50) % 2)
HEAD = len(aedat4_header())
Pack = Callable[[bytes], bytes]


def identity(content: bytes) -> bytes:
    return content


def packer(method: int) -> Pack:
    """Compression of a method, if its package is there."""
    if method == 0:
        return identity
    if method <= 2:
        lz4: Any = pytest.importorskip("lz4.frame")
        return lambda content: bytes(lz4.compress(content))
    zstd: Any = pytest.importorskip("zstandard")
    return lambda content: bytes(zstd.compress(content))


def packet(events: Any, **options: Any) -> bytes:
    return aedat4_packet(events, **options)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.aedat4"


@pytest.mark.parametrize("method", range(5))
def test_packets_are_joined(path: Path, method: int) -> None:
    pack = packer(method)
    parts = [packet(SENT[:20], compress=pack), packet(SENT[:0], compress=pack)]
    parts += [
        packet(SENT[:9], stream=1, file_identifier=b"IMUS", compress=pack),
        packet(SENT[20:], compress=pack),
    ]
    path.write_bytes(aedat4(parts, method))
    assert (read_events(path) == SENT).all()
    pieces = list(stream_events(path, chunk=15))
    assert [len(piece) for piece in pieces] == [15, 5, 15, 15]
    assert (np.concatenate(pieces) == SENT).all()


def test_a_recording_that_was_never_closed_has_no_table(path: Path) -> None:
    path.write_bytes(aedat4_header() + packet(SENT))
    assert (read_events(path) == SENT).all()


@pytest.mark.parametrize("places", [(), (0,), (0, 0), (0, 0, 4)])
def test_a_header_that_says_nothing_is_of_one_that_was_not_packed_nor_closed(
    path: Path, places: tuple[int, ...]
) -> None:
    header = flatbuffer_table(b"IOHE", b"\3" * 16, places)
    line = b"#!AER-DAT4.0\r\n" + len(header).to_bytes(4, "little")
    path.write_bytes(line + header + packet(SENT))
    assert (read_events(path) == SENT).all()


def spoilt(field: str, value: int) -> bytes:
    events = SENT.copy()
    events[field][3] = value
    return packet(events)


def sized(content: bytes) -> bytes:
    return len(content).to_bytes(4, "little") + content


SIZE = len(packet(SENT))
BAD: dict[str, tuple[bytes, int | None, str]] = {
    "no header": (aedat4_header()[:16], 14, "expected a header of"),
    "header cut": (aedat4_header()[:-3], 14, "expected a header of"),
    "header of another": (
        aedat4([packet(SENT)]).replace(b"IOHE", b"HEAD"),
        14,
        "expected the file identifier IOHE, got b'HEAD'",
    ),
    "method": (aedat4([packet(SENT)], 5), 14, "a method of compression of 0 to 4, got 5"),
    "method below": (aedat4([packet(SENT)], -1), 14, "of compression of 0 to 4, got -1"),
    "table before": (aedat4_header(end=3), 14, "after the header, found it at byte 3"),
    "no packets": (aedat4([]), None, "expected events, got none"),
    "no events": (
        aedat4([packet(SENT, file_identifier=b"IMUS")]),
        None,
        "expected events, got none",
    ),
    "streams": (
        aedat4([packet(SENT[:9]), packet(SENT[9:], stream=1)]),
        HEAD + len(packet(SENT[:9])),
        "one stream of events, got streams [0, 1]",
    ),
    "back": (
        aedat4([packet(SENT[9:]), packet(SENT)]),
        HEAD + len(packet(SENT[9:])),
        "event 0 of the packet: expected non-decreasing timestamps, got 0 after 343",
    ),
    "back inside": (
        aedat4([packet(SENT[::-1])]),
        HEAD,
        "event 1 of the packet: expected non-decreasing timestamps",
    ),
    "column": (aedat4([spoilt("x", -1)]), HEAD, "event 3 of the packet: expected rows and"),
    "row": (aedat4([spoilt("y", -1)]), HEAD, "event 3 of the packet: expected rows and"),
    "polarity": (
        aedat4([packet(SENT)[:-4] + b"\7\0\0\0"]),
        HEAD,
        "event 49 of the packet: expected rows and columns of 0 to 32767 and a polarity of 0 or 1",
    ),
    "size": (
        aedat4([packet(SENT)[:4] + b"\xff\xff\xff\xff" + packet(SENT)[8:]]),
        HEAD,
        "with stream 0 and size -1",
    ),
    "beyond the table": (aedat4([packet(SENT), packet(SENT)[:9]]), HEAD + SIZE, "got 9"),
    "own size": (
        aedat4([packet(SENT)[:8] + b"\1\0\0\0" + packet(SENT)[12:]]),
        HEAD,
        "expected a size-prefixed buffer",
    ),
    "list": (
        aedat4([packet(SENT).replace(b"\x32\0\0\0", b"\xff\xff\xff\x7f", 1)]),
        HEAD,
        "structs, got",
    ),
    "list cut": (
        aedat4([packet(SENT, compress=lambda content: sized(content[4:-8]))]),
        HEAD,
        "expected 50 structs, got 792 bytes",
    ),
    "place": (
        aedat4([packet(SENT)[:12] + b"\xff\xff\xff\x7f" + packet(SENT)[16:]]),
        HEAD,
        "expected an offset within",
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


SPOILS: dict[str, Pack] = {
    "another": lambda data: b"no" + data[2:],
    "cut": lambda data: data[:-9],
    "more": lambda data: data + b"x",
}
UNPACKED = {
    (1, "another"): "expected compressed data, got LZ4",
    (1, "cut"): "expected a complete compressed frame of at most ",
    (1, "more"): "expected a complete compressed frame of at most ",
    (3, "another"): "expected compressed data, got zstd",
    (3, "cut"): "expected a size-prefixed buffer of -4 bytes",
    (3, "more"): "expected compressed data, got zstd",
}


@pytest.mark.parametrize(("method", "spoil"), UNPACKED)
def test_packets_that_do_not_unpack(path: Path, method: int, spoil: str) -> None:
    pack = packer(method)
    path.write_bytes(
        aedat4([packet(SENT, compress=lambda data: SPOILS[spoil](pack(data)))], method)
    )
    with pytest.raises(FormatError, match=UNPACKED[method, spoil]) as caught:
        read_events(path)
    assert caught.value.offset == HEAD


@pytest.mark.parametrize("method", [1, 3])
def test_packets_that_grow_beyond_the_cap(path: Path, method: int) -> None:
    pack = packer(method)
    bomb = np.array([0, 0], "<i4").tobytes()
    data = pack(bytes(10**8))
    bomb = np.array([0, len(data)], "<i4").tobytes() + data
    path.write_bytes(aedat4([bomb], method))
    with pytest.raises(
        FormatError, match=r"(complete compressed frame|compressed data) of at most"
    ) as caught:
        read_events(path)
    assert caught.value.offset == HEAD


@pytest.mark.parametrize(("method", "package"), [(1, "lz4.frame"), (4, "zstandard")])
def test_it_says_what_to_install(
    path: Path, monkeypatch: pytest.MonkeyPatch, method: int, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    path.write_bytes(aedat4([], method))
    expected = f"needs the package {package.partition('.')[0]}: pip install"
    with pytest.raises(DataError, match=expected):
        read_events(path)


@pytest.mark.parametrize("method", ["NONE", "LZ4", "LZ4_HIGH", "ZSTD", "ZSTD_HIGH"])
def test_files_of_another_program(path: Path, method: str) -> None:
    dv: Any = pytest.importorskip("dv_processing")
    packer(["NONE", "LZ4", "LZ4_HIGH", "ZSTD", "ZSTD_HIGH"].index(method))
    config = dv.io.MonoCameraWriter.Config("camera")
    config.addEventStream((128, 128))
    config.addImuStream()
    config.compression = getattr(dv.CompressionType, method)
    writer = dv.io.MonoCameraWriter(str(path), config)
    for part in (SENT[:30], SENT[30:]):
        store = dv.EventStore()
        for x, y, t, p in part.tolist():
            store.push_back(t, x, y, p)
        writer.writeEvents(store)
    del writer, store  # closes the file
    assert (read_events(path) == SENT).all()


def test_another_reader_reads_the_same(path: Path) -> None:
    dv: Any = pytest.importorskip("dv_processing")
    aedat: Any = pytest.importorskip("aedat")
    packer(1)
    writer = dv.io.MonoCameraWriter(
        str(path), dv.io.MonoCameraWriter.EventOnlyConfig("camera", (128, 128))
    )
    store = dv.EventStore()
    for x, y, t, p in SENT.tolist():
        store.push_back(t, x, y, p)
    writer.writeEvents(store)
    del writer
    (theirs,) = [each["events"] for each in aedat.Decoder(path)]
    ours = read_events(path)
    for field, name in {"t": "t", "x": "x", "y": "y", "p": "on"}.items():
        assert (ours[field] == theirs[name]).all()
