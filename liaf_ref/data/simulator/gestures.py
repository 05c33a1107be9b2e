"""Eleven gestures as the paths of two hands, under the names of DVS128 Gesture.

The camera sees the person from the front: the right hand is at the left of the picture.
Clockwise is meant as the person sees it, which is counter-clockwise in the picture; so it is
in recordings of that data set.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.float64]
RIGHT, LEFT = 0, 1
SIDES = (-1, 1)  # where the right and the left arm are in the picture


class Track(NamedTuple):
    """Both arms over time, in lengths of an arm from between the shoulders.

    Attributes
    ----------
    hands : ndarray of float64, shape (2, K, 2)
        Right and left; x to the right of the picture, y downwards.
    bends : tuple of float
        How far each elbow is off the straight line: 1 as far outwards and down as the
        lengths allow, 0 not at all (the arm points to the camera), -1 the other way.
    """

    hands: Places
    bends: tuple[float, float]


class Beat(NamedTuple):
    """What a gesture is timed by.

    Attributes
    ----------
    phase : ndarray of float64, shape (K,)
        Of its repetitions, in radians.
    size : float
        By which factor it is larger than usual.
    width : float
        Half the distance of the shoulders.
    variant : int
        Which of its forms, where it has several.
    """

    phase: Places
    size: float
    width: float
    variant: int


Gesture = Callable[[Beat], Track]


def _at(x: float | Places, y: float | Places, phase: Places) -> Places:
    return np.stack([np.broadcast_to(x, phase.shape), np.broadcast_to(y, phase.shape)], axis=-1)


def _resting(side: int, beat: Beat) -> Places:
    return _at(side * (beat.width + 0.08), 0.9, beat.phase)


def _arms(right: Places, left: Places, bends: tuple[float, float]) -> Track:
    return Track(np.stack([right, left]), bends)


def _one(arm: int, hand: Places, bend: float, beat: Beat) -> Track:
    """One arm moves, the other hangs."""
    if arm == RIGHT:
        return _arms(hand, _resting(1, beat), (bend, 0.3))
    return _arms(_resting(-1, beat), hand, (0.3, bend))


def clap(beat: Beat) -> Track:
    """Hands meet before the chest."""
    apart = 0.06 + 0.17 * beat.size * (1 + np.cos(beat.phase))
    right, left = (_at(side * apart, 0.42, beat.phase) for side in SIDES)
    return _arms(right, left, (0.8, 0.8))


def wave(arm: int, beat: Beat) -> Track:
    """A raised hand swings beside the head."""
    swing = beat.size * np.sin(beat.phase)
    x = SIDES[arm] * (beat.width + 0.3 + 0.24 * swing)
    return _one(arm, _at(x, -0.45 + 0.06 * swing**2, beat.phase), -1.0, beat)


def circle(arm: int, clockwise: bool, beat: Beat) -> Track:
    """A stretched arm goes round."""
    turn = -beat.phase if clockwise else beat.phase  # y is downwards: growing turns right
    radius = 0.5 * beat.size
    x = SIDES[arm] * (beat.width + 0.1) + radius * np.cos(turn)
    return _one(arm, _at(x, 0.02 + radius * np.sin(turn), beat.phase), 0.1, beat)


def roll(beat: Beat) -> Track:
    """Forearms before the chest go round one another."""
    right, left = (
        _at(
            -side * 0.1 + 0.05 * np.cos(beat.phase) * side,
            0.45 + side * 0.17 * beat.size * np.sin(beat.phase),
            beat.phase,
        )
        for side in SIDES
    )
    return _arms(right, left, (0.9, 0.9))


def drum(beat: Beat) -> Track:
    """Hands strike down in turn."""
    right, left = (
        _at(side * 0.24, 0.45 + 0.2 * beat.size * (np.sin(at) + 0.3 * np.sin(2 * at)), at)
        for side, at in zip(SIDES, (beat.phase, beat.phase + np.pi), strict=True)
    )
    return _arms(right, left, (0.7, 0.7))


def strum(beat: Beat) -> Track:
    """The right hand strums at the belly, the left one holds a neck."""
    stroke = beat.size * np.sin(2 * beat.phase)
    right = _at(-0.02 + 0.07 * stroke, 0.6 + 0.17 * stroke, beat.phase)
    left = _at(beat.width + 0.42 + 0.05 * np.sin(beat.phase / 2), 0.22, beat.phase)
    return _arms(right, left, (1.0, 0.8))


def other(beat: Beat) -> Track:
    """One of four that the person makes up: flap, box, both hands wave, draw an eight."""
    phase, size = beat.phase, beat.size
    if beat.variant == 0:
        lift = 0.45 * size * np.sin(phase)
        right, left = (_at(side * (beat.width + 0.75), 0.1 + lift, phase) for side in SIDES)
        return _arms(right, left, (0.1, 0.1))
    if beat.variant == 1:
        right, left = (
            _at(side * (0.2 + 0.25 * size * (1 + np.sin(phase + side))), 0.05, phase)
            for side in SIDES
        )
        return _arms(right, left, (0.9, 0.9))
    if beat.variant == 2:
        right, left = (
            _at(side * (beat.width + 0.2) + 0.25 * size * np.sin(phase), -0.5, phase)
            for side in SIDES
        )
        return _arms(right, left, (-1.0, -1.0))
    x = 0.1 + 0.45 * size * np.sin(phase / 2)
    return _one(RIGHT, _at(-x, 0.1 + 0.3 * size * np.sin(phase), phase), 0.5, beat)


VARIANTS = 4  # of other gestures


class Timed(NamedTuple):
    """A gesture, and how often a second it is repeated."""

    gesture: Gesture
    often: float


GESTURES = {
    "hand clapping": Timed(clap, 2.2),
    "right hand wave": Timed(lambda beat: wave(RIGHT, beat), 1.9),
    "left hand wave": Timed(lambda beat: wave(LEFT, beat), 1.9),
    "right arm clockwise": Timed(lambda beat: circle(RIGHT, True, beat), 1.2),
    "right arm counter clockwise": Timed(lambda beat: circle(RIGHT, False, beat), 1.2),
    "left arm clockwise": Timed(lambda beat: circle(LEFT, True, beat), 1.2),
    "left arm counter clockwise": Timed(lambda beat: circle(LEFT, False, beat), 1.2),
    "arm roll": Timed(roll, 1.9),
    "air drums": Timed(drum, 2.4),
    "air guitar": Timed(strum, 1.4),
    "other gestures": Timed(other, 1.6),
}
