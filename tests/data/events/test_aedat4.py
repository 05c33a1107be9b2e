"""AEDAT 4.0: what is done with the packets of the package aedat, and files of another writer."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from liaf_ref.data import read_events, stream_events
from liaf_ref.errors import FormatError

from .writers import events_of

SENT = events_of(np.arange(50) * 7, np.arange(50) % 9, np.arange(50) % 5, np.arange(50) % 2)
PACKET = np.dtype([("t", "<u8"), ("x", "<u2"), ("y", "<u2"), (("p", "on"), "?")])


def packed(events: Any) -> dict[str, Any]:
    packet = np.zeros(len(events), PACKET)
    for field, name in zip("txyp", ("t", "x", "y", "on"), strict=True):
        packet[name] = events[field]
    return {"stream_id": 0, "events": packet}


def stand_in(packets: list[dict[str, Any]], streams: tuple[str, ...] = ("events",)) -> Any:
    class Decoder:
        def __init__(self, path: Path) -> None:
            assert path.read_bytes().startswith(b"#!AER-DAT4.0")

        def id_to_stream(self) -> dict[int, dict[str, str]]:
            return {i: {"type": kind} for i, kind in enumerate(streams)}

        def __iter__(self) -> Iterator[dict[str, Any]]:
            yield from packets

    return SimpleNamespace(Decoder=Decoder)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.aedat4"
    path.write_bytes(b"#!AER-DAT4.0\r\n")
    return path


def test_packets_are_joined(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packets = [packed(SENT[:20]), {"stream_id": 1, "imus": None}, packed(SENT[:0])]
    package = stand_in([*packets, packed(SENT[20:])], ("events", "imus"))
    monkeypatch.setitem(sys.modules, "aedat", package)
    assert (read_events(path) == SENT).all()
    pieces = list(stream_events(path, chunk=15))
    assert [len(piece) for piece in pieces] == [15, 5, 15, 15]
    assert (np.concatenate(pieces) == SENT).all()


@pytest.mark.parametrize(
    ("package", "reason"),
    [
        (stand_in([packed(SENT[9:]), packed(SENT)]), "event 0 of packet 1: expected times that"),
        (stand_in([packed(SENT[::-1])]), "event 1 of packet 0: expected times that never"),
        (stand_in([], ("events", "events")), "one stream of events, got streams events, events"),
        (stand_in([], ()), "one stream of events, got streams none"),
        (stand_in([packed(SENT[:0])]), "expected events, got none"),
    ],
)
def test_what_is_wrong_is_named_by_packet(
    path: Path, monkeypatch: pytest.MonkeyPatch, package: Any, reason: str
) -> None:
    monkeypatch.setitem(sys.modules, "aedat", package)
    with pytest.raises(FormatError, match=reason):
        read_events(path)


def test_a_pixel_beyond_what_an_event_can_hold(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packet = packed(SENT)
    packet["events"]["x"][3] = 2**15
    monkeypatch.setitem(sys.modules, "aedat", stand_in([packet]))
    with pytest.raises(FormatError, match="event 3 of packet 0: expected rows and columns up to"):
        read_events(path)


def test_files_of_another_program(tmp_path: Path) -> None:
    pytest.importorskip("aedat")
    dv = pytest.importorskip("dv_processing")
    path = tmp_path / "a.aedat4"
    config = dv.io.MonoCameraWriter.EventOnlyConfig("camera", (128, 128))
    writer = dv.io.MonoCameraWriter(str(path), config)
    store = dv.EventStore()
    for x, y, t, p in SENT.tolist():
        store.push_back(t, x, y, p)
    writer.writeEvents(store)
    del writer  # closes the file
    assert (read_events(path) == SENT).all()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FormatError, match="cannot be decoded"):
        read_events(path)
