"""A person's two arms before the camera, drawn as they move."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.data.simulator.camera import SIZE, Scene
from liaf_ref.data.simulator.gestures import SIDES, VARIANTS, Beat, Places, Timed
from liaf_ref.data.simulator.people import Person
from liaf_ref.data.simulator.picture import Picture
from liaf_ref.data.simulator.sensor import Levels

SOFT = 3.0  # pixels from the inside of an edge to its outside, as a lens blurs it
STEP = 5000.0  # between pictures, in μs
TOGETHER = 8  # pictures drawn at once
GRAIN = 4  # pixels along a side of a spot
UPPER = 0.5  # an upper arm's length, and a forearm's with the hand, of the arm's


class Part(NamedTuple):
    """A piece of an arm between two joints, round at its ends.

    Attributes
    ----------
    start, end : ndarray of float64, shape (K, 2)
        Where the joints are, in pixels.
    radius : float
        In pixels.
    level : float
        The logarithm of its intensity.
    """

    start: Places
    end: Places
    radius: float
    level: float


def gesture_scene(
    timed: Timed, person: Person, haze: float, duration: float, rng: np.random.Generator
) -> Scene:
    """A person who repeats a gesture.

    Parameters
    ----------
    timed : Timed
        The gesture.
    person : Person
        Who makes it.
    haze : float
        Share of the light that comes from everywhere.
    duration : float
        In μs.
    rng : numpy.random.Generator
        What differs between two times the same person makes the same gesture.

    Returns
    -------
    Scene
        In the rectangle that the arms come to.
    """
    times = np.arange(np.ceil(duration / STEP) + 1) * STEP
    often = timed.often * person.tempo * rng.uniform(0.9, 1.1)
    uneven = 0.3 * np.sin(2e-6 * np.pi * rng.uniform(0.2, 0.5) * times + rng.uniform(0, 6.3))
    phase = 2e-6 * np.pi * often * times + uneven + rng.uniform(0, 2 * np.pi)
    size = person.size * rng.uniform(0.9, 1.1)
    track = timed.gesture(Beat(phase, size, person.width, int(rng.integers(VARIANTS))))
    person = person._replace(shoulders=person.shoulders + rng.uniform(-1, 1))
    parts = [
        part
        for side, hand, bend in zip(SIDES, track.hands, track.bends, strict=True)
        for part in _arm(side, hand, bend, person, haze)
    ]
    moving = [part for part in parts if np.ptp(part.end, axis=0).any()]
    behind = _body(person, haze, rng)
    for part in parts:
        if not any(part is other for other in moving):
            _lay(behind[None], part.start[:1] - 0.5, part.end[:1] - 0.5, part)
    top, left, bottom, right = _around(moving)
    behind = behind[top:bottom, left:right]
    levels = _draw(behind, moving, (top, left), len(times))
    return Scene(top, left, behind.shape, duration, times, levels)


def _level(reflectance: float, haze: float) -> float:
    return float(np.log(haze + (1 - haze) * reflectance))


def _arm(side: int, hand: Places, bend: float, person: Person, haze: float) -> list[Part]:
    """Upper arm, forearm and hand."""
    root = np.array([side * person.width, 0.05])
    far = np.hypot(*(hand - root).T)[:, None]
    hand = root + (hand - root) * np.minimum(1, 2 * UPPER / far)
    along = (hand - root) / far
    height = bend * np.sqrt(np.maximum(UPPER**2 - np.minimum(far / 2, UPPER) ** 2, 0))
    elbow = (root + hand) / 2 + side * height * np.stack([along[:, 1], -along[:, 0]], axis=1)
    origin = np.array([person.middle, person.shoulders])
    shoulder = np.broadcast_to(origin + person.arm * root, hand.shape)
    elbow, hand = origin + person.arm * elbow, origin + person.arm * hand
    wrist = hand + 0.2 * (elbow - hand)
    thick = person.thick * person.arm
    return [
        Part(shoulder, elbow, thick, _level(person.upper, haze)),
        Part(elbow, wrist, 0.75 * thick, _level(person.sleeve, haze)),
        Part(wrist, hand, 0.95 * thick, _level(person.skin, haze)),
    ]


def _around(parts: list[Part]) -> tuple[int, int, int, int]:
    """Rows and columns that the parts come to, inside the camera."""
    reach = max(part.radius for part in parts) + SOFT
    joints = np.concatenate([np.concatenate([part.start, part.end]) for part in parts])
    (left, top), (right, bottom) = joints.min(axis=0) - reach, joints.max(axis=0) + reach
    return (
        max(int(top), 0),
        max(int(left), 0),
        min(int(bottom) + 1, SIZE[0]),
        min(int(right) + 1, SIZE[1]),
    )


def _body(person: Person, haze: float, rng: np.random.Generator) -> Picture:
    """Wall, trunk and head, which stand still, with folds and spots."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32) + np.float32(0.5)
    u, v = (x - person.middle) / person.arm, (y - person.shoulders) / person.arm
    level = np.full(SIZE, _level(person.wall, haze), np.float32)
    trunk = np.minimum(v + 0.05, person.width + 0.04 - np.abs(u))
    head = 0.19 - np.hypot(u, (v + 0.32) / 1.2)
    hair = np.minimum(0.2 - np.hypot(u, (v + 0.34) / 1.2), -0.38 - v)
    for inside, reflectance in ((trunk, person.shirt), (head, person.skin), (hair, person.hair)):
        cover = np.clip(0.5 + inside * person.arm / SOFT, 0, 1)
        level += cover * (np.float32(_level(reflectance, haze)) - level)
    cells = rng.standard_normal((SIZE[0] // GRAIN, SIZE[1] // GRAIN), np.float32)
    return level + np.float32(0.15) * np.kron(cells, np.ones((GRAIN, GRAIN), np.float32))


def _draw(behind: Picture, parts: list[Part], corner: tuple[int, int], K: int) -> Iterator[Levels]:
    """The pictures one after another, several drawn at once."""
    buffers = np.empty((2, TOGETHER, *behind.shape), np.float32)
    offset = np.array([corner[1], corner[0]]) + 0.5
    for number, first in enumerate(range(0, K, TOGETHER)):
        chunk = slice(first, min(first + TOGETHER, K))
        pictures = buffers[number % 2, : chunk.stop - first]
        pictures[:] = behind
        for part in parts:
            _lay(pictures, part.start[chunk] - offset, part.end[chunk] - offset, part)
        yield from pictures.reshape(len(pictures), -1)


def _lay(pictures: Any, start: Places, end: Places, part: Part) -> None:
    """Lay a part over pictures; its edge runs straight from the level behind to its own."""
    reach = part.radius + SOFT / 2
    low, high = (
        np.minimum(start, end).min(axis=0) - reach,
        np.maximum(start, end).max(axis=0) + reach,
    )
    (left, top), (right, bottom) = (np.maximum(each, 0).astype(int) for each in (low, high + 2))
    place = pictures[:, top:bottom, left:right]
    d = (end - start).astype(np.float32)
    length = np.maximum((d**2).sum(axis=1), 1e-6)[:, None, None]
    x = np.arange(left, left + place.shape[2]) - start[:, :1].astype(np.float32)
    y = np.arange(top, top + place.shape[1]) - start[:, 1:].astype(np.float32)
    x, y = x.astype(np.float32), y.astype(np.float32)
    along = (x * d[:, :1])[:, None, :] + (y * d[:, 1:])[:, :, None]
    share = along / length
    np.maximum(share, 0, out=share)
    np.minimum(share, 1, out=share)
    along *= 2
    cover = share * length  # the squared distance to the nearest point at share of the way
    cover -= along
    cover *= share
    cover += (x * x)[:, None, :] + (y * y)[:, :, None]
    cover *= np.float32(-1 / (2 * part.radius * SOFT))
    cover += np.float32(0.5 + part.radius / (2 * SOFT))
    np.maximum(cover, 0, out=cover)
    np.minimum(cover, 1, out=cover)
    cover *= np.float32(part.level) - place
    place += cover
