"""Convert 32-bit timestamps to times that continue after an overflow or a decrease."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.events.array import first_decrease
from liaf_ref.data.events.binary_io import ErrorFactory

MAX_GAP = 2**30  # longest pause in μs that counts as an overflow: 17.9 minutes


class TimestampState(NamedTuple):
    """State of the reader: the last timestamp, and the offset added to timestamps."""

    last_timestamp: int = -(2**31)
    offset: int = 0


class Back(NamedTuple):
    """Decreases of timestamps."""

    first: int  # index of the timestamp after the first decrease
    reason: str
    steps: int  # number of decreases


def unwrap_timestamps(
    timestamps: NDArray[np.int32], state: TimestampState
) -> tuple[NDArray[np.int64], TimestampState, Back | None]:
    """Convert timestamps to times that continue after an overflow or a decrease."""
    # A counter of 32 bits overflows to -2³¹, one of 31 bits to 0.  A decrease is an overflow if the
    # counter has advanced by at most 2³⁰ μs.  Any other decrease is an error of the clock: the
    # timestamp after it gets the time of the one before, and later ones continue from there.
    t = timestamps.astype(np.int64)
    if int(timestamps[0]) >= state.last_timestamp and first_decrease(timestamps) is None:
        t += state.offset
        return t, TimestampState(int(timestamps[-1]), state.offset), None
    steps = np.diff(t, prepend=state.last_timestamp)
    period = np.where(timestamps < 0, 2**32, 2**31)
    wrong = (steps < 0) & (steps + period > MAX_GAP)
    back = None
    if wrong.any():
        index = int(np.argmax(wrong))
        before = int(timestamps[index - 1]) if index else state.last_timestamp
        reason = f"expected non-decreasing timestamps, got {timestamps[index]} after {before}"
        back = Back(index, reason, int(wrong.sum()))
    gaps = np.where(wrong, -steps, np.where(steps < 0, period, 0))
    t += state.offset + np.cumsum(gaps)
    return t, TimestampState(int(timestamps[-1]), state.offset + int(gaps.sum())), back


def check_nondecreasing(t: NDArray[np.int64], last: int, make_error: ErrorFactory) -> int:
    """Refuse decreasing times."""
    index = 0 if t[0] < last else first_decrease(t)
    if index is not None:
        before = t[index - 1] if index else last
        raise make_error(
            index, f"expected non-decreasing timestamps, got {t[index]} after {before}"
        )
    return int(t[-1])
