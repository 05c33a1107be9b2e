"""Gestures: how the arms move, and the people and lights of the recordings."""

from collections.abc import Callable
from functools import partial
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


Arm = Callable[[int, GestureParams], ArmTrajectory]  # of an arm at one of SIDES


def rest(side: int, params: GestureParams) -> ArmTrajectory:
    """The arm hangs."""
    return ArmTrajectory(side * (params.half_shoulder_width + 0.08), 0.9, 0.3)


def clap(side: int, params: GestureParams) -> ArmTrajectory:
    """Hands meet before the chest."""
    apart = 0.06 + 0.17 * params.size * (1 + np.cos(params.phase))
    return ArmTrajectory(side * apart, 0.42, 0.8)


def wave(side: int, params: GestureParams) -> ArmTrajectory:
    """A raised hand swings beside the head."""
    swing = params.size * np.sin(params.phase)
    x = side * (params.half_shoulder_width + 0.3 + 0.24 * swing)
    return ArmTrajectory(x, -0.45 + 0.06 * swing**2, -1.0)


def circle(side: int, params: GestureParams, clockwise: bool) -> ArmTrajectory:
    """A stretched arm goes round."""
    turn = -params.phase if clockwise else params.phase  # y is downwards: growing turns right
    radius = 0.5 * params.size
    x = side * (params.half_shoulder_width + 0.1) + radius * np.cos(turn)
    return ArmTrajectory(x, 0.02 + radius * np.sin(turn), 0.1)


def roll(side: int, params: GestureParams) -> ArmTrajectory:
    """Forearms before the chest go round one another."""
    x = -side * 0.1 + 0.05 * np.cos(params.phase) * side
    return ArmTrajectory(x, 0.45 + side * 0.17 * params.size * np.sin(params.phase), 0.9)


def drum(side: int, params: GestureParams) -> ArmTrajectory:
    """Hands strike down in turn."""
    at = params.phase + (np.pi if side == LEFT else 0)
    y = 0.45 + 0.2 * params.size * (np.sin(at) + 0.3 * np.sin(2 * at))
    return ArmTrajectory(side * 0.24, y, 0.7)


def strum(side: int, params: GestureParams) -> ArmTrajectory:
    """A hand strums at the belly."""
    stroke = params.size * np.sin(2 * params.phase)
    return ArmTrajectory(-0.02 + 0.07 * stroke, 0.6 + 0.17 * stroke, 1.0)


def hold_neck(side: int, params: GestureParams) -> ArmTrajectory:
    """A hand holds the neck of a guitar."""
    x = params.half_shoulder_width + 0.42 + 0.05 * np.sin(params.phase / 2)
    return ArmTrajectory(x, 0.22, 0.8)


def flap(side: int, params: GestureParams) -> ArmTrajectory:
    """Stretched arms go up and down."""
    lift = 0.45 * params.size * np.sin(params.phase)
    return ArmTrajectory(side * (params.half_shoulder_width + 0.75), 0.1 + lift, 0.1)


def box(side: int, params: GestureParams) -> ArmTrajectory:
    """Fists strike outwards."""
    x = side * (0.2 + 0.25 * params.size * (1 + np.sin(params.phase + side)))
    return ArmTrajectory(x, 0.05, 0.9)


def wave_both(side: int, params: GestureParams) -> ArmTrajectory:
    """Raised hands swing to the same side."""
    swing = 0.25 * params.size * np.sin(params.phase)
    return ArmTrajectory(side * (params.half_shoulder_width + 0.2) + swing, -0.5, -1.0)


def draw_eight(side: int, params: GestureParams) -> ArmTrajectory:
    """A hand draws an eight."""
    x = 0.1 + 0.45 * params.size * np.sin(params.phase / 2)
    return ArmTrajectory(-x, 0.1 + 0.3 * params.size * np.sin(params.phase), 0.5)


class Gesture(NamedTuple):
    """A gesture, and how often a second it is repeated."""

    frequency: float
    variants: tuple[tuple[Arm, Arm], ...]  # what the right arm does, and the left one

    def arms(self, params: GestureParams, variant: int) -> list[tuple[int, Positions, float]]:
        """Side, positions of the hand and bend of the elbow, for both arms."""
        found = []
        for side, arm in zip(SIDES, self.variants[variant % len(self.variants)], strict=True):
            x, y, bend = arm(side, params)
            shape = params.phase.shape
            hand = np.stack([np.broadcast_to(x, shape), np.broadcast_to(y, shape)], axis=-1)
            found.append((side, hand, bend))
        return found


VARIANT_COUNT = 4  # of other gestures
_clockwise, _counter = partial(circle, clockwise=True), partial(circle, clockwise=False)
GESTURES = {
    "hand clapping": Gesture(2.2, ((clap, clap),)),
    "right hand wave": Gesture(1.9, ((wave, rest),)),
    "left hand wave": Gesture(1.9, ((rest, wave),)),
    "right arm clockwise": Gesture(1.2, ((_clockwise, rest),)),
    "right arm counter clockwise": Gesture(1.2, ((_counter, rest),)),
    "left arm clockwise": Gesture(1.2, ((rest, _clockwise),)),
    "left arm counter clockwise": Gesture(1.2, ((rest, _counter),)),
    "arm roll": Gesture(1.9, ((roll, roll),)),
    "air drums": Gesture(2.4, ((drum, drum),)),
    "air guitar": Gesture(1.4, ((strum, hold_neck),)),
    "other gestures": Gesture(
        1.6, ((flap, flap), (box, box), (wave_both, wave_both), (draw_eight, rest))
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


class Light(NamedTuple):
    """An illumination."""

    ambient_share: float  # fraction of ambient light, which reduces the contrast
    sensor: Sensor  # noisier in the dark


LIGHTS = {
    name: Light(
        ambient_share,
        Sensor(0.167, 0.173, threshold_mismatch=0.1, leak_rate=0.03, shot_noise_rate=shot),
    )
    for name, ambient_share, shot in (
        ("fluorescent", 0.02, 0.26),
        ("fluorescent_led", 0.015, 0.22),
        ("lab", 0.025, 0.3),
        ("led", 0.03, 0.33),
        ("natural", 0.01, 0.18),
    )
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
