"""Events as NumPy structured arrays: create, check and slice them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError, unexpected
from liaf_ref._core.validation import as_array, check_int, check_shape

EVENT = np.dtype([("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", np.bool_)])
"""One event: column ``x`` to the right, row ``y`` downwards, ``t`` in μs, ``p`` for brighter.

Fields, order and kinds are those of the package tonic, so that its transforms take
these events, and :func:`check_events` takes those of its data sets.
"""

Events = NDArray[Any]
Indices = NDArray[np.int64]
MAX_COORDINATE = 2**15 - 1  # largest coordinate of an event


def check_events(name: str, value: object, where: str) -> Events:
    """Check that a value holds events in the order of time.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : object
        The value to check.
    where : str
        The function that takes the argument, for the message.

    Returns
    -------
    ndarray of EVENT, shape (N,)
        ``value`` itself if its dtype is ``EVENT``; else a copy, field by field.

    Raises
    ------
    InputError
        If ``value`` is no array of shape (N,) with the integer fields x, y, t and p, a
        coordinate is negative or above 32767, a polarity is neither 0 nor 1, or time
        runs backwards; the message names the first such event by its index.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.data.events import EVENT, check_events
    >>> tonic = np.array([(3, 5, 0, 1)], dtype="i8, i8, i8, i8")
    >>> tonic.dtype.names = ("x", "y", "t", "p")
    >>> check_events("events", tonic, "my_function").dtype == EVENT
    True
    """
    array = as_array(name, value, where, "a structured array of events")
    if array.dtype.names is None or set(array.dtype.names) != {"x", "y", "t", "p"}:
        raise unexpected(name, value, where, "a structured array with fields x, y, t, p")
    array = check_shape(name, array, ("N",), where)
    columns = {field: array[field] for field in "txyp"}
    if array.dtype != EVENT:
        return _from_columns(columns, f"{name} of {where}")
    _check_columns(columns, f"{name} of {where}")
    return array


def make_events(t: object, x: object, y: object, p: object) -> Events:
    """Make events from their columns.

    Parameters
    ----------
    t : ndarray of int, shape (N,)
        Times in μs; they never decrease.
    x, y : ndarray of int, shape (N,)
        Columns to the right and rows downwards, ``0 .. 32767``.
    p : ndarray of int or bool, shape (N,)
        1 where it became brighter, 0 where darker.

    Returns
    -------
    ndarray of EVENT, shape (N,)
        A copy.

    Raises
    ------
    InputError
        If the arrays differ in length, hold something else than integers, or a value is out of
        its range; the message names the first such event by its index.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.data import make_events
    >>> columns = np.array([[0, 10], [3, 4], [5, 6], [1, 0]])  # t, x, y, p
    >>> make_events(*columns)["y"].tolist()
    [5, 6]
    """
    times = check_shape("t", t, ("N",), "events")
    columns = {"t": times}
    for field, column in {"x": x, "y": y, "p": p}.items():
        columns[field] = check_shape(field, column, (len(times),), "events")
    return _from_columns(columns, "events")


def _from_columns(columns: dict[str, NDArray[Any]], where: str) -> Events:
    _check_columns(columns, where)
    events = np.empty(len(columns["t"]), EVENT)
    for field, column in columns.items():
        events[field] = column
    return events


def _check_columns(columns: dict[str, NDArray[Any]], where: str) -> None:
    for field, size in {"x": MAX_COORDINATE + 1, "y": MAX_COORDINATE + 1, "p": 2}.items():
        column = columns[field]  # a boolean read from a file may be any byte
        number = column.view(np.uint8) if column.dtype.kind == "b" else column
        if number.dtype.kind not in "iu":
            reason = f"expected integers, got dtype {number.dtype}"
            raise InputError.for_argument(field, where, reason)
        if number.size and (number.min() < 0 or number.max() >= size):
            index = int(np.argmax((number < 0) | (number >= size)))
            reason = f"expected 0 .. {size - 1}, got {number[index]} at index {index}"
            raise InputError.for_argument(field, where, reason)
    t = columns["t"]
    if t.dtype.kind not in "iu" or (t.size and t.dtype.kind == "u" and t.max() >= 2**63):
        raise unexpected("t", t, where, "64-bit integers")
    fall = first_decrease(t)
    if fall is not None:
        actual = f"{t[fall]} after {t[fall - 1]} at index {fall}"
        reason = f"expected non-decreasing timestamps, got {actual}"
        raise InputError.for_argument("t", where, reason)


def first_decrease(t: NDArray[Any]) -> int | None:
    """Return the first index at which the time decreases; None if there is none."""
    falls = t[1:] < t[:-1]
    return int(np.argmax(falls)) + 1 if falls.any() else None


def slice_by_time(events: Events, start: int, stop: int) -> Events:
    """Select the events of a span of time.

    Parameters
    ----------
    events : ndarray of EVENT, shape (N,)
        In the order of time.
    start, stop : int
        The half-open span ``start <= t < stop``, in μs.

    Returns
    -------
    ndarray of EVENT, shape (M,)
        A view; the times stay as they are.

    Raises
    ------
    InputError
        If ``events`` is no array of events, or ``stop`` is less than ``start``.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.data.events import make_events, slice_by_time
    >>> events = make_events(*np.array([[0, 10, 20], [3, 4, 5], [0, 0, 0], [1, 0, 1]]))
    >>> slice_by_time(events, 10, 20)["x"].tolist()
    [4]
    """
    events = check_events("events", events, "slice_by_time")
    start = check_int("start", start, "slice_by_time", -(2**63), 2**63 - 1)
    stop = check_int("stop", stop, "slice_by_time", start, 2**63 - 1)
    first, last = np.searchsorted(events["t"], [start, stop])
    return events[first:last]


def crop(events: Events, top: int, left: int, size: tuple[int, int]) -> Events:
    """Select the events of a rectangle, and count rows and columns from its corner.

    Parameters
    ----------
    events : ndarray of EVENT, shape (N,)
        In the order of time.
    top, left : int
        Row and column of its upper left pixel.
    size : tuple of int
        Its (H, W).

    Returns
    -------
    ndarray of EVENT, shape (M,)
        A copy with ``0 <= y < H`` and ``0 <= x < W``.

    Raises
    ------
    InputError
        If ``events`` is no array of events, the corner is negative or the size below 1.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.data.events import crop, make_events
    >>> events = make_events(*np.array([[0, 10, 20], [3, 4, 9], [5, 6, 7], [1, 0, 1]]))
    >>> part = crop(events, top=4, left=2, size=(4, 4))
    >>> part["x"].tolist(), part["y"].tolist()
    ([1, 2], [1, 2])
    """
    events = check_events("events", events, "crop")
    top = check_int("top", top, "crop", 0, MAX_COORDINATE)
    left = check_int("left", left, "crop", 0, MAX_COORDINATE)
    H, W = check_size("size", size, "crop")
    y, x = events["y"].astype(np.int32) - top, events["x"].astype(np.int32) - left
    part = events[(y >= 0) & (y < H) & (x >= 0) & (x < W)]
    part["y"] -= top
    part["x"] -= left
    return part


def check_size(name: str, value: object, where: str) -> tuple[int, int]:
    """Refuse anything but (H, W), each from 1 to 32768."""
    if type(value) is not tuple or len(value) != 2:
        raise unexpected(name, value, where, "(H, W)")
    H, W = (check_int(name, each, where, 1, MAX_COORDINATE + 1) for each in value)
    return H, W
