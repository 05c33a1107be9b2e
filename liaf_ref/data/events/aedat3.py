"""AEDAT 3.1: packets of events, little-endian; the format of DVS128 Gesture."""

# A polarity event is a word and a timestamp. Bit 0 of the word marks a valid event, bit 1 is the
# polarity (1 is brighter), bits 2-16 are the row, bits 17-31 the column, from the upper left.

from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import Struct
from typing import NamedTuple

import numpy as np

from liaf_ref._core.errors import FormatError, TruncatedWarning
from liaf_ref.data.events import binary_io
from liaf_ref.data.events.binary_io import Block, Warn

# As the specification names them.
HEADER_FIELDS = ["eventType", "eventSource", "eventSize", "eventTSOffset", "eventTSOverflow"]
HEADER_FIELDS += ["eventCapacity", "eventNumber", "eventValid"]
PACKET_HEADER = Struct("<2h6i")
EVENT_DTYPE = np.dtype([("data", "<u4"), ("stamp", "<i4")])
SPECIAL_EVENT, POLARITY_EVENT = 0, 1
TIMESTAMP_RESET = 1  # type of a special event: the camera's counter starts from 0


class Part(NamedTuple):
    """Events of a packet."""

    offset: int  # of the first event, in bytes
    overflow: int  # overflows of the counter
    data: bytes


def read(path: Path, chunk: int, warn: Warn) -> Iterator[Block]:
    """Read valid polarity events; skip all others."""
    batch: list[Part] = []  # small packets, which are decoded together
    room = chunk * EVENT_DTYPE.itemsize
    with binary_io.open_binary(path) as file:
        binary_io.skip_header(file, path, "3.1")
        content = mmap(file.fileno(), 0, access=ACCESS_READ)
        for part in _read_parts(content, file.tell(), path, room, warn):
            if room < len(part.data):
                yield _decode(batch, path)
                batch, room = [], chunk * EVENT_DTYPE.itemsize
            batch.append(part)
            room -= len(part.data)
        if batch:
            yield _decode(batch, path)


def _read_parts(content: mmap, start: int, path: Path, most: int, warn: Warn) -> Iterator[Part]:
    """Read the polarity packets, at most so many bytes at a time."""
    end, only, began = len(content), None, False
    while start < end:
        first = start + PACKET_HEADER.size
        head = content[start:first]
        if len(head) < PACKET_HEADER.size:
            text = f"expected a packet header of {PACKET_HEADER.size} bytes, got {len(head)}"
            warn(TruncatedWarning(path, text, offset=start, leftover_bytes=len(head)))
            return
        kind, source, overflow, size, number = _parse_packet_header(head, path, start)
        stop = first + size * number
        left = (end - first) % size if stop > end else 0  # of an event that the file's end cuts
        last = min(stop, end - left)
        if kind == POLARITY_EVENT:
            only = source if only is None else only
            if source != only:
                text = f"expected events of one source, got the sources {sorted((only, source))}"
                raise FormatError(path, text, offset=start)
            for offset in range(first, last, most):
                yield Part(offset, overflow, content[offset : min(offset + most, last)])
                began = True
        elif kind == SPECIAL_EVENT and began:
            _check_no_reset(content[first:last], path, first)
        if stop > end:
            text = f"expected a packet of {stop - start} bytes, got {end - start}"
            warn(TruncatedWarning(path, text, offset=start, leftover_bytes=left))
        start = stop


def _parse_packet_header(head: bytes, path: Path, start: int) -> tuple[int, int, int, int, int]:
    """Return event type, source, counter overflows, bytes per event and number of events."""
    fields = PACKET_HEADER.unpack(head)
    kind, source, size, stamp_at, overflow, _, number, _ = fields
    known = kind not in {SPECIAL_EVENT, POLARITY_EVENT} or (size, stamp_at) == (8, 4)
    if min(kind, number, overflow, stamp_at) < 0 or size < stamp_at + 4 or not known:
        expected = "a packet header with events of 8 bytes and their timestamp at offset 4"
        actual = dict(zip(HEADER_FIELDS, fields, strict=True))
        raise FormatError(path, f"expected {expected}, got {actual}", offset=start)
    return kind, source, overflow, size, number


def _check_no_reset(content: bytes, path: Path, offset: int) -> None:
    data = np.frombuffer(content, EVENT_DTYPE)["data"]
    (resets,) = np.nonzero(((data & 1) == 1) & ((data >> 1 & 127) == TIMESTAMP_RESET))
    if len(resets):
        text = "expected no timestamp reset after events, got one, which is not supported"
        raise binary_io.at_record(path, offset, EVENT_DTYPE.itemsize, resets)(0, text)


def _decode(parts: list[Part], path: Path) -> Block:
    """Decode the valid events of some packets."""
    words = np.frombuffer(b"".join([part.data for part in parts]), EVENT_DTYPE)
    counts = np.array([len(part.data) // EVENT_DTYPE.itemsize for part in parts])
    overflow = np.array([part.overflow for part in parts])
    whose = np.repeat(overflow, counts) if overflow.any() else overflow[:1]
    (places,) = np.nonzero(words["data"] & 1)
    if len(places) < len(words):
        words, whose = words[places], whose[places] if overflow.any() else whose
    data, stamps = words["data"], words["stamp"]

    def locate(index: int, text: str) -> FormatError:
        place, ends = int(places[index]), np.cumsum(counts)
        part = int(np.searchsorted(ends, place, side="right"))
        inside = place - int(ends[part]) + int(counts[part])
        offset = parts[part].offset + EVENT_DTYPE.itemsize * inside
        return FormatError(path, text, offset=offset)

    if stamps.min(initial=0) < 0:
        index = int(np.argmax(stamps < 0))
        raise locate(index, f"expected a timestamp >= 0, got {stamps[index]}")
    return Block(stamps + whose * 2**31, data >> 17, data >> 2 & 0x7FFF, data >> 1 & 1, locate)
