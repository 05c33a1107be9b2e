"""AEDAT 1.0 and 2.0: events of the DVS128 camera, as written by jAER."""

# Bits of an address: 0 is the polarity (0 is brighter), 1-7 the column from the right, 8-14 the
# row from below, 15 marks an event of the input pin, 31 a special event of jAER.  Numbers are
# big-endian.
#
# Times should never decrease.  According to the description of the format, however, older cameras
# sometimes lost the signal that advances their clock, so that all later timestamps of a file are
# too small; jAER warns and continues.  Events are therefore neither sorted nor dropped here: they
# stay in the order of the file, and the times after a decrease are shifted.

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import TimestampWarning
from liaf_ref.data.events.aedat_header import skip_header
from liaf_ref.data.events.array import EVENT, Events
from liaf_ref.data.events.binary_io import ErrorFactory, Warn, error_at, open_binary, read_blocks
from liaf_ref.data.events.timestamps import Back, TimestampState, unwrap_timestamps

SENSOR_SIZE = (128, 128)
RECORD_DTYPES = {
    "1.0": np.dtype([("address", ">u2"), ("stamp", ">i4")]),
    "2.0": np.dtype([("address", ">u4"), ("stamp", ">i4")]),
}
NON_PIXEL_BITS = 0x8000_8000
INVALID_BITS = 0x7FFF_0000
ADDRESS_FIELDS = {False: ("x", "y"), True: ("y", "x")}  # fields of bits 1-7 and of bits 8-14


def read(path: Path, version: str, rotated: bool, chunk: int, warn: Warn) -> Iterator[Events]:
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
            yield _decode(words["address"].astype(np.uint32), t, rotated, refuse)


def _add(fault: TimestampWarning | None, back: Back, path: Path, offset: int) -> TimestampWarning:
    """Return a warning with the first decrease of the file and the number of all so far."""
    if fault is None:
        return TimestampWarning(path, back.reason, offset=offset, steps=back.steps)
    steps = fault.steps + back.steps
    return TimestampWarning(path, fault.reason, offset=fault.offset, steps=steps)


def _decode(
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
