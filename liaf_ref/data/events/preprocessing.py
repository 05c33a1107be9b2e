"""Preprocessing of recordings to frames, with the three settings of the paper."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    check_choice,
    check_int,
    check_positive_int,
    validate_fields,
    validate_optional_fields,
)
from liaf_ref.data.events.array import Events, _slice_by_time, check_events, check_size
from liaf_ref.data.events.frames import (
    Frames,
    _crop_at_median,
    _downsample,
    _events_to_frames,
    check_span,
)

DTYPES = ("float32", "float64", "uint8", "uint16", "int32", "int64")
WHERE = "a Preprocessing"


@dataclass(frozen=True)
class Preprocessing:
    """How recordings become frames: crop, downsample, then count events in windows of time.

    Parameters
    ----------
    sensor_size : tuple of int
        (H, W) of the camera.
    time_window : int
        Length of a window in μs.
    T : int
        Number of frames.
    crop : tuple of int, optional
        (H, W) to cut around the median of the events that are counted; all if left out.
    downsampling : int
        Pixels along each side of a square that are joined.
    max_count : int, optional
        Largest count; 1 for whether there was an event.
    dtype : str
        One of float32, float64, uint8, uint16, int32 and int64.

    Raises
    ------
    InputError
        If an argument is out of range, the crop is larger than the camera, ``downsampling`` does
        not divide its sides, or the windows are together longer than 2^62 μs.

    Examples
    --------
    >>> from liaf_ref.data.events import MNIST_DVS, Preprocessing
    >>> MNIST_DVS == Preprocessing((128, 128), time_window=5_000, T=20, crop=(40, 40))
    True
    >>> MNIST_DVS.shape
    (20, 40, 40, 2)
    """

    sensor_size: tuple[int, int]
    time_window: int
    T: int
    crop: tuple[int, int] | None = None
    downsampling: int = 1
    max_count: int | None = None
    dtype: str = "float32"

    def __post_init__(self) -> None:
        validate_fields(self, ("sensor_size",), check_size, WHERE)
        validate_fields(self, ("time_window", "T", "downsampling"), check_positive_int, WHERE)
        validate_optional_fields(self, ("crop",), check_size, WHERE)
        size, inner = self.sensor_size, self.crop or self.sensor_size
        if inner[0] > size[0] or inner[1] > size[1]:
            reason = (
                f"expected at most {size[0]} x {size[1]}, the sensor size, "
                f"got {inner[0]} x {inner[1]}"
            )
            raise InputError.for_argument("crop", WHERE, reason)
        if inner[0] % self.downsampling or inner[1] % self.downsampling:
            reason = f"expected a divisor of {inner[0]} and {inner[1]}, got {self.downsampling}"
            raise InputError.for_argument("downsampling", WHERE, reason)
        check_span(self.time_window, self.T, self.shape[1:3], WHERE)
        validate_optional_fields(self, ("max_count",), check_positive_int, WHERE)
        check_choice("dtype", self.dtype, DTYPES, WHERE)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape of the frames, (T, H, W, 2)."""
        H, W = self.crop or self.sensor_size
        return self.T, H // self.downsampling, W // self.downsampling, 2

    def to_frames(self, events: Events, start: int | None = None) -> Frames:
        """Prepare one recording.

        Parameters
        ----------
        events : ndarray of EVENT, shape (N,)
            In the order of time.
        start : int, optional
            Where the first window begins, in μs; at the first event if left out.

        Returns
        -------
        ndarray, shape (T, H, W, 2)
            As :func:`events_to_frames`.

        Raises
        ------
        InputError
            If there is no event to count, or one is outside of ``sensor_size``.

        Examples
        --------
        >>> import numpy as np
        >>> from liaf_ref.data.events import Preprocessing, make_events
        >>> events = make_events(*np.array([[0, 10, 20], [3, 2, 2], [1, 0, 0], [1, 0, 1]]))
        >>> frames = Preprocessing(sensor_size=(4, 4), time_window=15, T=2).to_frames(events)
        >>> frames.sum(axis=(1, 2)).tolist()
        [[1.0, 1.0], [0.0, 1.0]]
        """
        events = check_events("events", events, WHERE)
        if start is None:
            if not len(events):
                reason = "expected events, or `start`, the time of the first window; got none"
                raise InputError.for_argument("events", WHERE, reason)
            start = int(events["t"][0])
        start = check_int("start", start, WHERE, -(2**63), 2**63 - 1 - self.T * self.time_window)
        part = _slice_by_time(events, start, start + self.T * self.time_window)
        if not len(part):
            reason = (
                f"expected events from {start} to {start + self.T * self.time_window} μs, got none"
            )
            raise InputError.for_argument("events", WHERE, reason)
        if self.crop is not None:
            part = _crop_at_median(part, self.sensor_size, self.crop)
        shape = self.shape[1:3]
        part = _downsample(part, self.downsampling)
        dtype = np.dtype(self.dtype)
        return _events_to_frames(
            part, shape, self.time_window, self.T, start, self.max_count, dtype
        )

    def to_json(self) -> dict[str, Any]:
        """Everything that determines the frames, as JSON values."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


MNIST_DVS = Preprocessing((128, 128), 5000, 20, crop=(40, 40))
"""Section VI-B: 5 ms a frame, T = 20, 40 x 40 around the digit."""

CIFAR10_DVS = Preprocessing((128, 128), 5000, 10)
"""Section VI-B: 5 ms a frame, T = 10, all of 128 x 128."""

GESTURE = Preprocessing((128, 128), 25_000, 60, downsampling=4)
"""Section VI-C: 25 ms a frame, T = 60, 32 x 32."""
