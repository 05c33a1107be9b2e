"""A digit that moves right, down, left and up; the class is the order of the movements.

The recordings of one number have the same movements, event for event, in all classes, only in
another order.  Pooling frames over time therefore gives the same result for all classes.  Each
movement is recorded separately, so that no event depends on the movement before or after it.
"""

from functools import lru_cache
from itertools import permutations
from typing import Annotated, ClassVar

import numpy as np

from liaf_ref._core.kinds import sizes, whole
from liaf_ref._core.validation import check_positive_int
from liaf_ref.data.events.array import Events
from liaf_ref.data.simulator.camera import record_scene
from liaf_ref.data.simulator.datasets import SimulatedDataset, SimulatedSplits
from liaf_ref.data.simulator.moving_image import (
    STEPS_PER_PIXEL,
    Monitor,
    Motion,
    draw_position,
    moving_image_scene,
)
from liaf_ref.data.simulator.pictures import draw_digit, load_digits
from liaf_ref.data.simulator.sensor import USUAL_SENSOR, Times
from liaf_ref.data.simulator.sources import DIGIT_SETTINGS, SimulationSource

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
    centre = draw_position(63, 4, rng), draw_position(63, 4, rng)
    black, sensor = DIGIT_SETTINGS[DIGIT_SCALE]
    laps = source.duration // (len(DIRECTIONS) * source.movement_duration)
    motions = [_linear_motion(to, source.movement_duration) for to in DIRECTIONS.values()] * laps
    scenes = [
        moving_image_scene(picture, centre, motion, Monitor(black), source.movement_duration)
        for motion in motions
    ]
    return first, tuple(record_scene(scene, sensor, rng) for scene in scenes)


def _linear_motion(direction: tuple[int, int], movement_duration: int) -> Motion:
    """A linear motion from one end to the other, in steps of a quarter of a pixel."""
    down, right = direction

    def path(t: Times) -> tuple[Times, Times]:
        at = MAX_DISPLACEMENT * (2 * t / movement_duration - 1)
        return down * at, right * at

    reach = MAX_DISPLACEMENT + 1  # the last step may end after the movement
    return Motion(
        path, (reach, reach), movement_duration / (2 * MAX_DISPLACEMENT * STEPS_PER_PIXEL)
    )


def simulate_movement_order(
    seed: int = 0,
    per_class: tuple[int, int] = (100, 30),
    movement_duration: int = 20_000,
    repeats: int = 2,
) -> SimulatedSplits:
    """Six classes that differ only in the order of four movements of ``movement_duration`` μs."""
    # A set of movements is either in the training or in the test set, once in each class. The image
    # that moves is drawn at random for each set and can be in both.
    where = MovementOrderSource.name
    repeats = check_positive_int("repeats", repeats, where)
    movement_duration = check_positive_int("movement_duration", movement_duration, where)
    train, test = sizes(2).check("per_class", per_class, where)
    duration = repeats * len(DIRECTIONS) * movement_duration
    source = MovementOrderSource(seed, duration, movement_duration=movement_duration)

    def part(first: int, last: int) -> SimulatedDataset:
        labels = range(len(MovementOrderSource.classes))
        return SimulatedDataset.of(source, ((k, n) for n in range(first, last) for k in labels))

    return SimulatedSplits(part(0, train), part(train, train + test))
