"""Statistics of recordings, and a comparison of simulated with real ones."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_int, check_path, check_positive_int
from liaf_ref.data.events.array import Events, check_events
from liaf_ref.data.events.datasets import gesture
from liaf_ref.data.events.datasets.layout import IMAGE_SETS, DatasetNotFoundError
from liaf_ref.data.events.datasets.recordings import Recording
from liaf_ref.data.events.preprocessing import CIFAR10_DVS, GESTURE, MNIST_DVS, Preprocessing
from liaf_ref.data.simulator import sources

NEIGHBOR_INTERVAL = 5000  # μs
WHERE = "measure_events"


class EventStatistics(NamedTuple):
    """Statistics of one recording."""

    event_count: int
    seconds: float  # from the first event to the last
    event_rate: float  # per second
    on_fraction: float  # events of positive polarity
    isolated_fraction: float  # see :func:`isolated_events`
    events_per_frame: float  # mean over the windows of time
    max_per_pixel: int  # most events of a pixel, of either polarity, in one window


def isolated_events(events: Events, max_interval: int = NEIGHBOR_INTERVAL) -> NDArray[np.bool_]:
    """Mask of events without another within ``max_interval`` μs at the pixel or a neighbor."""
    events = check_events("events", events, WHERE)
    max_interval = check_positive_int("max_interval", max_interval, WHERE)
    if not len(events):
        return np.zeros(0, bool)
    H, W, span = int(events["y"].max()) + 1, int(events["x"].max()) + 1, _duration(events)
    width, max_interval = W + 2, min(max_interval, span)  # no two events are farther apart
    line = span + 2 * max_interval + 2  # times of a pixel, with a gap to those of the next
    if (H + 2) * width * line >= 2**63:
        reason = f"expected fewer pixels or a shorter recording, got {H} x {W} and {span} μs"
        raise InputError.for_argument("events", WHERE, reason)
    t = events["t"] - events["t"][0]
    pixel = (events["y"].astype(np.int64) + 1) * width + events["x"] + 1
    order = np.argsort(pixel * line + t)
    keys = (pixel * line + t)[order]
    neighbours = np.zeros(len(events), np.int64)
    for offset in (dy * width + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
        at = keys + offset * line
        neighbours += np.searchsorted(keys, at + max_interval, "right")
        neighbours -= np.searchsorted(keys, at - max_interval, "left")
    alone = np.empty(len(events), bool)
    alone[order] = neighbours == 1  # itself
    return alone


def measure_events(events: Events, time_window: int) -> EventStatistics:
    """Statistics of a recording, in complete frames of ``time_window`` μs."""
    events = check_events("events", events, WHERE)
    time_window = check_positive_int("time_window", time_window, WHERE)
    span = _duration(events) if len(events) else 0
    frames = span // time_window
    if not frames:
        actual = f"{len(events)} events in {span} μs"
        reason = f"expected at least {time_window} μs, one frame, got {actual}"
        raise InputError.for_argument("events", WHERE, reason)
    alone = isolated_events(events)  # raises if pixel and time do not fit into 64 bits
    frame = (events["t"] - events["t"][0]) // time_window
    whole = frame < frames
    pixel = events["y"].astype(np.int64) * (int(events["x"].max()) + 1) + events["x"]
    place = frame * (int(pixel.max()) + 1) + pixel
    _, counts = np.unique(place[whole], return_counts=True)
    return EventStatistics(
        len(events),
        span * 1e-6,
        len(events) / span * 1e6,
        float(events["p"].mean()),
        float(alone.mean()),
        int(whole.sum()) / frames,
        int(counts.max()),
    )


def _duration(events: Events) -> int:
    """Time from the first to the last event, as a Python int."""
    return int(events["t"][-1]) - int(events["t"][0])


Range = tuple[float, float]
Ranges = tuple[Range | None, ...]
MAX_REAL_RECORDINGS = 20  # real recordings to read per data set


class ComparisonSetting(NamedTuple):
    """A data set to compare with."""

    name: str
    source: sources.SimulationSource
    labels: tuple[int, ...]  # the simulated classes: those of the measured recordings
    time_window: int  # length of a frame, in μs
    published: dict[str, Range | None]  # ranges of some :class:`EventStatistics`


class Comparison(NamedTuple):
    """Statistics of the simulated and the real recordings of a data set."""

    setting: ComparisonSetting
    simulated: list[EventStatistics]
    real: list[EventStatistics]  # empty without a folder of recordings
    real_time_factor: float  # seconds of recording per second of processor time


def comparison_settings(seed: int) -> tuple[ComparisonSetting, ...]:
    """The five data sets."""
    small, usual, large = (
        sources.DigitSource(seed, 2_200_000, scale=scale) for scale in (4, 8, 16)
    )
    scenes, people = sources.SceneSource(seed, 1_270_000), sources.GestureSource(seed, 1_450_000)
    names = "events_per_frame", "on_fraction", "isolated_fraction"
    rows: tuple[tuple[str, sources.SimulationSource, int, Preprocessing, Ranges], ...] = (
        ("MNIST-DVS, scale 4", small, 1, MNIST_DVS, ((36, 36), (0.5, 0.5), (0.15, 0.16))),
        ("MNIST-DVS, scale 8", usual, 1, MNIST_DVS, ((127, 129), (0.53, 0.54), (0.12, 0.13))),
        ("MNIST-DVS, scale 16", large, 1, MNIST_DVS, ((280, 280), (0.5, 0.54), None)),
        ("CIFAR10-DVS", scenes, 10, CIFAR10_DVS, ((829, 829), None, None)),
        ("DVS128 Gesture", people, 10, GESTURE, ((1100, 3100), (0.49, 0.55), (0.09, 0.1))),
    )
    return tuple(
        ComparisonSetting(name, source, tuple(range(classes)), frames.time_window, known)
        for name, source, classes, frames, values in rows
        for known in [dict(zip(names, values, strict=True))]
    )


def compare_with_real(folder: Path | str | None, per_class: int, seed: int) -> Iterator[Comparison]:
    """Measure real recordings, if there are any, and simulated ones."""
    per_class = check_positive_int("per_class", per_class, "compare_with_real")
    seed = check_int("seed", seed, "compare_with_real", 0)
    every = comparison_settings(seed)
    found: list[list[EventStatistics]] = [[] for _ in every]
    if folder is not None:
        root = check_path("folder", folder, "compare_with_real")
        found = [_measure_real(setting, root) for setting in every]
        if not any(found):
            reason = f"expected event-camera recordings, got none in {root}"
            raise InputError.for_argument("folder", "compare_with_real", reason)
    for setting, genuine in zip(every, found, strict=True):
        simulated, seconds = [], 0.0
        setting.source.events(setting.labels[0], 0)  # loads files, which is not to be timed
        for label in setting.labels:
            for number in range(0, 13 * per_class, 13):
                start = time.process_time()
                events = setting.source.events(label, number)
                seconds += time.process_time() - start
                simulated.append(measure_events(events, setting.time_window))
        factor = len(simulated) * setting.source.duration * 1e-6 / seconds
        yield Comparison(setting, simulated, genuine, factor)


def _measure_real(setting: ComparisonSetting, root: Path) -> list[EventStatistics]:
    """Measure real recordings of the same classes; empty if the data set is missing."""
    try:
        found = find_real_recordings(setting.source, root)
    except DatasetNotFoundError:
        return []
    each = MAX_REAL_RECORDINGS // len(setting.labels)
    by_class = ([item for item in found if item.label == label] for label in setting.labels)
    some = [item for items in by_class for item in items[:each]]
    return [measure_events(item.events(), setting.time_window) for item in some]


def find_real_recordings(source: sources.SimulationSource, root: Path) -> list[Recording]:
    """List genuine recordings of the kind that a source simulates, also of unlisted trials."""
    if source.name in IMAGE_SETS:
        part = str(source.scale) if isinstance(source, sources.DigitSource) else None
        return list(IMAGE_SETS[source.name].find(root, part).recordings)
    folder, _, _ = gesture.find_trials(root)
    files = sorted(folder.glob("*user*.aedat"), key=lambda path: path.name)
    trials = [path for path in files if gesture.labels_path(path).is_file()]
    return [clip for trial in trials for clip in gesture.gesture_clips(trial)]
