"""Simulated recordings of three kinds, with camera and light that match the data sets.

A recording depends only on the settings, its label and its number.
"""

from dataclasses import KW_ONLY, asdict
from typing import Annotated, Any, ClassVar

import numpy as np

from liaf_ref._core.declared import Declared
from liaf_ref._core.kinds import flag, whole
from liaf_ref._core.validation import check_int
from liaf_ref.data.events.array import Events
from liaf_ref.data.events.datasets.layout import IMAGE_SETS
from liaf_ref.data.simulator import moving_image, pictures
from liaf_ref.data.simulator.arms import gesture_scene
from liaf_ref.data.simulator.camera import USUAL_SENSOR, Sensor, SensorVariation, record_scene
from liaf_ref.data.simulator.gestures import GESTURES, LIGHTS, TEST_USERS, draw_person
from liaf_ref.data.simulator.moving_image import Monitor, draw_position, moving_image_scene

FLICKER_AMPLITUDE = 0.04  # jump of the log intensity at each refresh of the monitor
USER_COUNT = TEST_USERS.stop - 1
LATER_DEFAULT = "drawings", "one"  # left out of the settings, so that hashes stay the same


class SimulationSource(Declared):
    """Base class: the settings of all recordings of a kind."""

    name: ClassVar[str]
    title: ClassVar[str]
    classes: ClassVar[tuple[str, ...]]
    without_flicker: ClassVar[str] = ""  # why no monitor can flicker

    seed: Annotated[int, whole(0)]
    duration: Annotated[int, whole(1000, 600_000_000)]  # of a recording, in μs
    flicker: Annotated[bool, flag] = False  # of the monitor
    _: KW_ONLY
    sensor: SensorVariation = USUAL_SENSOR

    @classmethod
    def where(cls) -> str:
        """The name of the kind."""
        return cls.name

    def check_together(self) -> None:
        """A monitor that flickers exists."""
        if self.flicker and self.without_flicker:
            raise self.refuse("flicker", f"expected False, as {self.without_flicker}, got True")

    def events(self, label: int, number: int) -> Events:
        """Simulate recording ``number`` of a class."""
        check_int("label", label, self.name, 0, len(self.classes) - 1)
        check_int("number", number, self.name, 0)
        return self._simulate(label, number, np.random.default_rng((self.seed, label, number)))

    def to_json(self) -> dict[str, Any]:
        """All settings, for JSON; usual variations are left out, as in earlier versions."""
        usual = USUAL_SENSOR, pictures.USUAL_DIGITS, pictures.USUAL_VARIATION
        every = asdict(self, dict_factory=lambda own: dict(x for x in own if x != LATER_DEFAULT))
        kept = {name: value for name, value in every.items() if getattr(self, name) not in usual}
        return {"name": self.name} | kept

    def _simulate(self, label: int, number: int, rng: np.random.Generator) -> Events:
        """Simulate without checks."""
        raise NotImplementedError


class DigitSource(SimulationSource):
    """Digits with the motion of MNIST-DVS; ``number`` selects an image of the class."""

    name: ClassVar[str] = "mnist-dvs"
    title: ClassVar[str] = "MNIST-DVS, simulated"
    classes: ClassVar[tuple[str, ...]] = tuple(IMAGE_SETS["mnist-dvs"].classes)

    scale: Annotated[int, whole()] = 8  # 4, 8 or 16
    variation: pictures.DigitVariation = pictures.USUAL_DIGITS

    def check_together(self) -> None:
        """There is a camera for the scale."""
        if self.scale not in DIGIT_SETTINGS:
            raise self.refuse("scale", f"expected 4, 8 or 16, got {self.scale}")

    def _simulate(self, label: int, number: int, rng: np.random.Generator) -> Events:
        images, labels, height = pictures.load_digits(self.variation.digits)
        of_class = np.flatnonzero(labels == label)
        number = check_int("number", number, self.name, 0, len(of_class) - 1)
        black, sensor = DIGIT_SETTINGS[self.scale]
        monitor = Monitor(black, 75.0, FLICKER_AMPLITUDE if self.flicker else 0.0)
        picture = pictures.draw_digit(images[of_class[number]], height, self.scale)
        centre = draw_position(63, 4, rng), draw_position(63, 4, rng)
        motion = moving_image.TRIANGLE_MOTION
        scene = moving_image_scene(picture, centre, motion, monitor, self.duration)
        if self.variation.bars:
            scene = moving_image.add_crossing_bars(scene, self.variation.bars, rng)
        return record_scene(scene, self.sensor.apply(sensor), rng)


class SceneSource(SimulationSource):
    """Drawings with the motion of CIFAR10-DVS; ``number`` selects a drawing."""

    name: ClassVar[str] = "cifar10-dvs"
    title: ClassVar[str] = "CIFAR10-DVS, simulated"
    classes: ClassVar[tuple[str, ...]] = tuple(IMAGE_SETS["cifar10-dvs"].classes)

    variation: pictures.SceneVariation = pictures.USUAL_VARIATION

    def _simulate(self, label: int, number: int, rng: np.random.Generator) -> Events:
        picture = pictures.draw_scene(self.classes[label], rng, self.variation)
        monitor = Monitor(SCENE_BLACK_LEVEL, 60.0, FLICKER_AMPLITUDE if self.flicker else 0.0)
        motion = moving_image.CLOSED_LOOP_MOTION
        scene = moving_image_scene(picture, (64.0, 64.0), motion, monitor, self.duration)
        return record_scene(scene, self.sensor.apply(SCENE_SENSOR), rng)


class GestureSource(SimulationSource):
    """Gestures of people; ``number`` selects person and light, see :func:`user_and_light`."""

    name: ClassVar[str] = "gesture"
    title: ClassVar[str] = "DVS128 Gesture, simulated"
    classes: ClassVar[tuple[str, ...]] = tuple(GESTURES)
    without_flicker: ClassVar[str] = "gestures are not shown on a monitor"

    def _simulate(self, label: int, number: int, rng: np.random.Generator) -> Events:
        user, light = user_and_light(number)
        haze, sensor = LIGHTS[light]
        gesture = tuple(GESTURES.values())[label]
        scene = gesture_scene(gesture, draw_person(user), haze, self.duration, rng)
        return record_scene(scene, self.sensor.apply(sensor), rng)


def user_and_light(number: int) -> tuple[int, str]:
    """Return the number of the person, and the name of the light."""
    return 1 + number % USER_COUNT, tuple(LIGHTS)[number // USER_COUNT % len(LIGHTS)]


# Black level and camera, tuned so that event rates and ON fractions match the real recordings.
DIGIT_SETTINGS = {
    4: (0.15, Sensor(0.197, 0.203, threshold_mismatch=0.1, leak_rate=0.015, shot_noise_rate=0.01)),
    8: (0.085, Sensor(0.197, 0.203, threshold_mismatch=0.1, leak_rate=0.03, shot_noise_rate=0.05)),
    16: (0.06, Sensor(0.197, 0.203, threshold_mismatch=0.1, leak_rate=0.03, shot_noise_rate=0.1)),
}
SCENE_BLACK_LEVEL = 0.06
SCENE_SENSOR = Sensor(0.197, 0.203, threshold_mismatch=0.1, leak_rate=0.05, shot_noise_rate=0.26)
