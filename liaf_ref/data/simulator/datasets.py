"""Simulated data sets with the same interface as those read from files."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.validation import check_int
from liaf_ref.data.events.array import Events
from liaf_ref.data.events.datasets.layout import stratified_split
from liaf_ref.data.events.datasets.recordings import EventDataset
from liaf_ref.data.events.records import SENSOR_SIZE
from liaf_ref.data.simulator import pictures, sources
from liaf_ref.data.simulator.gestures import LIGHTS, TEST_USERS, TRAIN_USERS
from liaf_ref.data.simulator.pictures import DigitVariation, SceneVariation
from liaf_ref.data.simulator.sensor import USUAL_SENSOR, SensorVariation
from liaf_ref.data.simulator.sources import USER_COUNT, SimulationSource

SIMULATOR_VERSION = 1  # increase it whenever the events for the same settings change


class SimulatedRecording(NamedTuple):
    """A recording that is simulated on access to its events."""

    source: SimulationSource
    label: int  # index of the class
    number: int  # within the class

    @property
    def name(self) -> str:
        """The class and the number."""
        return f"{self.source.name}/{self.source.classes[self.label]}/{self.number}"

    @property
    def start(self) -> int:
        """Start of the recording in μs."""
        return 0

    def events(self) -> Events:
        """Simulate it; see :meth:`SimulationSource.events`."""
        return self.source.events(self.label, self.number)

    def fingerprint(self) -> dict[str, Any]:
        """Everything that determines the events, including the version of the simulator."""
        settings = {**self.source.to_json(), "label": self.label, "number": self.number}
        return {"simulated": {"version": SIMULATOR_VERSION, **settings}}


@dataclass(frozen=True, repr=False)
class SimulatedDataset(EventDataset[SimulatedRecording]):
    """A simulated training or test set; each entry is a pair of events and label."""

    @classmethod
    def of(cls, source: SimulationSource, numbered: Iterable[tuple[int, int]]) -> Self:
        """Recordings of a source: their labels and numbers."""
        items = tuple(SimulatedRecording(source, label, number) for label, number in numbered)
        return cls(source.title, source.classes, SENSOR_SIZE, items)

    def sha256(self) -> str:
        """Hash of all settings, labels and numbers; nothing is simulated."""
        total = hashlib.sha256()
        for item in self.recordings:
            total.update(json.dumps(item.fingerprint(), sort_keys=True).encode() + b"\n")
        return total.hexdigest()


class SimulatedSplits(NamedTuple):
    """A simulated data set; no image, drawing, person or set of movements is in both parts."""

    train: SimulatedDataset
    test: SimulatedDataset
    missing: tuple[str, ...] = ()  # for the same interface as DatasetSplits; always empty


def simulate_mnist_dvs(
    scale: int = 8,
    seed: int = 0,
    per_class: int = pictures.IMAGES_PER_DIGIT["uci"],
    fraction: float = 0.2,
    duration: int = 2_200_000,
    flicker: bool = False,
    variation: DigitVariation = pictures.USUAL_DIGITS,
    sensor: SensorVariation = USUAL_SENSOR,
) -> SimulatedSplits:
    """Digits at scale 4, 8 or 16 on the path of MNIST-DVS, in recordings of ``duration`` μs."""
    # ``fraction`` of each digit's images are only in ``test``; the monitor flickers at 75 Hz.
    source = sources.DigitSource(seed, duration, flicker, scale, variation, sensor=sensor)
    images = pictures.IMAGES_PER_DIGIT[variation.digits]
    per_class = check_int("per_class", per_class, source.name, 1, images)
    numbers = np.arange(per_class)
    if variation.digits == "mnist":  # so many that each seed can draw its own
        numbers = np.random.default_rng([seed, 4]).permutation(images)[:per_class]
    return _simulated_splits(source, numbers, fraction)


def simulate_cifar10_dvs(
    seed: int = 0,
    per_class: int = 100,
    fraction: float = 0.2,
    duration: int = 1_200_000,
    flicker: bool = False,
    variation: SceneVariation = pictures.USUAL_VARIATION,
    sensor: SensorVariation = USUAL_SENSOR,
) -> SimulatedSplits:
    """Ten drawn scenes on the path of CIFAR10-DVS, in recordings of ``duration`` μs."""
    # By default the path is run through six times; the monitor flickers at 60 Hz.
    source = sources.SceneSource(seed, duration, flicker, variation, sensor=sensor)
    per_class = check_int("per_class", per_class, source.name, 1, 1_000_000)
    return _simulated_splits(source, np.arange(per_class), fraction)


def simulate_gesture(
    seed: int = 0,
    lights: int = 5,
    duration: int = 1_500_000,
    repeats: int = 1,
    sensor: SensorVariation = USUAL_SENSOR,
) -> SimulatedSplits:
    """Eleven gestures of ``duration`` μs by 23 people for training and 6 for testing."""
    # ``lights``: in how many of the five lights each person makes each gesture; ``repeats``: how
    # often in each light.
    source = sources.GestureSource(seed, duration, sensor=sensor)
    lights = check_int("lights", lights, source.name, 1, len(LIGHTS))
    repeats = check_int("repeats", repeats, source.name, 1, 1_000_000)
    rounds = [light + len(LIGHTS) * k for k in range(repeats) for light in range(lights)]
    labels = range(len(source.classes))
    train, test = (
        SimulatedDataset.of(
            source,
            ((k, user - 1 + n * USER_COUNT) for n in rounds for user in users for k in labels),
        )
        for users in (TRAIN_USERS, TEST_USERS)
    )
    return SimulatedSplits(train, test)


def _simulated_splits(
    source: SimulationSource, numbers: NDArray[np.int64], fraction: float
) -> SimulatedSplits:
    labels = range(len(source.classes))
    every = SimulatedDataset.of(source, ((k, int(n)) for k in labels for n in numbers))
    train, test = stratified_split(every.labels, fraction, source.seed)
    return SimulatedSplits(every.take(train), every.take(test))
