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

from liaf_ref._core.errors import FormatError, TruncatedWarning
from liaf_ref.data.events.aedat_header import read_header
from liaf_ref.data.events.array import EVENT, Events
from liaf_ref.data.events.binary_io import ErrorFactory, Warn, error_at, file_size, open_binary
from liaf_ref.data.events.timestamps import check_nondecreasing

HEADER_FIELDS = (
    "eventType",
    "eventSource",
    "eventSize",
    "eventTSOffset",
    "eventTSOverflow",
    "eventCapacity",
    "eventNumber",
    "eventValid",
)  # as the specification names them
PACKET_HEADER = np.dtype(list(zip(HEADER_FIELDS, ["<i2", "<i2"] + ["<i4"] * 6, strict=True)))
EVENT_DTYPE = np.dtype([("data", "<u4"), ("stamp", "<i4")])
SPECIAL_EVENT, POLARITY_EVENT = 0, 1
TIMESTAMP_RESET = 1  # type of a special event: the camera's counter starts from 0


class Packet(NamedTuple):
    """A packet's header.

    Attributes
    ----------
    event_type, event_source, overflow, event_number : int
        Type of its events, where they come from, starts of the counter, how many.
    data_start, data_end : int
        Byte of its first event, and the byte behind its last one.
    event_size : int
        Bytes of an event.
    """

    event_type: int
    event_source: int
    overflow: int
    event_number: int
    data_start: int
    data_end: int
    event_size: int


def read(path: Path, sensor_size: tuple[int, int], chunk: int, warn: Warn) -> Iterator[Events]:
    """Read valid polarity events; what else there is, is left out."""
    last, sources = -1, set()
    with open_binary(path) as file:
        read_header(file, path, "3.1")
        for packet in _read_packets(file, path, warn):
            if packet.event_type == SPECIAL_EVENT and last >= 0:
                _check_no_reset(file, path, packet)
            if packet.event_type != POLARITY_EVENT:
                continue
            sources.add(packet.event_source)
            if len(sources) > 1:
                text = f"expected events of one source, got those of {sorted(sources)}"
                raise FormatError(path, text, offset=packet.data_start - PACKET_HEADER.itemsize)
            for offset, block in _read_events(file, path, packet, chunk):
                words, refuse = _select_valid(np.frombuffer(block, EVENT_DTYPE), path, offset)
                if len(words):
                    t = _timestamps(words["stamp"], packet.overflow, refuse)
                    last = check_nondecreasing(t, last, refuse)
                    yield _decode(words["data"], t, sensor_size, refuse)


def _read_packets(file: BinaryIO, path: Path, warn: Warn) -> Iterator[Packet]:
    start, end = file.tell(), file_size(file)
    while start < end:
        file.seek(start)
        head = file.read(PACKET_HEADER.itemsize)
        if len(head) < PACKET_HEADER.itemsize:
            text = f"expected a packet's header of {PACKET_HEADER.itemsize} bytes, got {len(head)}"
            warn(TruncatedWarning(path, text, offset=start, leftover_bytes=len(head)))
            return
        packet = _parse_packet_header(np.frombuffer(head, PACKET_HEADER)[0], path, start)
        left = max(end - packet.data_start, 0) % packet.event_size
        yield packet._replace(data_end=min(packet.data_end, end - left))
        if packet.data_end > end:
            text = f"expected a packet of {packet.data_end - start} bytes, got {end - start}"
            warn(TruncatedWarning(path, text, offset=start, leftover_bytes=left))
        start = packet.data_end


def _parse_packet_header(head: Any, path: Path, start: int) -> Packet:
    kind, source, size, stamp_at, overflow, _, number, _ = (int(value) for value in head)
    known = kind not in {SPECIAL_EVENT, POLARITY_EVENT} or (size, stamp_at) == (8, 4)
    if min(kind, number, overflow, stamp_at) < 0 or size < stamp_at + 4 or not known:
        actual = ", ".join(
            f"{name} {int(value)}" for name, value in zip(HEADER_FIELDS, head, strict=True)
        )
        expected = "a packet's header, with events of 8 bytes and their timestamp at offset 4"
        text = f"expected {expected}, got {actual}"
        raise FormatError(path, text, offset=start)
    first = start + PACKET_HEADER.itemsize
    return Packet(kind, source, overflow, number, first, first + size * number, size)


def _read_events(
    file: BinaryIO, path: Path, packet: Packet, chunk: int
) -> Iterator[tuple[int, bytes]]:
    """Read a packet's events, at most ``chunk`` at a time."""
    for first in range(packet.data_start, packet.data_end, chunk * EVENT_DTYPE.itemsize):
        file.seek(first)
        size = min(packet.data_end - first, chunk * EVENT_DTYPE.itemsize)
        yield first, file.read(size)


def _check_no_reset(file: BinaryIO, path: Path, packet: Packet) -> None:
    for offset, block in _read_events(file, path, packet, 2**16):
        data = np.frombuffer(block, EVENT_DTYPE)["data"]
        resets = ((data & 1) == 1) & ((data >> 1 & 127) == TIMESTAMP_RESET)
        if resets.any():
            text = "a timestamp reset after events is not supported"
            raise error_at(path, offset, EVENT_DTYPE.itemsize)(int(np.argmax(resets)), text)


def _select_valid(
    words: NDArray[Any], path: Path, offset: int
) -> tuple[NDArray[Any], ErrorFactory]:
    """Select the valid events, and make what names one of them by its byte."""
    refuse = error_at(path, offset, EVENT_DTYPE.itemsize)
    valid = (words["data"] & 1) == 1
    if valid.all():
        return words, refuse
    (places,) = np.nonzero(valid)
    return words[places], lambda index, text: refuse(int(places[index]), text)


def _timestamps(
    stamps: NDArray[np.int32], overflow: int, make_error: ErrorFactory
) -> NDArray[np.int64]:
    if stamps.min() < 0:
        index = int(np.argmax(stamps < 0))
        raise make_error(index, f"expected a time >= 0, got {stamps[index]}")
    return stamps.astype(np.int64) + overflow * 2**31


def _decode(
    data: NDArray[np.uint32],
    t: NDArray[np.int64],
    sensor_size: tuple[int, int],
    make_error: ErrorFactory,
) -> Events:
    y, x = data >> 2 & 0x7FFF, data >> 17
    outside = (y >= sensor_size[0]) | (x >= sensor_size[1])
    if outside.any():
        index = int(np.argmax(outside))
        text = f"expected a pixel inside {sensor_size[0]} x {sensor_size[1]}, got row {y[index]}"
        raise make_error(index, f"{text}, column {x[index]}")
    events = np.empty(len(t), EVENT)
    events["t"], events["x"], events["y"], events["p"] = t, x, y, data >> 1 & 1
    return events
