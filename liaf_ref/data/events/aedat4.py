"""AEDAT 4.0, read with the package aedat; rows and columns from the upper left, 1 is brighter."""

# aedat does not report byte offsets. They are tracked here: each packet begins with the number of
# its stream and its size, four bytes each, little-endian.

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import DataError, FormatError, LiafError, TruncatedWarning
from liaf_ref._core.imports import import_optional_dependency
from liaf_ref._core.text import short_repr
from liaf_ref.data.events import binary_io
from liaf_ref.data.events.binary_io import Block, Locate, Warn

HEADER_START = len(b"#!AER-DAT4.0\r\n")
PACKET_HEADER_BYTES = 8


def read(path: Path, chunk: int, warn: Warn) -> Iterator[Block]:
    """Read the events of the only event stream; skip packets of other kinds."""
    streams = set()
    for start, packet in _read_packets(path, warn):
        if "events" not in packet:
            continue
        streams.add(packet["stream_id"])
        if len(streams) > 1:
            reason = f"expected one stream of events, got streams {sorted(streams)}"
            raise FormatError(path, reason, offset=start)
        words = packet["events"]  # whose coordinates and times are unsigned
        for first in range(0, len(words), chunk):
            part = words[first : first + chunk]
            locate = _in_packet(path, start, first)
            yield Block(part["t"], part["x"], part["y"], part["on"], locate)


def _in_packet(path: Path, start: int, first: int) -> Locate:
    return lambda index, text: FormatError(
        path, f"event {first + index} of the packet: {text}", offset=start
    )


def _read_packets(path: Path, warn: Warn) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read packets with their byte offsets."""
    with binary_io.open_binary(path) as file:
        binary_io.check_version(file, path, "4.0")
        decoder = _open_decoder(path)
        file.seek(HEADER_START)
        start, have = (
            HEADER_START + 4 + int.from_bytes(file.read(4), "little"),
            binary_io.file_size(file),
        )
        while start < have:
            file.seek(start)
            head = file.read(PACKET_HEADER_BYTES)
            end = start + PACKET_HEADER_BYTES + int.from_bytes(head[4:], "little")
            # aedat treats an incomplete header as the end of the file, and panics at zeros, which
            # an interrupted download can leave at the end.
            cut = None
            if len(head) < PACKET_HEADER_BYTES or not any(head):
                cut = f"expected a packet header of {PACKET_HEADER_BYTES} bytes, got {head!r}"
            else:
                try:
                    packet = next(decoder, None)
                except BaseException as error:  # several kinds; a panic is no Exception
                    if end <= have:
                        raise _unreadable(path, "a packet", start, error) from error
                    cut = f"expected a packet of {end - start} bytes, got {have - start}"
            if cut:
                warn(TruncatedWarning(path, cut, offset=start, leftover_bytes=have - start))
                return
            if packet is None:  # the table of packets follows, which is not needed
                return
            yield start, packet
            start = end


def _open_decoder(path: Path) -> Iterator[dict[str, Any]]:
    try:
        decoder = import_optional_dependency("aedat", "events").Decoder
    except LiafError as error:
        raise DataError(f"{path}: cannot read AEDAT 4.0: {error}") from error
    try:
        return iter(decoder(path))
    except BaseException as error:  # several kinds; a panic is no Exception
        raise _unreadable(path, "a header", HEADER_START, error) from error


def _unreadable(path: Path, part: str, offset: int, error: BaseException) -> FormatError:
    reason = f"expected {part} of AEDAT 4.0, got an error: {short_repr(error)}"
    return FormatError(path, reason, offset=offset)
