"""N-MNIST: five bytes an event, and no header.

Column; row, or 240 for an overflow of the time; then a bit of polarity (1 is brighter)
and 23 bits of time, big-endian.  An overflow is no event: every later time is 2¹³ μs
later than it says.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.events.array import EVENT, Events
from liaf_ref.data.events.clock import check_order
from liaf_ref.data.events.records import Refuse, Warn, blocks, opened, refuser

SIZE = (34, 34)
BYTES = 5
OVERFLOW = 240
STEP = 2**13


def read(path: Path, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read events.

    Parameters
    ----------
    path : Path
        The file.
    chunk : int
        Events to read at a time.
    warn : callable
        What to do if the file ends inside an event.

    Yields
    ------
    ndarray of EVENT
        At most ``chunk``.

    Raises
    ------
    DataError
        If the file cannot be read.
    FormatError
        At the byte of the event that is outside 34 x 34 or earlier than the one before it.
    """
    ahead, last = 0, 0
    with opened(path) as file:
        for offset, block in blocks(file, path, BYTES, chunk, warn):
            record = np.frombuffer(block, np.uint8).reshape(-1, BYTES)
            t, ahead = _times(record, ahead)
            record, t, refuse = _pixels(record, t, refuser(path, offset, BYTES))
            if len(t):
                last = check_order(t, last, refuse)
                yield _decode(record, t, refuse)


def _times(record: NDArray[np.uint8], ahead: int) -> tuple[NDArray[np.int64], int]:
    upper, middle, lower = record[:, 2:].astype(np.int64).T
    overflows = np.cumsum(record[:, 1] == OVERFLOW) * STEP
    t = ((upper & 127) << 16 | middle << 8 | lower) + overflows + ahead
    return t, ahead + int(overflows[-1])


def _pixels(
    record: NDArray[np.uint8], t: NDArray[np.int64], refuse: Refuse
) -> tuple[NDArray[np.uint8], NDArray[np.int64], Refuse]:
    """Leave overflows out, whose own time says nothing; events are named by their byte still."""
    pixel = record[:, 1] != OVERFLOW
    if pixel.all():
        return record, t, refuse
    (places,) = np.nonzero(pixel)
    return record[places], t[places], lambda index, text: refuse(int(places[index]), text)


def _decode(record: NDArray[np.uint8], t: NDArray[np.int64], refuse: Refuse) -> Events:
    x, y = record[:, 0], record[:, 1]
    outside = (y >= SIZE[0]) | (x >= SIZE[1])
    if outside.any():
        index = int(np.argmax(outside))
        text = f"expected a pixel inside {SIZE[0]} x {SIZE[1]}, got row {y[index]}"
        raise refuse(index, f"{text}, column {x[index]}")
    events: Events = np.empty(len(t), EVENT)
    events["x"], events["y"], events["t"], events["p"] = x, y, t, record[:, 2] >> 7
    return events
