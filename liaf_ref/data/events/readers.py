"""Read event files of any format, as a whole or in chunks; summarize one."""

import re
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from liaf_ref._core.child import Item, read_in_child
from liaf_ref._core.errors import FileWarning, FormatError, TruncatedWarning
from liaf_ref._core.safe_load import max_decompressed_size
from liaf_ref._core.validation import check_bool, check_choice, check_path, check_positive_int
from liaf_ref.data.events import aedat3, aedat4, binary_io, columns, records
from liaf_ref.data.events.array import EVENT, Events
from liaf_ref.data.events.binary_io import Block, Warn

DEFAULT_CHUNK = 2**16
# File names of the published recordings whose camera lay on its side.
ROTATED_RECORDING = re.compile(r"(?:mnist_\d_scale\d\d|cifar10_[a-z]+)_\d+(?:_\w+)?\.aedat")


class EventFormat(NamedTuple):
    """A file format."""

    # blocks(path, chunk, warn) yields events, at most ``chunk`` at a time, and calls ``warn`` with
    # a FileWarning if the file is truncated or its timestamps decrease.
    blocks: Callable[[Path, int, Warn], Iterator[Block]]
    min_event_bytes: int | None  # None if not known
    sensor_size: tuple[int, int] | None  # (H, W); None if files may be from any camera
    description: str
    foreign: bool = False  # read by another library's native code, in a child process


def _aedat2(version: str, rotated: bool) -> Callable[[Path, int, Warn], Iterator[Block]]:
    return partial(records.read_aedat, version=version, rotated=rotated)


DVS128, N_MNIST = records.SENSOR_SIZE, records.NMNIST_SIZE
FORMATS = {
    "aedat1": EventFormat(_aedat2("1.0", False), 6, DVS128, "AEDAT 1.0, DVS128"),
    "aedat2": EventFormat(_aedat2("2.0", False), 8, DVS128, "AEDAT 2.0, DVS128"),
    "aedat2-turned": EventFormat(_aedat2("2.0", True), 8, DVS128, "MNIST-DVS, CIFAR10-DVS"),
    "aedat3": EventFormat(aedat3.read, 8, DVS128, "AEDAT 3.1, DVS128 Gesture"),
    "aedat4": EventFormat(aedat4.read, None, None, "AEDAT 4.0", foreign=True),
    "mat": EventFormat(
        columns.read_mat, None, DVS128, "MNIST-DVS, CIFAR10-DVS as MATLAB files", foreign=True
    ),
    "n-mnist": EventFormat(records.read_nmnist, 5, N_MNIST, "N-MNIST"),
    "npz": EventFormat(columns.read_npz, None, None, "arrays t, x, y, p"),
    "npy": EventFormat(columns.read_npy, 4, None, "a structured array"),
}


def _read(path: Path, name: str, chunk: int, warn: Warn) -> Iterator[Events]:
    """Read events of a format, at most ``chunk`` at a time."""
    form = FORMATS[name]
    if not form.foreign:
        yield from binary_io.to_events(form.blocks(path, chunk, warn), form.sensor_size)
        return
    for truncated, events in read_in_child(
        f"{__name__}:read_foreign", path, name=name, chunk=chunk
    ):
        if events is None:
            warn(TruncatedWarning(path, **truncated))
        else:
            yield events


def read_foreign(path: Path, name: str, chunk: int) -> Iterator[Item]:
    """Yield events in the child process, and what is known of a truncated end."""
    faults: list[FileWarning] = []
    form = FORMATS[name]
    for events in binary_io.to_events(form.blocks(path, chunk, faults.append), form.sensor_size):
        yield None, events
    for fault in faults:
        if isinstance(fault, TruncatedWarning):
            names = ("reason", "offset", "leftover_bytes")
            yield {name: getattr(fault, name) for name in names}, None


FORMAT_BY_SUFFIX = {".bin": "n-mnist", ".mat": "mat", ".npz": "npz", ".npy": "npy"}
FORMAT_BY_VERSION = {"1.0": "aedat1", "2.0": "aedat2", "3.1": "aedat3", "4.0": "aedat4"}
AEDAT_SUFFIXES = (".aedat", ".aedat4", ".dat")


def read_events(path: Path | str, format: str = "auto", strict: bool = False) -> Events:
    """Read all events of a file, with the scene upright.

    Parameters
    ----------
    path : Path or str
        The file.
    format : str
        One of ``FORMATS``; ``auto`` goes by the suffix, for AEDAT by the version in the
        first line, and takes the camera to have lain on its side if the file is named as
        in MNIST-DVS or CIFAR10-DVS.
    strict : bool
        Whether to refuse a file that is cut short or whose clock steps back, instead of a
        warning.

    Returns
    -------
    ndarray of EVENT, shape (N,)
        In the order of the file, their times never decreasing: as in the file, but for where
        its counter starts again or, in AEDAT 1.0 and 2.0, steps back.  Behind a step back time
        goes on from the event before it.

    Raises
    ------
    InputError
        If ``path`` is no path, ``format`` no format or ``strict`` no flag.
    DataError
        If the file cannot be read, or needs a package that is not installed.
    FormatError
        If the file does not follow its format, holds no whole event, or has a fault of those
        below and is read ``strict``.

    Warns
    -----
    TruncatedWarning
        Once, if the file is cut short.
    TimestampWarning
        Once, if the clock of a file of AEDAT 1.0 or 2.0 steps back; names the first step.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> from liaf_ref.data.events import make_events
    >>> file = Path(tempfile.mkdtemp()) / "events.npy"
    >>> np.save(file, make_events(*np.array([[0, 10], [3, 4], [5, 6], [1, 0]])))  # t, x, y, p
    >>> events = lr.read_events(file)
    >>> events["x"].tolist()
    [3, 4]
    """
    path, name, strict = _check_arguments(path, format, strict)
    # Warnings name the line that called read_events.
    parts = _stream(path, name, DEFAULT_CHUNK, strict, level=3)
    with binary_io.open_binary(path) as file:
        size = binary_io.file_size(file)
    each = FORMATS[name].min_event_bytes
    most = size // each if each else max_decompressed_size(size) // EVENT.itemsize
    events = np.empty(most, EVENT)  # of which only what is filled takes memory
    count = 0
    for part in parts:
        if count + len(part) > most:
            reason = f"expected at most {most:,} events in a file of {size:,} bytes, got more"
            raise FormatError(path, reason)
        events[count : count + len(part)] = part
        count += len(part)
    events.resize(count, refcheck=False)
    return events


def stream_events(
    path: Path | str,
    format: str = "auto",
    chunk: int = DEFAULT_CHUNK,
    strict: bool = False,
) -> Iterator[Events]:
    """Read the events of a file piece by piece; together they are :func:`read_events`.

    Files of the formats ``mat`` and ``npz`` are read into memory as a whole.

    Parameters
    ----------
    path, format
        As in :func:`read_events`.
    chunk : int
        Most events of a piece.
    strict : bool
        As in :func:`read_events`.

    Returns
    -------
    iterator of ndarray of EVENT
        None of them empty.

    Raises
    ------
    InputError, DataError, FormatError
        As :func:`read_events`; what is wrong further on in the file is raised when reading
        gets there.

    Warns
    -----
    TruncatedWarning, TimestampWarning
        As :func:`read_events`, behind the last piece.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from liaf_ref.data import make_events, stream_events
    >>> file = Path(tempfile.mkdtemp()) / "events.npy"
    >>> np.save(file, make_events(*np.zeros((4, 5), int)))
    >>> [len(piece) for piece in stream_events(file, chunk=2)]
    [2, 2, 1]
    """
    path, name, strict = _check_arguments(path, format, strict)
    chunk = check_positive_int("chunk", chunk, "stream_events")
    return _stream(path, name, chunk, strict, level=2)


def _check_arguments(path: Path | str, name: str, strict: bool) -> tuple[Path, str, bool]:
    path = check_path("path", path, "events")
    name = check_choice("format", name, ("auto", *FORMATS), "events")
    strict = check_bool("strict", strict, "events")
    return path, detect_format(path) if name == "auto" else name, strict


def _stream(path: Path, name: str, chunk: int, strict: bool, level: int) -> Iterator[Events]:
    found = False
    faults: dict[type[FileWarning], FileWarning] = {}

    def keep(warning: FileWarning) -> None:
        faults[type(warning)] = warning

    for events in _read(path, name, chunk, binary_io.refuse if strict else keep):
        found = True
        yield events
    for each in faults.values():
        if not found:
            binary_io.refuse(each)
        warnings.warn(each, stacklevel=level)
    if not found:
        raise FormatError(path, "expected events, got none")


def detect_format(path: Path) -> str:
    """Detect the format of a file by its suffix and first line."""
    with binary_io.open_binary(path) as file:
        version = binary_io.read_version(file)
    suffix = path.suffix.lower()
    if suffix in FORMAT_BY_SUFFIX:
        return FORMAT_BY_SUFFIX[suffix]
    if suffix not in AEDAT_SUFFIXES:
        known = ", ".join((*AEDAT_SUFFIXES, *FORMAT_BY_SUFFIX))
        reason = f"expected one of the suffixes {known}, got {suffix!r}; or pass the format"
        raise FormatError(path, reason)
    if version is None and suffix == ".dat":  # files older than the version line
        return "aedat1"
    if version not in FORMAT_BY_VERSION:
        actual = "no version line" if version is None else f"version {version}"
        known = " or ".join(FORMAT_BY_VERSION)
        reason = f"expected a first line #!AER-DAT with a version {known}, got {actual}"
        raise FormatError(path, reason, offset=0)
    name = FORMAT_BY_VERSION[version]
    return "aedat2-turned" if name == "aedat2" and ROTATED_RECORDING.fullmatch(path.name) else name


class EventFileSummary(NamedTuple):
    """Summary of an event file."""

    path: Path
    format: str
    event_count: int
    on_count: int  # events with p = 1
    t_first: int  # times of the first and last event in μs, as in the file
    t_last: int
    # (H, W) of the camera; if the format has no fixed camera, the smallest that contains all events
    sensor_size: tuple[int, int]
    warnings: tuple[str, ...]  # faults of the file that do not prevent reading

    @property
    def duration(self) -> int:
        """Time between the first and the last event, in μs."""
        return self.t_last - self.t_first

    @property
    def rate(self) -> float | None:
        """Events per second; None if all have the same time."""
        return 1e6 * self.event_count / self.duration if self.duration else None


def summarize_event_file(path: Path | str, format: str = "auto") -> EventFileSummary:
    """Read a file once, in chunks, and summarize it."""
    path, name, _ = _check_arguments(path, format, False)
    count = brighter = t_first = t_last = height = width = 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FileWarning)
        for events in stream_events(path, name):
            t_first = t_first if count else int(events["t"][0])
            t_last = int(events["t"][-1])
            count += len(events)
            brighter += int(events["p"].sum())
            height = max(height, int(events["y"].max()) + 1)
            width = max(width, int(events["x"].max()) + 1)
    text = tuple(str(each.message) for each in caught)
    size = FORMATS[name].sensor_size or (height, width)
    return EventFileSummary(path, name, count, brighter, t_first, t_last, size, text)
