"""AEDAT 4.0: packets in FlatBuffers, stored, or compressed by LZ4 or Zstandard.

After the first line come the size of a header and the header, and then packets: the number of
their stream, their size, and a buffer that begins with its own size.  Numbers are
little-endian.  Rows and columns are from the upper left, polarity 1 is brighter.  The table of
all packets, which a file has at its end, is not needed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import FormatError, TruncatedWarning
from liaf_ref._core.safe_load import max_decompressed_size
from liaf_ref.data.events.aedat_header import read_version
from liaf_ref.data.events.array import EVENT, MAX_COORDINATE, Events
from liaf_ref.data.events.binary_io import Warn, file_size, open_binary
from liaf_ref.data.events.decompress import Decompressor, get_decompressor
from liaf_ref.data.events.flatbuffers import Table
from liaf_ref.data.events.timestamps import check_nondecreasing

VERSION_LINE_BYTES = len(b"#!AER-DAT4.0\r\n")
PACKET_HEADER = np.dtype([("stream", "<i4"), ("size", "<i4")])
EVENTS_IDENTIFIER = b"EVTS"
EVENT_DTYPE = np.dtype(
    {
        "names": ["t", "x", "y", "p"],
        "formats": ["<i8", "<i2", "<i2", "u1"],
        "offsets": [0, 8, 10, 12],
        "itemsize": 16,
    }
)


class Packet(NamedTuple):
    """A packet as it stands in the file.

    Attributes
    ----------
    offset : int
        Its byte in the file.
    stream : int
        Number of its stream.
    data : bytes
        Packed.
    """

    offset: int
    stream: int
    data: bytes


def read(path: Path, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read the events of the one stream that has any; packets of other kinds are left out."""
    last, streams = -(2**63), set()
    with open_binary(path) as file:
        unpack, end = _read_header(file, path)
        room = max_decompressed_size(file_size(file))
        for packet in _read_packets(file, path, end, warn):
            try:
                content = unpack(packet.data, room)
                room -= len(content)
                events = _packet_events(content)
            except ValueError as error:
                raise FormatError(path, str(error), offset=packet.offset) from error
            if events is None:
                continue
            streams.add(packet.stream)
            if len(streams) > 1:
                reason = f"expected one stream of events, got streams {sorted(streams)}"
                raise FormatError(path, reason, offset=packet.offset)
            if len(events):
                last = _check_packet_events(events, last, path, packet.offset)
            for first in range(0, len(events), chunk):
                yield _decode(events[first : first + chunk])


def _read_header(file: BinaryIO, path: Path) -> tuple[Decompressor, int]:
    """Read the method of compression, and where packets end; leave the file at the first."""
    version = read_version(file)
    if version != "4.0":
        reason = f"expected a first line #!AER-DAT4.0, got version {version or 'none'}"
        raise FormatError(path, reason, offset=0)
    have = file_size(file)
    file.seek(VERSION_LINE_BYTES)
    size = int.from_bytes(file.read(4), "little")
    first = VERSION_LINE_BYTES + 4 + size
    if first > have:
        reason = f"expected a header of {size} bytes, got {max(have - VERSION_LINE_BYTES - 4, 0)}"
        raise FormatError(path, f"{reason}: the file seems truncated", offset=VERSION_LINE_BYTES)
    try:
        table = Table(file.read(size), b"IOHE")
        unpack = get_decompressor(table.scalar(0, "<i", 0), path)
        end = table.scalar(1, "<q", -1)
    except ValueError as error:
        raise FormatError(path, str(error), offset=VERSION_LINE_BYTES) from error
    if end != -1 and end < first:
        reason = f"expected the table of packets after the header, found it at byte {end}"
        raise FormatError(path, reason, offset=VERSION_LINE_BYTES)
    return unpack, end


def _read_packets(file: BinaryIO, path: Path, end: int, warn: Warn) -> Iterator[Packet]:
    """Read packets up to their table at ``end``, or to the file's end if it has none (-1)."""
    start, have = file.tell(), file_size(file)
    limit = have if end == -1 else min(end, have)
    while start < limit:
        file.seek(start)
        head = file.read(min(PACKET_HEADER.itemsize, limit - start)).ljust(
            PACKET_HEADER.itemsize, b"\0"
        )
        stream, size = (int(n) for n in np.frombuffer(head, PACKET_HEADER)[0])
        stop = start + PACKET_HEADER.itemsize + max(size, 0)
        reason = f"expected a packet of {stop - start} bytes, got {limit - start}"
        if min(stream, size) < 0 or (stop > limit == end):
            reason = f"{reason}, with stream {stream} and size {size}"
            raise FormatError(path, reason, offset=start)
        if stop > limit:
            warn(TruncatedWarning(path, reason, offset=start, leftover_bytes=limit - start))
            return
        yield Packet(start, stream, file.read(size))
        start = stop
    if end > have:
        reason = f"expected a table of packets at byte {end}, got {have} bytes"
        warn(TruncatedWarning(path, reason, offset=have, leftover_bytes=0))


def _packet_events(content: bytes) -> NDArray[np.void] | None:
    """Find the events of a packet; None if it is of another kind."""
    if int.from_bytes(content[:4], "little") != len(content) - 4:
        raise ValueError(f"expected a size-prefixed buffer of {len(content) - 4} bytes")
    if content[8:12] != EVENTS_IDENTIFIER:
        return None
    return Table(content[4:], EVENTS_IDENTIFIER).struct_vector(0, EVENT_DTYPE)


def _check_packet_events(events: NDArray[np.void], last: int, path: Path, start: int) -> int:
    def refuse(index: int, reason: str) -> FormatError:
        return FormatError(path, f"event {index} of the packet: {reason}", offset=start)

    wrong = (events["x"] < 0) | (events["y"] < 0) | (events["p"] > 1)
    if wrong.any():
        index = int(np.argmax(wrong))
        expected = f"expected rows and columns of 0 to {MAX_COORDINATE} and a polarity of 0 or 1"
        raise refuse(index, f"{expected}, got {events[index].tolist()}")
    return check_nondecreasing(events["t"], last, refuse)


def _decode(words: NDArray[np.void]) -> Events:
    events = np.empty(len(words), EVENT)
    for field in "txyp":
        events[field] = words[field]
    return events
