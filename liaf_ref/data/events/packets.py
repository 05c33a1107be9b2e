"""AEDAT 3.1: packets of events, little-endian; DVS128 Gesture is written so.

An event of polarity is a word and a time stamp: bit 0 says that it is valid, bit 1 is
the polarity (1 is brighter), bits 2-16 are the row and bits 17-31 the column, both from
the upper left.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.events.array import EVENT, Events
from liaf_ref.data.events.clock import check_order
from liaf_ref.data.events.header import read_header
from liaf_ref.data.events.records import Refuse, Warn, length, opened, refuser
from liaf_ref.errors import FormatError, TruncatedWarning

FIELDS = ("type", "source", "size", "stamp_at", "overflow", "capacity", "number", "valid")
HEAD = np.dtype(list(zip(FIELDS, ["<i2", "<i2"] + ["<i4"] * 6, strict=True)))
WORDS = np.dtype([("data", "<u4"), ("stamp", "<i4")])
SPECIAL, POLARITY = 0, 1
RESET = 1  # type of a special event: the camera's counter starts from 0


class Packet(NamedTuple):
    """A packet's header.

    Attributes
    ----------
    kind, source, overflow, number : int
        Type of its events, where they come from, starts of the counter, how many.
    first, end : int
        Byte of its first event, and the byte behind its last one.
    size : int
        Bytes of an event.
    """

    kind: int
    source: int
    overflow: int
    number: int
    first: int
    end: int
    size: int


def read(path: Path, size: tuple[int, int], chunk: int, warn: Warn) -> Iterator[Events]:
    """Read valid polarity events; what else there is, is left out.

    Parameters
    ----------
    path : Path
        The file.
    size : tuple of int
        The camera's (H, W).
    chunk : int
        Events to read at a time.
    warn : callable
        What to do if the file ends inside a packet, whose whole events are read.

    Yields
    ------
    ndarray of EVENT
        At most ``chunk``.

    Raises
    ------
    DataError
        If the file cannot be read.
    FormatError
        At the byte of the packet or event that is not so, or where the counter is reset
        behind events: times before and after it have nothing in common.
    """
    last, sources = -1, set()
    with opened(path) as file:
        read_header(file, path, "3.1")
        for packet in _packets(file, path, warn):
            if packet.kind == SPECIAL and last >= 0:
                _check_reset(file, path, packet)
            if packet.kind != POLARITY:
                continue
            sources.add(packet.source)
            if len(sources) > 1:
                text = f"expected events of one source, got those of {sorted(sources)}"
                raise FormatError(path, text, offset=packet.first - HEAD.itemsize)
            for offset, block in _events(file, path, packet, chunk):
                words, refuse = _valid(np.frombuffer(block, WORDS), path, offset)
                if len(words):
                    t = _times(words["stamp"], packet.overflow, refuse)
                    last = check_order(t, last, refuse)
                    yield _decode(words["data"], t, size, refuse)


def _packets(file: BinaryIO, path: Path, warn: Warn) -> Iterator[Packet]:
    start, end = file.tell(), length(file)
    while start < end:
        file.seek(start)
        head = file.read(HEAD.itemsize)
        if len(head) < HEAD.itemsize:
            text = f"expected a packet's header of {HEAD.itemsize} bytes, got {len(head)}"
            warn(TruncatedWarning(path, text, offset=start, left=len(head)))
            return
        packet = _packet(np.frombuffer(head, HEAD)[0], path, start)
        left = max(end - packet.first, 0) % packet.size
        yield packet._replace(end=min(packet.end, end - left))
        if packet.end > end:
            text = f"expected a packet of {packet.end - start} bytes, got {end - start}"
            warn(TruncatedWarning(path, text, offset=start, left=left))
        start = packet.end


def _packet(head: Any, path: Path, start: int) -> Packet:
    kind, source, size, stamp_at, overflow, _, number, _ = (int(value) for value in head)
    known = kind not in {SPECIAL, POLARITY} or (size, stamp_at) == (8, 4)
    if min(kind, number, overflow, stamp_at) < 0 or size < stamp_at + 4 or not known:
        came = ", ".join(f"{name} {int(value)}" for name, value in zip(FIELDS, head, strict=True))
        text = f"expected a packet's header, with events of 8 bytes and their time at 4, got {came}"
        raise FormatError(path, text, offset=start)
    first = start + HEAD.itemsize
    return Packet(kind, source, overflow, number, first, first + size * number, size)


def _events(file: BinaryIO, path: Path, packet: Packet, chunk: int) -> Iterator[tuple[int, bytes]]:
    """Read a packet's events, at most ``chunk`` at a time."""
    for first in range(packet.first, packet.end, chunk * WORDS.itemsize):
        file.seek(first)
        size = min(packet.end - first, chunk * WORDS.itemsize)
        yield first, file.read(size)


def _check_reset(file: BinaryIO, path: Path, packet: Packet) -> None:
    for offset, block in _events(file, path, packet, 2**16):
        data = np.frombuffer(block, WORDS)["data"]
        resets = ((data & 1) == 1) & ((data >> 1 & 127) == RESET)
        if resets.any():
            text = "expected no reset of the clock behind events, got one"
            raise refuser(path, offset, WORDS.itemsize)(int(np.argmax(resets)), text)


def _valid(words: NDArray[Any], path: Path, offset: int) -> tuple[NDArray[Any], Refuse]:
    """Select the valid events, and make what names one of them by its byte."""
    refuse = refuser(path, offset, WORDS.itemsize)
    valid = (words["data"] & 1) == 1
    if valid.all():
        return words, refuse
    (places,) = np.nonzero(valid)
    return words[places], lambda index, text: refuse(int(places[index]), text)


def _times(stamps: NDArray[np.int32], overflow: int, refuse: Refuse) -> NDArray[np.int64]:
    if stamps.min() < 0:
        index = int(np.argmax(stamps < 0))
        raise refuse(index, f"expected a time >= 0, got {stamps[index]}")
    return stamps.astype(np.int64) + overflow * 2**31


def _decode(
    data: NDArray[np.uint32], t: NDArray[np.int64], size: tuple[int, int], refuse: Refuse
) -> Events:
    y, x = data >> 2 & 0x7FFF, data >> 17
    outside = (y >= size[0]) | (x >= size[1])
    if outside.any():
        index = int(np.argmax(outside))
        text = f"expected a pixel inside {size[0]} x {size[1]}, got row {y[index]}"
        raise refuse(index, f"{text}, column {x[index]}")
    events = np.empty(len(t), EVENT)
    events["t"], events["x"], events["y"], events["p"] = t, x, y, data >> 1 & 1
    return events
