"""Simulated data sets with the same interface as those read from files."""

import json
from collections.abc import Iterable
from functools import lru_cache
from itertools import permutations
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.kinds import sizes, whole
from liaf_ref._core.validation import check_int, check_positive_int
from liaf_ref.data.events.array import Events
from liaf_ref.data.events.datasets.layout import stratified_split
from liaf_ref.data.events.datasets.recordings import DatasetSplits, EventDataset
from liaf_ref.data.events.records import SENSOR_SIZE
from liaf_ref.data.simulator import moving_image, pictures, sources
from liaf_ref.data.simulator.camera import USUAL_SENSOR, SensorVariation, Times, record_scene
from liaf_ref.data.simulator.gestures import LIGHTS, TEST_USERS, TRAIN_USERS
from liaf_ref.data.simulator.pictures import DigitVariation, SceneVariation, draw_digit, load_digits
from liaf_ref.data.simulator.sources import DIGIT_SETTINGS, USER_COUNT, SimulationSource

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

    def row(self, hashes: dict[Path, str]) -> str:
        """All settings; nothing is simulated."""
        return json.dumps(self.fingerprint(), sort_keys=True)


def _dataset(
    source: SimulationSource, numbered: Iterable[tuple[int, int]]
) -> EventDataset[SimulatedRecording]:
    """Recordings of a source: their labels and numbers."""
    items = tuple(SimulatedRecording(source, label, number) for label, number in numbered)
    return EventDataset(source.title, source.classes, SENSOR_SIZE, items)


def simulate_mnist_dvs(
    scale: int = 8,
    seed: int = 0,
    per_class: int = pictures.IMAGES_PER_DIGIT["uci"],
    fraction: float = 0.2,
    duration: int = 2_200_000,
    flicker: bool = False,
    variation: DigitVariation = pictures.USUAL_DIGITS,
    sensor: SensorVariation = USUAL_SENSOR,
) -> DatasetSplits[SimulatedRecording]:
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
) -> DatasetSplits[SimulatedRecording]:
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
) -> DatasetSplits[SimulatedRecording]:
    """Eleven gestures of ``duration`` μs by 23 people for training and 6 for testing."""
    # ``lights``: in how many of the five lights each person makes each gesture; ``repeats``: how
    # often in each light.
    source = sources.GestureSource(seed, duration, sensor=sensor)
    lights = check_int("lights", lights, source.name, 1, len(LIGHTS))
    repeats = check_int("repeats", repeats, source.name, 1, 1_000_000)
    rounds = [light + len(LIGHTS) * k for k in range(repeats) for light in range(lights)]
    labels = range(len(source.classes))

    def part(users: range) -> EventDataset[SimulatedRecording]:
        numbers = [user - 1 + n * USER_COUNT for n in rounds for user in users]
        return _dataset(source, ((k, number) for number in numbers for k in labels))

    return DatasetSplits(part(TRAIN_USERS), part(TEST_USERS))


def _simulated_splits(
    source: SimulationSource, numbers: NDArray[np.int64], fraction: float
) -> DatasetSplits[SimulatedRecording]:
    labels = range(len(source.classes))
    every = _dataset(source, ((k, int(n)) for k in labels for n in numbers))
    train, test = stratified_split(every.labels, fraction, source.seed)
    return DatasetSplits(every.take(train), every.take(test))


DIRECTIONS = {"right": (0, 1), "down": (1, 0), "left": (0, -1), "up": (-1, 0)}
# Cyclic orders.
MOVEMENT_ORDERS = tuple((0, *rest) for rest in permutations(range(1, len(DIRECTIONS))))
MAX_DISPLACEMENT = 3.0  # pixels to either side of the middle
DIGIT_SCALE = 8  # of the digits


class MovementOrderSource(SimulationSource):
    """Movements in the order of a class; ``number`` selects a set of movements."""

    name: ClassVar[str] = "order"
    title: ClassVar[str] = "Order of movements, simulated"
    classes: ClassVar[tuple[str, ...]] = tuple(
        " ".join(tuple(DIRECTIONS)[k] for k in order) for order in MOVEMENT_ORDERS
    )
    without_flicker: ClassVar[str] = "each movement is recorded separately"

    movement_duration: Annotated[int, whole()] = 20_000  # in μs

    def check_together(self) -> None:
        """Each movement is recorded separately, by the usual sensor, in whole rounds."""
        super().check_together()
        if self.sensor != USUAL_SENSOR:
            reason = "expected the usual sensor, as other noise would tell the class"
            raise self.refuse("sensor", f"{reason}, got {self.sensor}")
        round_ = len(DIRECTIONS) * self.movement_duration
        if self.duration % round_:
            reason = f"expected a multiple of {round_} μs, four movements, got {self.duration} μs"
            raise self.refuse("duration", reason)

    def _simulate(self, label: int, number: int, rng: np.random.Generator) -> Events:
        first, movements = _record_movements(self, number)  # of all classes
        order, parts = MOVEMENT_ORDERS[label], []
        start = order.index(first)
        for place in range(self.duration // self.movement_duration):
            which, lap = order[(start + place) % len(order)], place // len(order)
            part = movements[lap * len(order) + which].copy()
            part["t"] += place * self.movement_duration
            parts.append(part)
        return np.concatenate(parts)


@lru_cache(maxsize=1)  # recordings of one number in several classes are made one after the other
def _record_movements(source: MovementOrderSource, number: int) -> tuple[int, tuple[Events, ...]]:
    """Return the first direction, and the events of every direction in every lap."""
    rng = np.random.default_rng((source.seed, number))
    first = int(rng.integers(len(DIRECTIONS)))
    images, _, height = load_digits()
    picture = draw_digit(images[rng.integers(len(images))], height, DIGIT_SCALE)
    centre = moving_image.draw_position(63, 4, rng), moving_image.draw_position(63, 4, rng)
    black, sensor = DIGIT_SETTINGS[DIGIT_SCALE]
    laps = source.duration // (len(DIRECTIONS) * source.movement_duration)
    motions = [_linear_motion(to, source.movement_duration) for to in DIRECTIONS.values()] * laps
    scenes = [
        moving_image.moving_image_scene(
            picture, centre, motion, moving_image.Monitor(black), source.movement_duration
        )
        for motion in motions
    ]
    return first, tuple(record_scene(scene, sensor, rng) for scene in scenes)


def _linear_motion(direction: tuple[int, int], movement_duration: int) -> moving_image.Motion:
    """A linear motion from one end to the other, in steps of a quarter of a pixel."""
    down, right = direction

    def path(t: Times) -> tuple[Times, Times]:
        at = MAX_DISPLACEMENT * (2 * t / movement_duration - 1)
        return down * at, right * at

    reach = MAX_DISPLACEMENT + 1  # the last step may end after the movement
    return moving_image.Motion(
        path,
        (reach, reach),
        movement_duration / (2 * MAX_DISPLACEMENT * moving_image.STEPS_PER_PIXEL),
    )


def simulate_movement_order(
    seed: int = 0,
    per_class: tuple[int, int] = (100, 30),
    movement_duration: int = 20_000,
    repeats: int = 2,
) -> DatasetSplits[SimulatedRecording]:
    """Six classes that differ only in the order of four movements of ``movement_duration`` μs."""
    # A set of movements is either in the training or in the test set, once in each class. The image
    # that moves is drawn at random for each set and can be in both.
    where = MovementOrderSource.name
    repeats = check_positive_int("repeats", repeats, where)
    movement_duration = check_positive_int("movement_duration", movement_duration, where)
    train, test = sizes(2).check("per_class", per_class, where)
    duration = repeats * len(DIRECTIONS) * movement_duration
    source = MovementOrderSource(seed, duration, movement_duration=movement_duration)

    def part(first: int, last: int) -> EventDataset[SimulatedRecording]:
        labels = range(len(MovementOrderSource.classes))
        return _dataset(source, ((k, n) for n in range(first, last) for k in labels))

    return DatasetSplits(part(0, train), part(train, train + test))
