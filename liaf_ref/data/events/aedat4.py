"""AEDAT 4.0, read with the package aedat; rows and columns from the upper left, 1 is brighter."""

# aedat does not report byte offsets. They are tracked here: each packet begins with the number of
# its stream and its size, four bytes each, little-endian.

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from liaf_ref._core.errors import DataError, FormatError, LiafError, TruncatedWarning
from liaf_ref._core.imports import import_optional_dependency
from liaf_ref._core.text import short_repr
from liaf_ref.data.events.array import EVENT, MAX_COORDINATE, Events
from liaf_ref.data.events.binary_io import (
    Warn,
    check_nondecreasing,
    check_version,
    file_size,
    open_binary,
)

HEADER_START = len(b"#!AER-DAT4.0\r\n")
PACKET_HEADER_BYTES = 8


def read(path: Path, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read the events of the only event stream; skip packets of other kinds."""
    last, streams = -(2**63), set()
    for start, packet in _read_packets(path, warn):
        if "events" not in packet:
            continue
        streams.add(packet["stream_id"])
        if len(streams) > 1:
            reason = f"expected one stream of events, got streams {sorted(streams)}"
            raise FormatError(path, reason, offset=start)
        if len(packet["events"]):
            events = _decode(packet["events"], last, path, start)
            last = int(events["t"][-1])
            for first in range(0, len(events), chunk):
                yield events[first : first + chunk]


def _read_packets(path: Path, warn: Warn) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read packets with their byte offsets."""
    with open_binary(path) as file:
        check_version(file, path, "4.0")
        decoder = _open_decoder(path)
        file.seek(HEADER_START)
        start, have = HEADER_START + 4 + int.from_bytes(file.read(4), "little"), file_size(file)
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
                except (
                    BaseException
                ) as error:  # aedat raises several kinds; a panic is no Exception
                    if end <= have:
                        reason = (
                            f"expected a packet of AEDAT 4.0, got an error: {short_repr(error)}"
                        )
                        raise FormatError(path, reason, offset=start) from error
                    cut = f"expected a packet of {end - start} bytes, got {have - start}"
            if cut:
                warn(TruncatedWarning(path, cut, offset=start, leftover_bytes=have - start))
                return
            if packet is None:  # the table of packets follows, which is not needed
                return
            yield start, packet
            start = end


def import_aedat(path: Path) -> ModuleType:
    """Import the package, or say which file needs it."""
    try:
        return import_optional_dependency("aedat", "events")
    except LiafError as error:
        raise DataError(f"{path}: cannot read AEDAT 4.0: {error}") from error


def _open_decoder(path: Path) -> Iterator[dict[str, Any]]:
    aedat = import_aedat(path)
    try:
        return iter(aedat.Decoder(path))
    except BaseException as error:  # aedat raises several kinds; a panic is no Exception
        reason = f"expected a header of AEDAT 4.0, got an error: {short_repr(error)}"
        raise FormatError(path, reason, offset=HEADER_START) from error


def _decode(words: Any, last: int, path: Path, start: int) -> Events:
    """Decode the events of a packet, whose coordinates and times are unsigned."""

    def refuse(index: int, reason: str) -> FormatError:
        return FormatError(path, f"event {index} of the packet: {reason}", offset=start)

    outside = np.maximum(words["x"], words["y"]) > MAX_COORDINATE
    if outside.any():
        index = int(np.argmax(outside))
        actual = f"row {words['y'][index]}, column {words['x'][index]}"
        raise refuse(index, f"expected rows and columns up to {MAX_COORDINATE}, got {actual}")
    events = np.empty(len(words), EVENT)
    for field, name in {"t": "t", "x": "x", "y": "y", "p": "on"}.items():
        events[field] = words[name]
    check_nondecreasing(events["t"], last, refuse)
    return events
