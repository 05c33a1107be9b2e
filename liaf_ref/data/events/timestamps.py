"""Time stamps of 32 bits as times that go on where the counter starts again or steps back."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.events.array import first_decrease
from liaf_ref.data.events.binary_io import ErrorFactory

MAX_GAP = 2**30  # longest pause of a recording across a start of the counter: 17.9 minutes


class TimestampState(NamedTuple):
    """Where reading stands: the last stamp read, and what is added to stamps."""

    last_timestamp: int = -(2**31)
    offset: int = 0


class Back(NamedTuple):
    """Steps back among stamps."""

    first: int  # index of the first stamp behind one
    reason: str
    steps: int  # how many there are


def unwrap_timestamps(
    timestamps: NDArray[np.int32], state: TimestampState
) -> tuple[NDArray[np.int64], TimestampState, Back | None]:
    """Turn stamps into times that go on where the counter starts again or steps back."""
    # The counter of a camera starts again from -2³¹ where it has 32 bits, and from 0 where it
    # has 31.  A step down is such a start if it is no more than 2³⁰ μs on from the end of the
    # counter's range.  Any other is a step back: the first stamp behind it gets the time of the
    # stamp before, and the later ones go on from there.
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
    """Refuse times that run backwards."""
    index = 0 if t[0] < last else first_decrease(t)
    if index is not None:
        before = t[index - 1] if index else last
        raise make_error(
            index, f"expected non-decreasing timestamps, got {t[index]} after {before}"
        )
    return int(t[-1])
