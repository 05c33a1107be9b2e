"""AEDAT 3.1: packets of events, little-endian; the format of DVS128 Gesture."""

# A polarity event is a word and a timestamp. Bit 0 of the word marks a valid event, bit 1 is the
# polarity (1 is brighter), bits 2-16 are the row, bits 17-31 the column, from the upper left.

from collections.abc import Iterable, Iterator
from pathlib import Path
from struct import Struct
from typing import BinaryIO, NamedTuple

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

    @property
    def event_count(self) -> int:
        """Number of events."""
        return len(self.data) // EVENT_DTYPE.itemsize


def read(path: Path, chunk: int, warn: Warn) -> Iterator[Block]:
    """Read valid polarity events; skip all others."""
    with binary_io.open_binary(path) as file:
        binary_io.skip_header(file, path, "3.1")
        for parts in _group(_read_parts(file, path, chunk, warn), chunk):
            yield _decode(parts, path)


def _group(parts: Iterable[Part], chunk: int) -> Iterator[list[Part]]:
    """Group small packets, up to ``chunk`` events, to decode them together."""
    batch: list[Part] = []
    count = 0
    for part in parts:
        if batch and count + part.event_count > chunk:
            yield batch
            batch, count = [], 0
        batch.append(part)
        count += part.event_count
    if batch:
        yield batch


def _read_parts(file: BinaryIO, path: Path, chunk: int, warn: Warn) -> Iterator[Part]:
    """Read the polarity packets, at most ``chunk`` events at a time."""
    start, end, sources, began = file.tell(), binary_io.file_size(file), set(), False
    while start < end:
        file.seek(start)
        head = file.read(PACKET_HEADER.size)
        if len(head) < PACKET_HEADER.size:
            text = f"expected a packet header of {PACKET_HEADER.size} bytes, got {len(head)}"
            warn(TruncatedWarning(path, text, offset=start, leftover_bytes=len(head)))
            return
        kind, source, overflow, size, number = _parse_packet_header(head, path, start)
        first = start + PACKET_HEADER.size
        stop = first + size * number
        left = (end - first) % size  # of an event that the end of the file cuts
        last = min(stop, end - left)
        if kind == SPECIAL_EVENT and began:
            _check_no_reset(file.read(last - first), path, first)
        if kind == POLARITY_EVENT:
            sources.add(source)
            if len(sources) > 1:
                text = f"expected events of one source, got the sources {sorted(sources)}"
                raise FormatError(path, text, offset=start)
            for offset in range(first, last, chunk * size):
                yield Part(offset, overflow, file.read(min(chunk * size, last - offset)))
                began = True
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
        actual = ", ".join(
            f"{name} {value}" for name, value in zip(HEADER_FIELDS, fields, strict=True)
        )
        expected = "a packet header with events of 8 bytes and their timestamp at offset 4"
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
    counts = [part.event_count for part in parts]
    words = np.frombuffer(b"".join(part.data for part in parts), EVENT_DTYPE)
    (places,) = np.nonzero(words["data"] & 1)
    data, stamps = words["data"][places], words["stamp"][places].astype(np.int64)

    def locate(index: int, text: str) -> FormatError:
        place, ends = int(places[index]), np.cumsum(counts)
        part = int(np.searchsorted(ends, place, side="right"))
        inside = place - int(ends[part]) + counts[part]
        offset = parts[part].offset + EVENT_DTYPE.itemsize * inside
        return FormatError(path, text, offset=offset)

    if stamps.min(initial=0) < 0:
        index = int(np.argmax(stamps < 0))
        raise locate(index, f"expected a timestamp >= 0, got {stamps[index]}")
    overflow = np.repeat(np.array([part.overflow for part in parts], np.int64), counts)
    t = stamps + overflow[places] * 2**31
    return Block(t, data >> 17, data >> 2 & 0x7FFF, data >> 1 & 1, locate)
