"""Gestures: how the arms move, and the people and lights of the recordings."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.simulator.camera import Sensor

Positions = NDArray[np.float64]
SIDES = RIGHT, LEFT = -1, 1  # where the right and the left arm are in the picture


class GestureParams(NamedTuple):
    """Parameters of a gesture."""

    phase: Positions  # of its repetitions, in radians
    size: float  # factor
    half_shoulder_width: float


class ArmTrajectory(NamedTuple):
    """A hand over time, in lengths of an arm from between the shoulders."""

    x: float | Positions  # to the right of the picture
    y: float | Positions  # downwards
    # How far the elbow is off the straight line: 1 as far outwards and down as the lengths
    # allow, 0 not at all (the arm points to the camera), -1 the other way.
    elbow_bend: float


def arm_trajectories(side: int, params: GestureParams) -> dict[str, ArmTrajectory]:
    """What an arm at one of SIDES can do, by name."""
    phase, size, shoulder = params
    sin, cos = np.sin(phase), np.cos(phase)
    drum = phase + (np.pi if side == LEFT else 0)
    stroke = size * np.sin(2 * phase)
    found = {
        "hang": ArmTrajectory(side * (shoulder + 0.08), 0.9, 0.3),
        # Hands meet before the chest.
        "clap": ArmTrajectory(side * (0.06 + 0.17 * size * (1 + cos)), 0.42, 0.8),
        # A raised hand swings beside the head.
        "wave": ArmTrajectory(
            side * (shoulder + 0.3 + 0.24 * (size * sin)), -0.45 + 0.06 * (size * sin) ** 2, -1.0
        ),
        # Forearms before the chest go round one another.
        "roll": ArmTrajectory(
            -side * 0.1 + 0.05 * cos * side, 0.45 + side * 0.17 * size * sin, 0.9
        ),
        # Hands strike down in turn.
        "drum": ArmTrajectory(
            side * 0.24, 0.45 + 0.2 * size * (np.sin(drum) + 0.3 * np.sin(2 * drum)), 0.7
        ),
        # A hand strums at the belly, the other holds the neck of a guitar.
        "strum": ArmTrajectory(-0.02 + 0.07 * stroke, 0.6 + 0.17 * stroke, 1.0),
        "hold": ArmTrajectory(shoulder + 0.42 + 0.05 * np.sin(phase / 2), 0.22, 0.8),
        # Stretched arms go up and down.
        "flap": ArmTrajectory(side * (shoulder + 0.75), 0.1 + 0.45 * size * sin, 0.1),
        # Fists strike outwards.
        "box": ArmTrajectory(side * (0.2 + 0.25 * size * (1 + np.sin(phase + side))), 0.05, 0.9),
        # Raised hands swing to the same side.
        "sway": ArmTrajectory(side * (shoulder + 0.2) + 0.25 * size * sin, -0.5, -1.0),
        "draw an eight": ArmTrajectory(
            -(0.1 + 0.45 * size * np.sin(phase / 2)), 0.1 + 0.3 * size * sin, 0.5
        ),
    }
    # A stretched arm goes round; y is downwards, so that a growing angle turns right.
    for name, turn in {"turn right": -phase, "turn left": phase}.items():
        x = side * (shoulder + 0.1) + 0.5 * size * np.cos(turn)
        found[name] = ArmTrajectory(x, 0.02 + 0.5 * size * np.sin(turn), 0.1)
    return found


class Gesture(NamedTuple):
    """A gesture, and how often a second it is repeated."""

    frequency: float
    variants: tuple[tuple[str, str], ...]  # what the right arm does, and the left one

    def arms(self, params: GestureParams, variant: int) -> list[tuple[int, Positions, float]]:
        """Side, positions of the hand and bend of the elbow, for both arms."""
        found = []
        for side, arm in zip(SIDES, self.variants[variant % len(self.variants)], strict=True):
            *at, bend = arm_trajectories(side, params)[arm]
            hand = np.stack([np.broadcast_to(axis, params.phase.shape) for axis in at], axis=-1)
            found.append((side, hand, bend))
        return found


VARIANT_COUNT = 4  # of other gestures
GESTURES = {
    "hand clapping": Gesture(2.2, (("clap", "clap"),)),
    "right hand wave": Gesture(1.9, (("wave", "hang"),)),
    "left hand wave": Gesture(1.9, (("hang", "wave"),)),
    "right arm clockwise": Gesture(1.2, (("turn right", "hang"),)),
    "right arm counter clockwise": Gesture(1.2, (("turn left", "hang"),)),
    "left arm clockwise": Gesture(1.2, (("hang", "turn right"),)),
    "left arm counter clockwise": Gesture(1.2, (("hang", "turn left"),)),
    "arm roll": Gesture(1.9, (("roll", "roll"),)),
    "air drums": Gesture(2.4, (("drum", "drum"),)),
    "air guitar": Gesture(1.4, (("strum", "hold"),)),
    "other gestures": Gesture(
        1.6, (("flap", "flap"), ("box", "box"), ("sway", "sway"), ("draw an eight", "hang"))
    ),
}


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


_DIM = Sensor(0.167, 0.173, threshold_mismatch=0.1, leak_rate=0.03)
# The fraction of ambient light, which reduces the contrast, and a sensor, noisier in the dark.
LIGHTS: dict[str, tuple[float, Sensor]] = {
    "fluorescent": (0.02, replace(_DIM, shot_noise_rate=0.26)),
    "fluorescent_led": (0.015, replace(_DIM, shot_noise_rate=0.22)),
    "lab": (0.025, replace(_DIM, shot_noise_rate=0.3)),
    "led": (0.03, replace(_DIM, shot_noise_rate=0.33)),
    "natural": (0.01, replace(_DIM, shot_noise_rate=0.18)),
}


def draw_person(user: int) -> Person:
    """Draw a person by number; the same number always gives the same person."""
    rng = np.random.default_rng((1128, user))
    # With a light wall, clothes are dark and sleeves in between; otherwise the opposite.
    light_wall = rng.random() < 0.5
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
