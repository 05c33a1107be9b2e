"""Frames: numbers of events per pixel, polarity and time window."""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import describe_value
from liaf_ref._core.validation import check_int, check_positive_int
from liaf_ref.data.events.array import Events, check_events, check_size, crop, slice_by_time

Frames = NDArray[Any]
OFF_CHANNEL, ON_CHANNEL = 0, 1  # channels
MAX_DURATION = 2**62  # μs in all frames together; times are 64-bit integers
MAX_COUNTS = sys.maxsize // 8  # counts, of 64 bits each


def events_to_frames(
    events: Events,
    size: tuple[int, int],
    time_window: int,
    T: int,
    start: int,
    max_count: int | None = None,
    dtype: Any = np.float32,
) -> Frames:
    """Count events in windows of time (Section VI-B, "accumulating the spike train").

    Frame k holds the events with ``start + k window <= t < start + (k + 1) window``: every
    event from ``start`` to before ``start + T window`` is in exactly one frame; the others are in
    none.  Frames after the last event are empty.

    Parameters
    ----------
    events : ndarray of EVENT, shape (N,)
        In the order of time.
    size : tuple of int
        (H, W) of the frames.
    time_window : int
        Length of a window in μs.
    T : int
        Number of frames; T windows are no longer than 2^62 μs.
    start : int
        Where the first window begins, in μs.
    max_count : int, optional
        Count no further than this; 1 for frames that say only whether there was an event.
    dtype : dtype
        An integer type, float32 or float64.

    Returns
    -------
    ndarray of dtype, shape (T, H, W, 2)
        Channel 0 counts p = 0, darker; channel 1 counts p = 1, brighter.

    Raises
    ------
    InputError
        If an argument is not so, an event that would be counted is outside of ``size``, or
        a count is too large for ``dtype``.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.data.events import make_events
    >>> t, x, y, p = np.array([[0, 10, 1500], [0, 0, 1], [0, 0, 1], [1, 1, 0]])
    >>> events = make_events(t, x, y, p)
    >>> frames = lr.events_to_frames(events, (2, 2), time_window=1000, T=2, start=0)
    >>> frames.shape, frames[:, :, :, 1].sum(), frames[1].sum()
    ((2, 2, 2, 2), np.float32(2.0), np.float32(1.0))
    """
    H, W = check_size("size", size, "frames")
    time_window, T = check_span(time_window, T, (H, W), "frames")
    start = check_int("start", start, "frames", -(2**63), 2**63 - 1 - T * time_window)
    dtype = _check_dtype(dtype)
    events = check_events("events", events, "frames")
    if max_count is not None:
        max_count = check_positive_int("max_count", max_count, "frames")
    part = slice_by_time(events, start, start + T * time_window)
    _check_inside(part, (H, W), "frames")
    place = (((part["t"] - start) // time_window * H + part["y"]) * W + part["x"]) * 2 + part["p"]
    counts = np.bincount(place.astype(np.intp, copy=False), minlength=T * H * W * 2)
    if max_count is not None:
        counts = np.minimum(counts, max_count)
    if dtype.kind != "f" and counts.max() > np.iinfo(dtype).max:
        reason = f"expected a dtype for counts up to {counts.max()}, got {dtype}"
        raise InputError.for_argument("dtype", "frames", reason)
    return counts.astype(dtype).reshape(T, H, W, 2)


def crop_at_median(
    events: Events, sensor_size: tuple[int, int], crop_size: tuple[int, int]
) -> Events:
    """Cut the rectangle around the median event, which is where the object is.

    Its centre, pixel (H // 2, W // 2) counted from its corner, is the median row and the
    median column, rounded down.  A rectangle that would reach over the border is moved
    inside.

    Parameters
    ----------
    events : ndarray of EVENT, shape (N,)
        In the order of time, N >= 1.
    sensor_size : tuple of int
        (H, W) of the camera.
    crop_size : tuple of int
        (H, W) of the rectangle, no larger.

    Returns
    -------
    ndarray of EVENT, shape (M,)
        A copy, counted from the corner.

    Raises
    ------
    InputError
        If there are no events, a size is below 1, the rectangle is larger than the sensor, or an
        event is outside of ``sensor_size``.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.data.events import crop_at_median, make_events
    >>> events = make_events(*np.array([[0, 1, 2], [5, 6, 0], [5, 5, 0], [1, 0, 1]]))
    >>> crop_at_median(events, sensor_size=(8, 8), crop_size=(4, 4))["x"].tolist()
    [2, 3]
    """
    events = check_events("events", events, "crop_at_median")
    sensor_size = check_size("sensor_size", sensor_size, "crop_at_median")
    crop_size = check_size("crop_size", crop_size, "crop_at_median")
    check_crop("crop_size", crop_size, sensor_size, "crop_at_median")
    if not len(events):
        raise InputError.for_argument("events", "crop_at_median", "expected events, got none")
    _check_inside(events, sensor_size, "crop_at_median")
    top, left = (
        min(max(int(np.median(events[axis])) - inner // 2, 0), outer - inner)
        for axis, inner, outer in zip("yx", crop_size, sensor_size, strict=True)
    )
    return crop(events, top, left, crop_size)


def downsample(events: Events, factor: int) -> Events:
    """Join squares of pixels, so that each new pixel has the sum of the events of its square.

    Parameters
    ----------
    events : ndarray of EVENT, shape (N,)
        In the order of time.
    factor : int
        Pixels along each side of a square; 4 is the paper's "1/4 down-sampled resolution".

    Returns
    -------
    ndarray of EVENT, shape (N,)
        A copy.

    Raises
    ------
    InputError
        If ``events`` is no array of events, or ``factor`` is below 1.

    Examples
    --------
    >>> import numpy as np
    >>> from liaf_ref.data.events import downsample, make_events
    >>> events = make_events(*np.array([[0, 1], [9, 127], [8, 3], [1, 0]]))
    >>> downsample(events, 4)["x"].tolist()
    [2, 31]
    """
    events = check_events("events", events, "downsample")
    factor = check_int("factor", factor, "downsample", 1, 2**15 - 1)
    joined = events.copy()
    for axis in "xy":
        joined[axis] //= factor
    return joined


def check_crop(name: str, inner: tuple[int, int], sensor: tuple[int, int], where: str) -> None:
    """Refuse a crop that is larger than the sensor."""
    if inner[0] > sensor[0] or inner[1] > sensor[1]:
        most, actual = (f"{H} x {W}" for H, W in (sensor, inner))
        reason = f"expected at most {most}, the sensor size, got {actual}"
        raise InputError.for_argument(name, where, reason)


def check_span(window: object, T: object, size: tuple[int, int], source: str) -> tuple[int, int]:
    """Refuse a total time that does not fit into 64 bits, or too many frames for the memory."""
    window = check_int("time_window", window, source, 1, MAX_DURATION)
    number = check_positive_int("T", T, source)
    if number * window > MAX_DURATION:
        fit = f"at most {MAX_DURATION // window} windows of {window} μs, 2^62 μs in total"
        raise InputError.for_argument("T", source, f"expected {fit}, got {number}")
    if number > (maximum := MAX_COUNTS // (size[0] * size[1] * 2)):
        reason = f"expected at most {maximum} frames of {size[0]} x {size[1]}, got {number}"
        raise InputError.for_argument("T", source, reason)
    return window, number


def _check_inside(events: Events, size: tuple[int, int], where: str) -> None:
    outside = (events["y"] >= size[0]) | (events["x"] >= size[1])
    if outside.any():
        x, y, *_ = events[np.argmax(outside)]
        reason = f"expected pixels inside {size[0]} x {size[1]}, got row {y}, column {x}"
        raise InputError.for_argument("events", where, reason)


def _check_dtype(dtype: Any) -> np.dtype[Any]:
    try:
        found = np.dtype(dtype) if isinstance(dtype, type | np.dtype | str) else None
    except (TypeError, ValueError, SyntaxError):
        found = None
    if found is None or not (found.kind in "iu" or found in (np.float32, np.float64)):
        actual = describe_value(dtype) if found is None else found
        expected = "expected an integer type, float32 or float64"
        raise InputError.for_argument("dtype", "frames", f"{expected}, got {actual}")
    return found
