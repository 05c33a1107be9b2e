"""Genuine recordings: counts, rates, and that they stand upright with the right polarity."""

import csv
import gzip
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.real_data import real_data_path
from liaf_ref.data import read_events
from liaf_ref.data.events import slice_by_time

SCALE4 = ("MNIST-DVS", "scale4", "mnist_0_scale04_0001.aedat")
SCALE8 = ("MNIST-DVS", "scale8", "mnist_0_scale08_0001_qt1.aedat")
GESTURE = ("DvsGesture", "reencoded_user91_lab.aedat")
ORIENTATIONS: dict[str, Callable[[Any], Any]] = {
    "upright": lambda picture: picture,
    "mirrored": np.fliplr,
    "upside down": np.flipud,
    "turned by 180": lambda picture: np.rot90(picture, 2),
    "transposed": np.transpose,
    "turned by 90": np.rot90,
    "turned by 270": lambda picture: np.rot90(picture, 3),
    "transposed the other way": lambda picture: np.rot90(picture, 2).T,
}


@pytest.mark.parametrize(
    ("parts", "count", "rate", "brighter"),
    [(SCALE4, 15744, 7.1e3, 0.500), (SCALE8, 5078, 25.8e3, 0.538)],
)
def test_mnist_dvs_counts(parts: tuple[str, ...], count: int, rate: float, brighter: float) -> None:
    events = read_events(real_data_path(*parts))
    assert len(events) == count
    assert events["t"][0] == 0
    assert count / (events["t"][-1] / 1e6) == pytest.approx(rate, rel=0.01)
    assert events["p"].mean() == pytest.approx(brighter, abs=5e-4)


@cache
def digits(path: Path) -> Any:
    content = gzip.decompress(path.read_bytes())
    return np.frombuffer(content[16:], np.uint8).reshape(-1, 28, 28)


def likeness(picture: Any, digit: Any) -> float:
    """Best correlation over the places a digit of 28 x 28 can have in 34 x 34."""
    cuts = (picture[y : y + 28, x : x + 28] for y, x in product(range(7), repeat=2))
    return max(float(np.corrcoef(cut.ravel(), digit.ravel())[0, 1]) for cut in cuts)


def test_nmnist_stands_as_the_digits_it_was_recorded_from() -> None:
    images = digits(real_data_path("mnist", "t10k-images-idx3-ubyte.gz"))
    totals = dict.fromkeys(ORIENTATIONS, 0.0)
    paths = sorted(real_data_path("N-MNIST", "Test").glob("*/*.bin"))[::4]
    for path in paths:
        events = read_events(path)
        picture = np.zeros((34, 34))
        np.add.at(picture, (events["y"], events["x"]), 1)
        for name, turn in ORIENTATIONS.items():
            totals[name] += likeness(turn(picture), images[int(path.stem) - 1]) / len(paths)
    upright = totals.pop("upright")
    assert upright > 0.6
    assert upright > max(totals.values()) + 0.1


def test_gesture_hands_are_where_they_belong() -> None:
    events = read_events(real_data_path(*GESTURE))
    labels = real_data_path("DvsGesture", "reencoded_user91_lab_labels.csv")
    clips = {}
    for number, start, stop in list(csv.reader(labels.read_text().splitlines()))[1:]:
        clips[int(number)] = slice_by_time(events, int(start), int(stop))
    assert list(clips) == list(range(1, 11))
    for clip in clips.values():
        assert 40e3 < len(clip) / 0.4 < 127e3
        assert 0.48 < clip["p"].mean() < 0.55
    right_hand, left_hand = np.median(clips[2]["x"]), np.median(clips[3]["x"])
    assert right_hand + 30 < left_hand  # the person faces the camera
    waving, drumming = np.median(clips[2]["y"]), np.median(clips[9]["y"])
    assert waving + 20 < drumming  # hands wave beside the head, and drum before the hips
