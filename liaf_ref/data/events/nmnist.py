"""N-MNIST: five bytes per event, without a header."""

# The bytes are the column, the row, or 240 for an overflow of the time, then one bit of polarity
# (1 is brighter) and 23 bits of time, big-endian.  An overflow is not an event: it adds 2¹³ μs to
# all later times.

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.events.array import EVENT, Events
from liaf_ref.data.events.binary_io import ErrorFactory, Warn, error_at, open_binary, read_blocks
from liaf_ref.data.events.timestamps import check_nondecreasing

SENSOR_SIZE = (34, 34)
EVENT_BYTES = 5
OVERFLOW_ROW = 240
OVERFLOW_PERIOD = 2**13


def read(path: Path, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read events."""
    ahead, last = 0, 0
    with open_binary(path) as file:
        for offset, block in read_blocks(file, path, EVENT_BYTES, chunk, warn):
            record = np.frombuffer(block, np.uint8).reshape(-1, EVENT_BYTES)
            t, ahead = _timestamps(record, ahead)
            record, t, refuse = _drop_overflows(record, t, error_at(path, offset, EVENT_BYTES))
            if len(t):
                last = check_nondecreasing(t, last, refuse)
                yield _decode(record, t, refuse)


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


def _decode(record: NDArray[np.uint8], t: NDArray[np.int64], make_error: ErrorFactory) -> Events:
    x, y = record[:, 0], record[:, 1]
    outside = (y >= SENSOR_SIZE[0]) | (x >= SENSOR_SIZE[1])
    if outside.any():
        index = int(np.argmax(outside))
        text = f"expected a pixel inside {SENSOR_SIZE[0]} x {SENSOR_SIZE[1]}, got row {y[index]}"
        raise make_error(index, f"{text}, column {x[index]}")
    events: Events = np.empty(len(t), EVENT)
    events["x"], events["y"], events["t"], events["p"] = x, y, t, record[:, 2] >> 7
    return events
