"""Preprocessing of recordings to frames, with the three settings of the paper, and its cache."""

import hashlib
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from liaf_ref._core.atomic import atomic_open, make_folder
from liaf_ref._core.declared import Declared
from liaf_ref._core.errors import FormatError, InputError, unexpected
from liaf_ref._core.kinds import one_of, sizes, whole
from liaf_ref._core.safe_load import load_npz, read_bytes
from liaf_ref._core.validation import check_instance, check_int, check_path
from liaf_ref.data.events import frames
from liaf_ref.data.events.array import Events, check_events, check_size, slice_by_time
from liaf_ref.data.events.datasets.recordings import LabeledRecording
from liaf_ref.data.events.frames import Frames

Size = Annotated[tuple[int, int], sizes(2, expected="(H, W)")]
WHERE = "a Preprocessing"


class Preprocessing(Declared):
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

    sensor_size: Size
    time_window: Annotated[int, whole()]
    T: Annotated[int, whole()]
    crop: Size | None = None
    downsampling: Annotated[int, whole()] = 1
    max_count: Annotated[int, whole()] | None = None
    dtype: Annotated[str, one_of("float32", "float64", "uint8", "uint16", "int32", "int64")] = (
        "float32"
    )

    @classmethod
    def where(cls) -> str:
        """In messages."""
        return WHERE

    def check_together(self) -> None:
        """The crop fits into the camera, the squares into the crop, and the time into 64 bits."""
        size = check_size("sensor_size", self.sensor_size, WHERE)
        inner = self.crop or size
        frames.check_crop("crop", inner, size, WHERE)
        if inner[0] % self.downsampling or inner[1] % self.downsampling:
            reason = f"expected a divisor of {inner[0]} and {inner[1]}, got {self.downsampling}"
            raise self.refuse("downsampling", reason)
        frames.check_span(self.time_window, self.T, self.shape[1:3], WHERE)

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
        duration = self.T * self.time_window
        start = check_int("start", start, WHERE, -(2**63), 2**63 - 1 - duration)
        part = slice_by_time(events, start, start + duration)
        if not len(part):
            reason = f"expected events from {start} to {start + duration} μs, got none"
            raise InputError.for_argument("events", WHERE, reason)
        if self.crop is not None:
            part = frames.crop_at_median(part, self.sensor_size, self.crop)
        part, size = frames.downsample(part, self.downsampling), self.shape[1:3]
        how = self.time_window, self.T, start, self.max_count, self.dtype
        return frames.events_to_frames(part, size, *how)

    def to_json(self) -> dict[str, Any]:
        """Everything that determines the frames, as JSON values."""
        return {name: list(x) if type(x) is tuple else x for name, x in asdict(self).items()}


MNIST_DVS = Preprocessing((128, 128), 5000, 20, crop=(40, 40))
"""Section VI-B: 5 ms a frame, T = 20, 40 x 40 around the digit."""

CIFAR10_DVS = Preprocessing((128, 128), 5000, 10)
"""Section VI-B: 5 ms a frame, T = 10, all of 128 x 128."""

GESTURE = Preprocessing((128, 128), 25_000, 60, downsampling=4)
"""Section VI-C: 25 ms a frame, T = 60, 32 x 32."""


CACHE_VERSION = 1  # increase it when the conversion from a file to frames changes
SETTINGS_BYTES = 2**14  # limit of the settings and the headers of arrays in the npz file


def cached_frames(
    folder: Path | str, recording: LabeledRecording, preprocessing: Preprocessing
) -> Frames:
    """Prepare a recording, or read the frames that were prepared before.

    The key is the hash of the file's content, or of a simulation's settings, of the span and
    of the preprocessing, so that whatever changes the frames changes the key.  The first window
    begins where the recording's span does, or at its first event.

    Parameters
    ----------
    folder : Path or str
        Where frames are kept; made if it does not exist.
    recording : Recording or SimulatedRecording
        The recording to prepare.
    preprocessing : Preprocessing
        How it is prepared.

    Returns
    -------
    ndarray, shape (T, H, W, 2)
        As :meth:`Preprocessing.to_frames` returns them.

    Raises
    ------
    InputError
        If an argument has another type, or the recording has no event to count.
    DataError or FormatError
        If the recording or the cached file cannot be read, or the file does not match its name.
    RunError
        If the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from liaf_ref.data.events import Preprocessing, cached_frames, make_events
    >>> from liaf_ref.data.events.datasets import Recording
    >>> folder = Path(tempfile.mkdtemp())
    >>> np.save(folder / "a.npy", make_events(*np.array([[0, 10], [3, 2], [1, 0], [1, 0]])))
    >>> recording = Recording(folder / "a.npy", label=0, name="a", format="npy")
    >>> small = Preprocessing(sensor_size=(4, 4), time_window=20, T=1)
    >>> frames = cached_frames(folder / "cache", recording, small)  # computed and saved
    >>> again = cached_frames(folder / "cache", recording, small)  # read
    >>> np.array_equal(frames, again), frames.shape
    (True, (1, 4, 4, 2))
    """
    where = "cached_frames"
    folder = check_path("folder", folder, where)
    if not isinstance(recording, LabeledRecording):
        raise unexpected("recording", recording, where, "a Recording")
    check_instance("preprocessing", preprocessing, Preprocessing, where, "a Preprocessing")
    settings = {
        "version": CACHE_VERSION,
        **recording.fingerprint(),  # for which its file is read
        "preprocessing": preprocessing.to_json(),
    }
    text = json.dumps(settings, sort_keys=True)
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()}.npz"
    if path.exists():
        return read_cached_frames(path, preprocessing)
    frames = preprocessing.to_frames(recording.events(), recording.start)
    make_folder(folder)
    with atomic_open(path) as file:
        np.savez_compressed(file, frames=frames, settings=np.array(text))
    return frames


def read_cached_frames(path: Path, preprocessing: Preprocessing) -> Frames:
    """Read cached frames; refuse a file whose content does not match its name."""
    size = math.prod(preprocessing.shape) * np.dtype(preprocessing.dtype).itemsize
    maximum = size + SETTINGS_BYTES
    saved = load_npz(read_bytes(path, "cached frames", 2 * maximum), path, maximum)
    frames = saved.get("frames", np.empty(0))
    if (frames.shape, frames.dtype.name) != (preprocessing.shape, preprocessing.dtype):
        raise FormatError(path, "expected the cached frames of its name, got others; delete it")
    return frames
