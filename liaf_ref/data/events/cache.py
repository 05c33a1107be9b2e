"""Cache of frames on disk; the key is a hash of the recording and the preprocessing."""

import hashlib
import json
import math
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED

import numpy as np

from liaf_ref._core.atomic import atomic_open, make_folder
from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.npz import write_npz
from liaf_ref._core.safe_load import load_npz, read_bytes
from liaf_ref._core.validation import check_instance, check_path
from liaf_ref._core.validation.scalars import describe_value, short_repr
from liaf_ref.data.events.datasets.recordings import LabeledRecording
from liaf_ref.data.events.frames import Frames
from liaf_ref.data.events.preprocessing import Preprocessing

CACHE_VERSION = 1  # increase it when the conversion from a file to frames changes
HEADER_BYTES = 2**10  # limit of the header of an array in the npz file


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
        reason = f"expected a Recording, got {describe_value(recording)}"
        raise InputError.for_argument("recording", where, reason)
    preprocessing = check_instance(
        "preprocessing", preprocessing, Preprocessing, where, "a Preprocessing"
    )
    return cache_entry(folder, recording, preprocessing).read_or_make(recording)


class CacheEntry(NamedTuple):
    """A file of the cache, which may not be written yet."""

    path: Path
    settings: str  # everything that determines the frames, as JSON
    preprocessing: Preprocessing

    def read(self) -> Frames:
        """Read the frames."""
        return read_cached_frames(self.path, self.settings, self.preprocessing)

    def read_or_make(self, recording: LabeledRecording) -> Frames:
        """Read the frames, or make them and write the file."""
        if self.path.exists():
            return self.read()
        frames = self.preprocessing.to_frames(recording.events(), recording.start)
        make_folder(self.path.parent)
        with atomic_open(self.path) as file:
            arrays = {"frames": frames, "settings": np.array(self.settings)}
            write_npz(file, arrays, ZIP_DEFLATED)
        return frames


def cache_entry(
    folder: Path, recording: LabeledRecording, preprocessing: Preprocessing
) -> CacheEntry:
    """Return the entry of a recording, whose file is read for its hash."""
    settings = {
        "version": CACHE_VERSION,
        **recording.fingerprint(),
        "preprocessing": preprocessing.to_json(),
    }
    text = json.dumps(settings, sort_keys=True)
    name = f"{hashlib.sha256(text.encode()).hexdigest()}.npz"
    return CacheEntry(folder / name, text, preprocessing)


def read_cached_frames(path: Path, text: str, preprocessing: Preprocessing) -> Frames:
    """Read cached frames; refuse a file whose content does not match its name."""
    size = math.prod(preprocessing.shape) * np.dtype(preprocessing.dtype).itemsize
    maximum = size + 4 * len(text) + 2 * HEADER_BYTES
    try:
        saved = load_npz(read_bytes(path, "cached frames", 2 * maximum), path, maximum)
        frames, settings = saved["frames"], saved["settings"]
    except (FormatError, KeyError) as error:
        why = error.reason if isinstance(error, FormatError) else f"missing {short_repr(error)}"
        actual = f"an invalid file ({why}); delete it"
        raise FormatError(path, f"expected cached frames, got {actual}") from error
    if settings.tobytes() != np.array(text).tobytes() or (frames.shape, frames.dtype.name) != (
        preprocessing.shape,
        preprocessing.dtype,
    ):
        raise FormatError(path, "expected the cached frames of its name, got others; delete it")
    return np.asarray(frames)
