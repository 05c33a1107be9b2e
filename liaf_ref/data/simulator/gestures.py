"""Gestures: how the arms move, and the people and lights of the recordings."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref.data.simulator.sensor import Sensor

Positions = NDArray[np.float64]
RIGHT, LEFT = 0, 1
SIDES = (-1, 1)  # where the right and the left arm are in the picture


class ArmTrajectory(NamedTuple):
    """Both arms over time, in lengths of an arm from between the shoulders."""

    hands: Positions  # right and left; x to the right of the picture, y downwards
    # How far each elbow is off the straight line: 1 as far outwards and down as the lengths
    # allow, 0 not at all (the arm points to the camera), -1 the other way.
    elbow_bends: tuple[float, float]


class GestureParams(NamedTuple):
    """Parameters of a gesture."""

    phase: Positions  # of its repetitions, in radians
    size: float  # factor
    half_shoulder_width: float
    variant: int  # of a gesture that has several


GestureFunction = Callable[[GestureParams], ArmTrajectory]


def _positions(x: float | Positions, y: float | Positions, phase: Positions) -> Positions:
    return np.stack([np.broadcast_to(x, phase.shape), np.broadcast_to(y, phase.shape)], axis=-1)


def _resting_hand(side: int, params: GestureParams) -> Positions:
    return _positions(side * (params.half_shoulder_width + 0.08), 0.9, params.phase)


def _both_arms(right: Positions, left: Positions, bends: tuple[float, float]) -> ArmTrajectory:
    return ArmTrajectory(np.stack([right, left]), bends)


def _one_arm(arm: int, hand: Positions, bend: float, params: GestureParams) -> ArmTrajectory:
    """One arm moves, the other hangs."""
    if arm == RIGHT:
        return _both_arms(hand, _resting_hand(1, params), (bend, 0.3))
    return _both_arms(_resting_hand(-1, params), hand, (0.3, bend))


def clap(params: GestureParams) -> ArmTrajectory:
    """Hands meet before the chest."""
    apart = 0.06 + 0.17 * params.size * (1 + np.cos(params.phase))
    right, left = (_positions(side * apart, 0.42, params.phase) for side in SIDES)
    return _both_arms(right, left, (0.8, 0.8))


def wave(arm: int, params: GestureParams) -> ArmTrajectory:
    """A raised hand swings beside the head."""
    swing = params.size * np.sin(params.phase)
    x = SIDES[arm] * (params.half_shoulder_width + 0.3 + 0.24 * swing)
    return _one_arm(arm, _positions(x, -0.45 + 0.06 * swing**2, params.phase), -1.0, params)


def circle(arm: int, clockwise: bool, params: GestureParams) -> ArmTrajectory:
    """A stretched arm goes round."""
    turn = -params.phase if clockwise else params.phase  # y is downwards: growing turns right
    radius = 0.5 * params.size
    x = SIDES[arm] * (params.half_shoulder_width + 0.1) + radius * np.cos(turn)
    return _one_arm(arm, _positions(x, 0.02 + radius * np.sin(turn), params.phase), 0.1, params)


def roll(params: GestureParams) -> ArmTrajectory:
    """Forearms before the chest go round one another."""
    right, left = (
        _positions(
            -side * 0.1 + 0.05 * np.cos(params.phase) * side,
            0.45 + side * 0.17 * params.size * np.sin(params.phase),
            params.phase,
        )
        for side in SIDES
    )
    return _both_arms(right, left, (0.9, 0.9))


def drum(params: GestureParams) -> ArmTrajectory:
    """Hands strike down in turn."""
    right, left = (
        _positions(side * 0.24, 0.45 + 0.2 * params.size * (np.sin(at) + 0.3 * np.sin(2 * at)), at)
        for side, at in zip(SIDES, (params.phase, params.phase + np.pi), strict=True)
    )
    return _both_arms(right, left, (0.7, 0.7))


def strum(params: GestureParams) -> ArmTrajectory:
    """The right hand strums at the belly, the left one holds a neck."""
    stroke = params.size * np.sin(2 * params.phase)
    right = _positions(-0.02 + 0.07 * stroke, 0.6 + 0.17 * stroke, params.phase)
    left = _positions(
        params.half_shoulder_width + 0.42 + 0.05 * np.sin(params.phase / 2), 0.22, params.phase
    )
    return _both_arms(right, left, (1.0, 0.8))


def other_gesture(params: GestureParams) -> ArmTrajectory:
    """One of four that the person makes up: flap, box, both hands wave, draw an eight."""
    phase, size = params.phase, params.size
    if params.variant == 0:
        lift = 0.45 * size * np.sin(phase)
        right, left = (
            _positions(side * (params.half_shoulder_width + 0.75), 0.1 + lift, phase)
            for side in SIDES
        )
        return _both_arms(right, left, (0.1, 0.1))
    if params.variant == 1:
        right, left = (
            _positions(side * (0.2 + 0.25 * size * (1 + np.sin(phase + side))), 0.05, phase)
            for side in SIDES
        )
        return _both_arms(right, left, (0.9, 0.9))
    if params.variant == 2:
        right, left = (
            _positions(
                side * (params.half_shoulder_width + 0.2) + 0.25 * size * np.sin(phase), -0.5, phase
            )
            for side in SIDES
        )
        return _both_arms(right, left, (-1.0, -1.0))
    x = 0.1 + 0.45 * size * np.sin(phase / 2)
    return _one_arm(RIGHT, _positions(-x, 0.1 + 0.3 * size * np.sin(phase), phase), 0.5, params)


VARIANT_COUNT = 4  # of other gestures


class TimedGesture(NamedTuple):
    """A gesture, and how often a second it is repeated."""

    gesture: GestureFunction
    frequency: float


GESTURES = {
    "hand clapping": TimedGesture(clap, 2.2),
    "right hand wave": TimedGesture(lambda beat: wave(RIGHT, beat), 1.9),
    "left hand wave": TimedGesture(lambda beat: wave(LEFT, beat), 1.9),
    "right arm clockwise": TimedGesture(lambda beat: circle(RIGHT, True, beat), 1.2),
    "right arm counter clockwise": TimedGesture(lambda beat: circle(RIGHT, False, beat), 1.2),
    "left arm clockwise": TimedGesture(lambda beat: circle(LEFT, True, beat), 1.2),
    "left arm counter clockwise": TimedGesture(lambda beat: circle(LEFT, False, beat), 1.2),
    "arm roll": TimedGesture(roll, 1.9),
    "air drums": TimedGesture(drum, 2.4),
    "air guitar": TimedGesture(strum, 1.4),
    "other gestures": TimedGesture(other_gesture, 1.6),
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
