"""Labelled recordings, which are read on access."""

import hashlib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import DataError, FormatError
from liaf_ref._core.text import count
from liaf_ref._core.validation import check_bool, check_index_array, check_int
from liaf_ref.data.events.array import EVENT, Events, slice_by_time
from liaf_ref.data.events.binary_io import open_binary
from liaf_ref.data.events.readers import read_events, stream_events


@runtime_checkable
class LabeledRecording(Protocol):
    """A labelled recording whose events are read from a file, or simulated, on access."""

    @property
    def name(self) -> str:
        """Unique within the data set."""

    @property
    def label(self) -> int:
        """Index of the class."""

    @property
    def start(self) -> int | None:
        """Start of the recording in μs; None: the first event."""

    def events(self) -> Events:
        """The events, in the order of time."""

    def fingerprint(self) -> dict[str, Any]:
        """Everything that determines the events, as JSON values."""

    def row(self, hashes: dict[Path, str]) -> str:
        """A line for the hash of a data set; ``hashes`` has those of the files read so far."""


RecordingT = TypeVar("RecordingT", bound=LabeledRecording)


class Recording(NamedTuple):
    """An event file, or a span of one, and its class."""

    path: Path
    label: int
    name: str  # path within the data set, and which part of the file
    format: str
    start: int | None = None  # half-open span in μs; None: the whole file
    stop: int | None = None

    def events(self) -> Events:
        """Read the events."""
        if self.start is None or self.stop is None:
            return read_events(self.path, self.format, strict=True)
        parts = [np.empty(0, EVENT)]
        for events in stream_events(self.path, self.format, strict=True):
            if events["t"][0] >= self.stop:
                break
            parts.append(slice_by_time(events, self.start, self.stop).copy())
        found = np.concatenate(parts)
        if not len(found):
            reason = f"expected events from {self.start} to {self.stop} μs, got none"
            raise FormatError(self.path, reason)
        return found

    def fingerprint(self) -> dict[str, Any]:
        """Everything that determines the events, as JSON values."""
        span = [self.start, self.stop]
        return {"sha256": file_hash(self.path), "format": self.format, "span": span}

    def row(self, hashes: dict[Path, str]) -> str:
        """Name, label, span and content."""
        if self.path not in hashes:
            hashes[self.path] = file_hash(self.path)
        parts = self.name, self.label, self.start, self.stop, hashes[self.path]
        return "\0".join(map(str, parts))


@dataclass(frozen=True, repr=False)
class EventDataset(Generic[RecordingT]):
    """A training or test set; each entry is a pair of events and label."""

    title: str
    classes: tuple[str, ...]  # names of the labels
    sensor_size: tuple[int, int]  # the camera's (H, W)
    recordings: tuple[RecordingT, ...]  # the recordings, by name

    def __repr__(self) -> str:
        sizes = f"{count(len(self), 'recording')} of {len(self.classes)} classes"
        return f"EventDataset({self.title!r}, {sizes})"

    def __len__(self) -> int:
        return len(self.recordings)

    def __getitem__(self, index: int) -> tuple[Events, int]:
        item = self.recordings[check_int("index", index, self.title, -len(self), len(self) - 1)]
        return item.events(), item.label

    def __iter__(self) -> Iterator[tuple[Events, int]]:
        return (self[index] for index in range(len(self)))

    @property
    def labels(self) -> NDArray[np.int64]:
        """The label of each recording, without reading the files."""
        return np.array([item.label for item in self.recordings], dtype=np.int64)

    def take(self, index: NDArray[np.int64]) -> Self:
        """Return the recordings ``index``, in this order."""
        chosen = check_index_array("index", index, ("M",), len(self), self.title)
        return replace(self, recordings=tuple(self.recordings[i] for i in chosen))

    def sha256(self) -> str:
        """Hash of everything that determines the events and labels, for the record of a run."""
        total, hashes = hashlib.sha256(), dict[Path, str]()
        for item in self.recordings:
            total.update(f"{item.row(hashes)}\n".encode())
        return total.hexdigest()


def file_hash(path: Path, algorithm: str = "sha256") -> str:
    """Hash of a file's content."""
    with open_binary(path) as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


class DatasetSplits(NamedTuple, Generic[RecordingT]):
    """The disjoint training and test sets of a data set."""

    train: EventDataset[RecordingT]
    test: EventDataset[RecordingT]
    missing: tuple[str, ...] = ()  # files of the published data set that the folder lacks


def check_complete(
    title: str,
    root: Path,
    found_count: int,
    missing: Sequence[str],
    partial: bool,
    unused: Sequence[str] = (),
) -> None:
    """Refuse an incomplete folder unless ``partial``; warn about unused files."""
    seen = f"; found {listed(unused)}" if unused else ""
    partial = check_bool("partial", partial, title)
    if not found_count:  # with which ``partial`` would not help
        reason = "expected at least one recording, got none; missing"
        raise DataError(f"{title} in {root}: {reason}: {listed(missing)}{seen}")
    if missing and not partial:
        hint = "pass partial=True (--partial) to use the existing files"
        raise DataError(f"{title} in {root} is incomplete: {listed(missing)}{seen}; {hint}")
    if unused:
        text = f"{title} in {root}: these files are not used: {listed(unused)}"
        warnings.warn(text, stacklevel=3)


def listed(names: Sequence[str]) -> str:
    """List the first three names, and the number of others."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return "; ".join(names[:3]) + more
