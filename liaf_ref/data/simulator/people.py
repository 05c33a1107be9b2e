"""The people who gesture, and the illuminations."""

from typing import NamedTuple

import numpy as np

from liaf_ref.data.simulator.sensor import Sensor

TRAIN_USERS, TEST_USERS = range(1, 24), range(24, 30)  # users of DVS128 Gesture in its two lists


class Person(NamedTuple):
    """A person in front of the camera: sizes, reflectances and speed of movement."""

    center_column: float  # of the body, in pixels
    shoulder_row: float  # in pixels
    arm_length: float  # in pixels
    half_shoulder_width: float  # in lengths of an arm
    arm_radius: float  # of an upper arm, in lengths of an arm
    skin: float  # reflectances, from here on
    upper: float  # of an upper arm
    sleeve: float  # of a forearm
    shirt: float
    hair: float
    wall: float
    tempo: float  # factor of the gestures' speed
    size: float  # factor of their size


class Light(NamedTuple):
    """An illumination."""

    ambient_share: float  # fraction of ambient light, which reduces the contrast
    sensor: Sensor  # noisier in the dark


def _light(ambient_share: float, shot: float) -> Light:
    return Light(
        ambient_share,
        Sensor(0.167, 0.173, threshold_mismatch=0.1, leak_rate=0.03, shot_noise_rate=shot),
    )


LIGHTS = {
    "fluorescent": _light(0.02, 0.26),
    "fluorescent_led": _light(0.015, 0.22),
    "lab": _light(0.025, 0.3),
    "led": _light(0.03, 0.33),
    "natural": _light(0.01, 0.18),
}


def draw_person(user: int) -> Person:
    """Draw a person by number; the same number always gives the same person."""
    rng = np.random.default_rng((1128, user))
    light_wall = (
        rng.random() < 0.5
    )  # then clothes are dark, and sleeves in between; otherwise the opposite
    wall = rng.uniform(0.65, 0.85) if light_wall else rng.uniform(0.06, 0.1)
    skin = rng.uniform(0.2, 0.3) if light_wall else rng.uniform(0.45, 0.65)
    shirt = rng.uniform(0.03, 0.06) if light_wall else rng.uniform(0.7, 0.9)
    cloth = shirt * (2.5 if light_wall else 0.4)
    return Person(
        center_column=64 + rng.uniform(-5, 5),
        shoulder_row=66 + rng.uniform(-5, 5),
        arm_length=rng.uniform(60, 72),
        half_shoulder_width=rng.uniform(0.26, 0.32),
        arm_radius=rng.uniform(0.075, 0.1),
        skin=skin,
        upper=cloth,
        sleeve=skin if rng.random() < 0.4 else cloth,
        shirt=shirt,
        hair=rng.uniform(0.03, 0.3),
        wall=wall,
        tempo=rng.uniform(0.9, 1.4),
        size=rng.uniform(0.85, 1.1),
    )
