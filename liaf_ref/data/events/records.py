"""Formats of records of one size: AEDAT 1.0 and 2.0, of the DVS128 camera, and N-MNIST."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import TimestampWarning
from liaf_ref.data.events.array import EVENT, Events
from liaf_ref.data.events.binary_io import (
    Back,
    ErrorFactory,
    TimestampState,
    Warn,
    check_nondecreasing,
    error_at,
    open_binary,
    read_blocks,
    skip_header,
    unwrap_timestamps,
)

# Bits of an address: 0 is the polarity (0 is brighter), 1-7 the column from the right, 8-14 the
# row from below, 15 marks an event of the input pin, 31 a special event of jAER.  Numbers are
# big-endian.
#
# Times should never decrease.  According to the description of the format, however, older cameras
# sometimes lost the signal that advances their clock, so that all later timestamps of a file are
# too small; jAER warns and continues.  Events are therefore neither sorted nor dropped here: they
# stay in the order of the file, and the times after a decrease are shifted.


SENSOR_SIZE = (128, 128)
RECORD_DTYPES = {
    "1.0": np.dtype([("address", ">u2"), ("stamp", ">i4")]),
    "2.0": np.dtype([("address", ">u4"), ("stamp", ">i4")]),
}
NON_PIXEL_BITS = 0x8000_8000
INVALID_BITS = 0x7FFF_0000
ADDRESS_FIELDS = {False: ("x", "y"), True: ("y", "x")}  # fields of bits 1-7 and of bits 8-14


def read_aedat(path: Path, version: str, rotated: bool, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read pixel events; skip special events and those of the input pin."""
    record, clock = RECORD_DTYPES[version], TimestampState()
    fault: TimestampWarning | None = None
    with open_binary(path) as file:
        skip_header(file, path, version)
        for offset, block in read_blocks(file, path, record.itemsize, chunk, warn):
            words = np.frombuffer(block, record)
            t, clock, back = unwrap_timestamps(words["stamp"].astype(np.int32), clock)
            if back is not None:
                fault = _add(fault, back, path, offset + record.itemsize * back.first)
                warn(fault)
            refuse = error_at(path, offset, record.itemsize)
            yield _decode_dvs128(words["address"].astype(np.uint32), t, rotated, refuse)


def _add(fault: TimestampWarning | None, back: Back, path: Path, offset: int) -> TimestampWarning:
    """Return a warning with the first decrease of the file and the number of all so far."""
    if fault is None:
        return TimestampWarning(path, back.reason, offset=offset, steps=back.steps)
    steps = fault.steps + back.steps
    return TimestampWarning(path, fault.reason, offset=fault.offset, steps=steps)


def _decode_dvs128(
    address: NDArray[np.uint32], t: NDArray[np.int64], rotated: bool, make_error: ErrorFactory
) -> Events:
    every = int(np.bitwise_or.reduce(address))
    if every & INVALID_BITS:
        index = int(np.argmax((address & INVALID_BITS) > 0))
        reason = f"expected a 16-bit address of a DVS128, got {int(address[index]):#010x}"
        raise make_error(index, reason)
    if every & NON_PIXEL_BITS:
        pixel = (address & NON_PIXEL_BITS) == 0
        address, t = address[pixel], t[pixel]
    short = address.astype(np.int16)
    low, high = ADDRESS_FIELDS[rotated]
    events = np.empty(len(t), EVENT)
    events["t"] = t
    events[low] = 127 - (short >> 1 & 127)
    events[high] = 127 - (short >> 8)
    events["p"] = (short & 1) == 0
    return events


# The bytes are the column, the row, or 240 for an overflow of the time, then one bit of polarity
# (1 is brighter) and 23 bits of time, big-endian.  An overflow is not an event: it adds 2¹³ μs to
# all later times.


NMNIST_SIZE = (34, 34)
NMNIST_BYTES = 5
OVERFLOW_ROW = 240
OVERFLOW_PERIOD = 2**13


def read_nmnist(path: Path, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read events."""
    ahead, last = 0, 0
    with open_binary(path) as file:
        for offset, block in read_blocks(file, path, NMNIST_BYTES, chunk, warn):
            record = np.frombuffer(block, np.uint8).reshape(-1, NMNIST_BYTES)
            t, ahead = _timestamps(record, ahead)
            record, t, refuse = _drop_overflows(record, t, error_at(path, offset, NMNIST_BYTES))
            if len(t):
                last = check_nondecreasing(t, last, refuse)
                yield _decode_nmnist(record, t, refuse)


def _timestamps(record: NDArray[np.uint8], offset: int) -> tuple[NDArray[np.int64], int]:
    upper, middle, lower = record[:, 2:].astype(np.int64).T
    overflows = np.cumsum(record[:, 1] == OVERFLOW_ROW) * OVERFLOW_PERIOD
    t = ((upper & 127) << 16 | middle << 8 | lower) + overflows + offset
    return t, offset + int(overflows[-1])


def _drop_overflows(
    record: NDArray[np.uint8], t: NDArray[np.int64], make_error: ErrorFactory
) -> tuple[NDArray[np.uint8], NDArray[np.int64], ErrorFactory]:
    """Drop the overflow records; errors still contain the byte offset of an event."""
    pixel = record[:, 1] != OVERFLOW_ROW
    if pixel.all():
        return record, t, make_error
    (places,) = np.nonzero(pixel)
    return record[places], t[places], lambda index, text: make_error(int(places[index]), text)


def _decode_nmnist(
    record: NDArray[np.uint8], t: NDArray[np.int64], make_error: ErrorFactory
) -> Events:
    x, y = record[:, 0], record[:, 1]
    outside = (y >= NMNIST_SIZE[0]) | (x >= NMNIST_SIZE[1])
    if outside.any():
        index = int(np.argmax(outside))
        text = f"expected a pixel inside {NMNIST_SIZE[0]} x {NMNIST_SIZE[1]}, got row {y[index]}"
        raise make_error(index, f"{text}, column {x[index]}")
    events: Events = np.empty(len(t), EVENT)
    events["x"], events["y"], events["t"], events["p"] = x, y, t, record[:, 2] >> 7
    return events
