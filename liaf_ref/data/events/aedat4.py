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
from liaf_ref.data.events.binary_io import Block, Warn

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

            def locate(
                index: int, text: str, start: int = start, first: int = first
            ) -> FormatError:
                return FormatError(
                    path, f"event {first + index} of the packet: {text}", offset=start
                )

            part = words[first : first + chunk]
            yield Block(part["t"], part["x"], part["y"], part["on"], locate)


def _read_packets(path: Path, warn: Warn) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read packets with their byte offsets; the table of packets behind them is not needed."""
    try:
        decode = import_optional_dependency("aedat", "events").Decoder
    except LiafError as error:
        raise DataError(f"{path}: cannot read AEDAT 4.0: {error}") from error
    with binary_io.open_binary(path) as file:
        binary_io.check_version(file, path, "4.0")
        decoder, have = iter(decode(path)), binary_io.file_size(file)
        file.seek(HEADER_START)
        start = HEADER_START + 4 + int.from_bytes(file.read(4), "little")
        while start < have:
            file.seek(start)
            head, packet = file.read(PACKET_HEADER_BYTES), None
            end = start + PACKET_HEADER_BYTES + int.from_bytes(head[4:], "little")
            expected = f"a packet header of {PACKET_HEADER_BYTES} bytes, got {head!r}"
            # aedat treats an incomplete header as the end of the file, and panics at zeros, which
            # an interrupted download can leave at the end.
            whole = len(head) == PACKET_HEADER_BYTES and any(head)
            if whole:
                expected = f"a packet of {end - start} bytes, got {have - start}"
                try:
                    packet = next(decoder, None)
                except BaseException as error:  # several kinds; a panic is no Exception
                    whole = end <= have
                    if whole:
                        why = f"an error: {short_repr(error)}"
                        reason = f"expected a packet of AEDAT 4.0, got {why}"
                        raise FormatError(path, reason, offset=start) from error
            if not whole:
                text = f"expected {expected}"
                warn(TruncatedWarning(path, text, offset=start, leftover_bytes=have - start))
            if packet is None:
                return
            yield start, packet
            start = end
