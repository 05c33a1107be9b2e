"""AEDAT 4.0, through the package ``aedat``, which is only there if somebody asked for it."""

import importlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref.data.events.array import EVENT, LARGEST, Events
from liaf_ref.data.events.clock import check_order
from liaf_ref.data.events.records import opened
from liaf_ref.errors import DataError, FormatError


def read(path: Path, chunk: int) -> Iterator[Events]:
    """Read the events of the one stream that has any; rows are as stored, from above.

    Parameters
    ----------
    path : Path
        The file.
    chunk : int
        Events to yield at a time; packets are read whole.

    Yields
    ------
    ndarray of EVENT
        At most ``chunk``.

    Raises
    ------
    DataError
        If the file cannot be read, or the package ``aedat`` is not installed.
    FormatError
        If it is damaged, has no stream of events or several, or time runs backwards; a
        packet is named by its number, counted from 0.
    """
    last = 0
    with opened(path):
        packets = _packets(path)
    for number, packet in enumerate(packets):
        if "events" not in packet:
            continue
        events = _decode(packet["events"], path, number)
        last = (
            check_order(events["t"], last, partial(_refuse, path, number)) if len(events) else last
        )
        for start in range(0, len(events), chunk):
            yield events[start : start + chunk]


def _packets(path: Path) -> Iterator[dict[str, Any]]:
    try:
        aedat = importlib.import_module("aedat")
    except ModuleNotFoundError as error:
        way = "pip install aedat, or this package's extra events"
        raise DataError(f"{path}: AEDAT 4.0 needs the package aedat: {way}") from error
    try:
        decoder = aedat.Decoder(path)
        streams = [each["type"] for each in decoder.id_to_stream().values()]
        if streams.count("events") != 1:
            came = ", ".join(streams) or "none"
            raise FormatError(path, f"expected one stream of events, got streams {came}")
        yield from decoder
    except RuntimeError as error:  # what the package raises for a damaged file
        raise FormatError(path, f"cannot be decoded: {error}") from error


def _decode(packet: Any, path: Path, number: int) -> Events:
    outside = (packet["x"] > LARGEST) | (packet["y"] > LARGEST)
    if outside.any():
        wanted = f"expected rows and columns up to {LARGEST}, got others"
        raise _refuse(path, number, int(np.argmax(outside)), wanted)
    events = np.empty(len(packet), EVENT)
    for field, name in zip("txyp", ("t", "x", "y", "on"), strict=True):
        events[field] = packet[name]
    return events


def _refuse(path: Path, packet: int, index: int, reason: str) -> FormatError:
    return FormatError(path, f"event {index} of packet {packet}: {reason}")
