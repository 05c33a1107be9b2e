"""Time stamps of 32 bits as times that go on where the counter starts again."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.events.array import backwards
from liaf_ref.data.events.records import Refuse

PAUSE = 2**30  # longest pause of a recording across a start of the counter: 17.9 minutes


class Clock(NamedTuple):
    """Where reading stands.

    Attributes
    ----------
    stamp : int
        The last stamp read.
    ahead : int
        What is added to stamps.
    """

    stamp: int = -(2**31)
    ahead: int = 0


def unwrap(
    stamps: NDArray[np.int32], clock: Clock, refuse: Refuse
) -> tuple[NDArray[np.int64], Clock]:
    """Turn stamps into times.

    The counter of a camera starts again from -2³¹ where it has 32 bits, and from 0 where it
    has 31.  A step back is such a start if it is no more than 2³⁰ μs on from the end of the
    counter's range; any other is an error.

    Parameters
    ----------
    stamps : ndarray of int32, shape (N,)
        As the file has them, N >= 1.
    clock : Clock
        As the stamps before have left it.
    refuse : callable
        Makes the error of a stamp's index and a reason.

    Returns
    -------
    t : ndarray of int64, shape (N,)
        In μs, never decreasing.
    clock : Clock
        For the stamps to come.

    Raises
    ------
    FormatError
        At the first stamp that steps back and is no start.
    """
    t = stamps.astype(np.int64)
    if int(stamps[0]) >= clock.stamp and backwards(stamps) is None:
        t += clock.ahead
        return t, Clock(int(stamps[-1]), clock.ahead)
    steps = np.diff(t, prepend=clock.stamp)
    period = np.where(stamps < 0, 2**32, 2**31)
    wrong = (steps < 0) & (steps + period > PAUSE)
    if wrong.any():
        index = int(np.argmax(wrong))
        before = int(stamps[index - 1]) if index else clock.stamp
        reason = f"expected times that never decrease, got {stamps[index]} after {before}"
        raise refuse(index, reason)
    starts = np.where(steps < 0, period, 0)
    t += clock.ahead + np.cumsum(starts)
    return t, Clock(int(stamps[-1]), clock.ahead + int(starts.sum()))


def check_order(t: NDArray[np.int64], last: int, refuse: Refuse) -> int:
    """Refuse times that run backwards.

    Parameters
    ----------
    t : ndarray of int64, shape (N,)
        N >= 1.
    last : int
        The time before them.
    refuse : callable
        As in :func:`unwrap`.

    Returns
    -------
    int
        The last of them.

    Raises
    ------
    FormatError
        At the first that is less than the one before it.
    """
    index = 0 if t[0] < last else backwards(t)
    if index is not None:
        before = t[index - 1] if index else last
        raise refuse(index, f"expected times that never decrease, got {t[index]} after {before}")
    return int(t[-1])
