"""Readers of event files by format, whole or piece by piece."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from liaf_ref.data.events import aedat4, dvs128, nmnist, packets, tables
from liaf_ref.data.events.array import EVENT, Events
from liaf_ref.data.events.header import read_version
from liaf_ref.data.events.records import opened
from liaf_ref.door import check_choice, check_path, check_positive
from liaf_ref.errors import FormatError

CHUNK = 2**16
# Names of the published recordings whose camera lay on its side.
TURNED = re.compile(r"(?:mnist_\d_scale\d\d|cifar10_[a-z]+)_\d+(?:_\w+)?\.aedat")


class Format(NamedTuple):
    """A kind of file.

    Attributes
    ----------
    read : callable
        ``read(path, chunk=n)`` yields events, at most ``n`` at a time.
    bytes : int or None
        The least a file has per event; None if that is not known.
    about : str
        What it is, in a few words.
    """

    read: Callable[..., Iterator[Events]]
    bytes: int | None
    about: str


FORMATS = {
    "aedat1": Format(partial(dvs128.read, version="1.0", turned=False), 6, "AEDAT 1.0, DVS128"),
    "aedat2": Format(partial(dvs128.read, version="2.0", turned=False), 8, "AEDAT 2.0, DVS128"),
    "aedat2-turned": Format(
        partial(dvs128.read, version="2.0", turned=True), 8, "MNIST-DVS, CIFAR10-DVS"
    ),
    "aedat3": Format(partial(packets.read, size=dvs128.SIZE), 8, "AEDAT 3.1, DVS128 Gesture"),
    "aedat4": Format(aedat4.read, None, "AEDAT 4.0, with the package aedat"),
    "mat": Format(tables.read_mat, None, "MNIST-DVS, CIFAR10-DVS in MATLAB's"),
    "n-mnist": Format(nmnist.read, nmnist.BYTES, "N-MNIST"),
    "npz": Format(tables.read_npz, None, "arrays t, x, y, p"),
    "npy": Format(tables.read_npy, None, "a structured array"),
}
BY_SUFFIX = {".bin": "n-mnist", ".mat": "mat", ".npz": "npz", ".npy": "npy"}
BY_VERSION = {"1.0": "aedat1", "2.0": "aedat2", "3.1": "aedat3", "4.0": "aedat4"}
WITH_VERSION = (".aedat", ".aedat4", ".dat")


def read_events(path: Path | str, format: str = "auto") -> Events:
    """Read all events of a file, upright as a person sees the scene.

    Parameters
    ----------
    path : Path or str
        The file.
    format : str
        One of ``FORMATS``; ``auto`` goes by the suffix, for AEDAT by the version in the
        first line, and takes the camera to have lain on its side if the file is named as
        in MNIST-DVS or CIFAR10-DVS.

    Returns
    -------
    ndarray of EVENT, shape (N,)
        Times as in the file, never decreasing.

    Raises
    ------
    InputError
        If ``path`` is no path or ``format`` no format.
    DataError
        If the file cannot be read, or needs a package that is not installed.
    FormatError
        If the file does not follow its format or holds no event.
    """
    path, name = _checked(path, format)
    parts = _stream(path, name, CHUNK)
    each = FORMATS[name].bytes
    if each is None:
        return np.concatenate(list(parts))
    events = np.empty(path.stat().st_size // each, EVENT)
    count = 0
    for part in parts:
        events[count : count + len(part)] = part
        count += len(part)
    return events[:count]


def stream_events(
    path: Path | str,
    format: str = "auto",
    chunk: int = CHUNK,
) -> Iterator[Events]:
    """Read the events of a file piece by piece; together they are :func:`read_events`.

    Files of the formats ``mat`` and ``npz`` are read whole all the same.

    Parameters
    ----------
    path, format
        As in :func:`read_events`.
    chunk : int
        Most events of a piece.

    Returns
    -------
    iterator of ndarray of EVENT
        None of them empty.

    Raises
    ------
    InputError, DataError, FormatError
        As :func:`read_events`; what is wrong further on in the file is raised when reading
        gets there.
    """
    path, name = _checked(path, format)
    return _stream(path, name, check_positive("chunk", chunk, "stream_events"))


def _checked(path: Path | str, name: str) -> tuple[Path, str]:
    path = check_path("path", path, "events")
    name = check_choice("format", name, ("auto", *FORMATS), "events")
    return path, detect(path) if name == "auto" else name


def _stream(path: Path, name: str, chunk: int) -> Iterator[Events]:
    found = False
    for events in FORMATS[name].read(path, chunk=chunk):
        if len(events):
            found = True
            yield events
    if not found:
        raise FormatError(path, "expected events, got none")


def detect(path: Path) -> str:
    """Tell the format of a file by its suffix and first line.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        One of ``FORMATS``.

    Raises
    ------
    DataError
        If the file cannot be read.
    FormatError
        If it is empty, or its suffix or version is none of those known.
    """
    with opened(path) as file:
        version = read_version(file)
    suffix = path.suffix.lower()
    if suffix in BY_SUFFIX:
        return BY_SUFFIX[suffix]
    if suffix not in WITH_VERSION:
        known = ", ".join((*WITH_VERSION, *BY_SUFFIX))
        reason = f"expected a suffix out of {known}, got {suffix!r}; or say which format it is"
        raise FormatError(path, reason)
    if version is None and suffix == ".dat":  # files of the time before versions
        return "aedat1"
    if version not in BY_VERSION:
        came = "no such line" if version is None else f"version {version}"
        wanted = f"expected a first line #!AER-DAT and a version out of {', '.join(BY_VERSION)}"
        raise FormatError(path, f"{wanted}, got {came}", offset=0)
    name = BY_VERSION[version]
    return "aedat2-turned" if name == "aedat2" and TURNED.fullmatch(path.name) else name
