"""Simulated data sets: seeds, splits, statistics, the order of movements, real recordings."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.events import dataset_trees
from liaf_ref._core.errors import InputError
from liaf_ref.data.events import crop_at_median, events_to_frames, make_events
from liaf_ref.data.events.datasets import DatasetSplits, gesture
from liaf_ref.data.simulator import (
    DigitSource,
    GestureSource,
    SceneSource,
    comparison,
    datasets,
    isolated_events,
    measure_events,
    simulate_cifar10_dvs,
    simulate_gesture,
    simulate_mnist_dvs,
)
from liaf_ref.data.simulator.comparison import comparison_settings
from liaf_ref.data.simulator.sources import SimulationSource

Make = Callable[..., DatasetSplits[Any]]
SETS: list[Make] = [simulate_mnist_dvs, simulate_cifar10_dvs, simulate_gesture]
SOURCES: list[SimulationSource] = [
    DigitSource(0, 200_000),
    SceneSource(0, 200_000),
    GestureSource(0, 200_000),
]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_recording_depends_on_seed_label_and_number_alone(source: SimulationSource) -> None:
    first = source.events(2, 5)
    source.events(1, 3)
    assert (source.events(2, 5) == first).all()
    others = source.events(2, 6), source.events(3, 5), type(source)(1, 200_000).events(2, 5)
    assert len({events.tobytes() for events in (first, *others)}) == 4


@pytest.mark.parametrize("make", SETS)
def test_parts_share_nothing_and_are_like_those_of_files(make: Make) -> None:
    train, test, missing = make(duration=100_000)
    assert missing == ()
    assert not {item.name for item in train.recordings} & {item.name for item in test.recordings}
    assert len(train) > len(test) > 0
    assert train.sensor_size == (128, 128)
    assert set(test.labels.tolist()) == set(range(len(train.classes)))
    events, label = test[1]
    assert label == test.labels[1]
    assert (events == test.recordings[1].events()).all()
    assert [label for _, label in train.take(np.array([3, 1]))] == train.labels[[3, 1]].tolist()
    with pytest.raises(InputError, match="index of"):
        train[len(train)]


def test_hashes_follow_the_settings() -> None:
    made = [
        simulate_mnist_dvs(),
        simulate_mnist_dvs(seed=1),
        simulate_mnist_dvs(scale=4),
        simulate_mnist_dvs(flicker=True),
        simulate_mnist_dvs(per_class=9),
        simulate_cifar10_dvs(),
        simulate_cifar10_dvs(duration=50_000),
        simulate_cifar10_dvs(fraction=0.3),
        simulate_gesture(),
        simulate_gesture(duration=50_000),
    ]
    every = [part.sha256() for data in made for part in (data.train, data.test)]
    assert len(set(every)) == len(every)
    assert simulate_gesture().train.sha256() == simulate_gesture().train.sha256()
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in every)


def test_images_of_the_test_are_not_in_training() -> None:
    train, test, _ = simulate_mnist_dvs(per_class=50)
    images = [{(item.label, item.number) for item in part.recordings} for part in (train, test)]
    assert not images[0] & images[1]
    assert (len(train), len(test)) == (400, 100)
    assert np.bincount(test.labels).tolist() == [10] * 10
    other = simulate_mnist_dvs(4, per_class=50).test
    assert {(item.label, item.number) for item in other.recordings} == images[1]


@pytest.mark.parametrize("which", range(5), ids=[s.name for s in comparison_settings(0)])
def test_statistics_are_in_the_bands_of_those_measured(which: int) -> None:
    setting = comparison_settings(which)[which]
    source = type(setting.source)(**{**setting.source.__dict__, "duration": 1_100_000})
    each = 6 if len(setting.labels) == 1 else 1
    found = [
        measure_events(source.events(label, 17 * k), setting.time_window)
        for label in setting.labels
        for k in range(each)
    ]
    on, alone, frame = (
        float(np.mean([getattr(one, name) for one in found]))
        for name in ("on_fraction", "isolated_fraction", "events_per_frame")
    )
    assert 0.46 <= on <= 0.55
    assert 0.09 <= alone <= 0.16
    span = setting.published["events_per_frame"]
    assert span is not None
    low, high = span
    assert 0.8 * low <= frame <= 1.2 * high


def test_isolated_events_by_hand() -> None:
    t = np.array([0, 4000, 9001, 20_000, 25_000, 40_000, 40_000, 60_000])
    x = np.array([5, 6, 6, 0, 1, 127, 0, 9])
    y = np.array([5, 6, 7, 0, 1, 3, 4, 9])  # (127, 3) and (0, 4) are not neighbours
    events = make_events(t, x, y, np.zeros(8, int))
    alone = [False, False, True, False, False, True, True, True]
    assert isolated_events(events).tolist() == alone
    assert isolated_events(events, 5001).tolist() == [False] * 5 + [True] * 3
    found = measure_events(events, 20_000)
    assert (found.event_count, found.events_per_frame, found.on_fraction) == (8, 7 / 3, 0.0)
    assert found.isolated_fraction == 0.5
    assert found.max_per_pixel == 1


def nearest(data: DatasetSplits[Any], size: int, window: int, factor: int) -> float:
    """Share of the test nearest to the mean of its class, by where events were, coarsely."""

    def see(events: np.ndarray) -> np.ndarray:
        part = crop_at_median(events, (128, 128), (size, size))
        counts = events_to_frames(part, (size, size), window, 1, 0).sum(axis=(0, 3))
        coarse = counts.reshape(size // factor, factor, size // factor, factor).sum(axis=(1, 3))
        return np.asarray(np.log1p(coarse) / np.linalg.norm(np.log1p(coarse))).ravel()

    (X, labels), (Z, expected) = (
        (np.array([see(events) for events, _ in part]), part.labels) for part in data[:2]
    )
    means = np.array([X[labels == k].mean(axis=0) for k in range(labels.max() + 1)])
    return float((np.linalg.norm(Z[:, None] - means, axis=2).argmin(axis=1) == expected).mean())


def test_digits_and_gestures_can_be_told_apart() -> None:
    data = simulate_mnist_dvs(per_class=25, duration=120_000)
    assert nearest(data, 52, 120_000, 2) > 0.5  # chance is 0.1
    train, test, _ = simulate_gesture(lights=1, duration=600_000)
    few = DatasetSplits(train.take(np.arange(6 * 11)), test.take(np.arange(3 * 11)))  # people
    # Clockwise and counter clockwise look alike when summed over time: 9 kinds at most.
    assert nearest(few, 128, 600_000, 8) > 0.4


MOVEMENT = 4000
SOURCE = datasets.MovementOrderSource(3, 8 * MOVEMENT, movement_duration=MOVEMENT)


def movements(label: int, number: int = 0) -> list[bytes]:
    """The events of each movement, counted from its beginning."""
    events = SOURCE.events(label, number)
    assert (np.diff(events["t"].astype(np.int64)) >= 0).all()
    found = []
    for place in range(8):
        first = place * MOVEMENT
        part = events[(events["t"] >= first) & (events["t"] < first + MOVEMENT)].copy()
        part["t"] -= first
        found.append(part.tobytes())
    return found


def test_classes_have_the_same_movements_in_different_orders() -> None:
    every = [movements(label) for label in range(len(datasets.MOVEMENT_ORDERS))]
    assert len(set(every[0])) == 8  # laps are recorded anew
    for other in every[1:]:
        assert sorted(other) == sorted(every[0])
        assert other[0] == every[0][0]  # nor does the first one tell
    assert len({tuple(each) for each in every}) == len(datasets.MOVEMENT_ORDERS)


def test_a_set_of_movements_is_in_one_part_once_in_each_class() -> None:
    found = datasets.simulate_movement_order(0, (3, 2), MOVEMENT)
    for part, numbers in ((found.train, {0, 1, 2}), (found.test, {3, 4})):
        assert {(item.label, item.number) for item in part.recordings} == {
            (label, number) for label in range(6) for number in numbers
        }


def test_real_gestures_are_of_our_classes(tmp_path: Path) -> None:
    dataset_trees.write_file(tmp_path / "trials_to_train.txt", b"user01_led.aedat\n")
    dataset_trees.write_trial(tmp_path, "user01_led", dataset_trees.LABEL_ROWS)
    assert len(dataset_trees.LABEL_ROWS) == len(gesture.CLASSES) == 11
    (setting,) = (each for each in comparison.comparison_settings(0) if each.name == gesture.TITLE)
    found = comparison.find_real_recordings(setting.source, tmp_path)
    clips = gesture.gesture_clips(tmp_path / "user01_led.aedat")
    events = [len(item.events()) for item in found if item.label in setting.labels]
    assert events == [len(each.events()) for each in clips[:-1]]
