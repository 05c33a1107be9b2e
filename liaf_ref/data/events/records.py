"""Formats of records of one size: AEDAT 1.0 and 2.0, of the DVS128 camera, and N-MNIST."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import FormatError, TimestampWarning
from liaf_ref.data.events import binary_io
from liaf_ref.data.events.array import Indices, first_decrease
from liaf_ref.data.events.binary_io import Block, Warn

# Bits of an address: 0 is the polarity (0 is brighter), 1-7 the column from the right, 8-14 the
# row from below, 15 marks an event of the input pin, 31 a special event of jAER.  Numbers are
# big-endian.
#
# Times should never decrease.  According to the description of the format, however, older cameras
# sometimes lost the signal that advances their clock, so that all later timestamps of a file are
# too small; jAER warns and continues.  Events are therefore neither sorted nor dropped here: they
# stay in the order of the file, and the times after a decrease are shifted.


SENSOR_SIZE = (128, 128)
RECORDS = {
    "1.0": np.dtype([("address", ">u2"), ("stamp", ">i4")]),
    "2.0": np.dtype([("address", ">u4"), ("stamp", ">i4")]),
}
NON_PIXEL_BITS = 0x8000_8000
INVALID_BITS = 0x7FFF_0000


def read_aedat(path: Path, chunk: int, warn: Warn, version: str, rotated: bool) -> Iterator[Block]:
    """Read pixel events; skip special events and those of the input pin."""
    record, clock = RECORDS[version], Clock()
    first: tuple[str, int] | None = None  # decrease of the file: why it is one, and its offset
    with binary_io.open_binary(path) as file:
        binary_io.skip_header(file, path, version)
        for offset, words in binary_io.read_records(file, path, record, chunk, warn):
            t, fall = clock.times(words["stamp"].astype(np.int32))
            if fall is not None:
                index, reason = fall
                first = first or (reason, offset + record.itemsize * index)
                warn(TimestampWarning(path, first[0], offset=first[1], steps=clock.steps))
            address = words["address"].astype(np.uint32)
            if (invalid := address & INVALID_BITS).any():
                index = int(np.argmax(invalid > 0))
                text = f"expected a 16-bit address of a DVS128, got {int(address[index]):#010x}"
                raise FormatError(path, text, offset=offset + record.itemsize * index)
            (pixels,) = np.nonzero((address & NON_PIXEL_BITS) == 0)
            short = address[pixels].astype(np.int16)
            x, y = 127 - (short >> 1 & 127), 127 - (short >> 8)
            if rotated:
                x, y = y, x
            locate = binary_io.at_record(path, offset, record.itemsize, pixels)
            yield Block(t[pixels], x, y, (short & 1) == 0, locate)


MAX_GAP = 2**30  # longest pause in μs that counts as an overflow: 17.9 minutes


class Clock:
    """Converts timestamps to times that continue after an overflow or a decrease."""

    # A counter of 32 bits overflows to -2³¹, one of 31 bits to 0.  A decrease is an overflow if the
    # counter has advanced by at most 2³⁰ μs.  Any other decrease is an error of the clock: the
    # timestamp after it gets the time of the one before, and later ones continue from there.

    def __init__(self) -> None:
        self.last, self.offset = -(2**31), 0  # timestamp; what is added to later ones
        self.steps = 0  # decreases so far

    def times(self, stamps: NDArray[np.int32]) -> tuple[Indices, tuple[int, str] | None]:
        """Return the times, and index and description of the first decrease."""
        t, last, fall = stamps.astype(np.int64), self.last, None
        if int(stamps[0]) >= last and first_decrease(stamps) is None:
            gaps = np.zeros(1, np.int64)
        else:
            steps = np.diff(t, prepend=last)
            period = np.where(stamps < 0, 2**32, 2**31)
            wrong = (steps < 0) & (steps + period > MAX_GAP)
            if wrong.any():
                index = int(np.argmax(wrong))
                before = int(stamps[index - 1]) if index else last
                actual = f"{stamps[index]} after {before}"
                fall = index, f"expected non-decreasing timestamps, got {actual}"
            self.steps += int(wrong.sum())
            gaps = np.cumsum(np.where(wrong, -steps, np.where(steps < 0, period, 0)))
        t += self.offset + gaps
        self.last, self.offset = int(stamps[-1]), self.offset + int(gaps[-1])
        return t, fall


# The bytes are the column, the row, or 240 for an overflow of the time, then one bit of polarity
# (1 is brighter) and 23 bits of time, big-endian.  An overflow is not an event: it adds 2¹³ μs to
# all later times.


NMNIST_SIZE = (34, 34)
NMNIST_RECORD = np.dtype([("x", "u1"), ("y", "u1"), ("time", "u1", 3)])
OVERFLOW_ROW = 240
OVERFLOW_PERIOD = 2**13


def read_nmnist(path: Path, chunk: int, warn: Warn) -> Iterator[Block]:
    """Read events."""
    ahead = 0
    with binary_io.open_binary(path) as file:
        for offset, words in binary_io.read_records(file, path, NMNIST_RECORD, chunk, warn):
            overflow = words["y"] == OVERFLOW_ROW
            upper, middle, lower = words["time"].astype(np.int64).T
            past = ahead + np.cumsum(overflow) * OVERFLOW_PERIOD
            t = ((upper & 127) << 16 | middle << 8 | lower) + past
            ahead = int(past[-1])
            (pixels,) = np.nonzero(~overflow)
            locate = binary_io.at_record(path, offset, NMNIST_RECORD.itemsize, pixels)
            x, y, p = words["x"][pixels], words["y"][pixels], upper[pixels] >> 7
            yield Block(t[pixels], x, y, p, locate)
