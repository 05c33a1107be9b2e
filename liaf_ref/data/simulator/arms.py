"""Draw the moving arms of a person in front of the camera."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.data.events.records import SENSOR_SIZE
from liaf_ref.data.simulator import gestures
from liaf_ref.data.simulator.camera import LogIntensity, Scene
from liaf_ref.data.simulator.gestures import Positions
from liaf_ref.data.simulator.moving_image import Image

EDGE_BLUR = 3.0  # width of a blurred edge in pixels
FRAME_INTERVAL = 5000.0  # between pictures, in μs
BATCH_SIZE = 8  # pictures drawn at once
TEXTURE_CELL = 4  # pixels along a side of a spot
UPPER_ARM_SHARE = 0.5  # length of the upper arm, and of forearm with hand, as a fraction of the arm


class ArmSegment(NamedTuple):
    """A segment of an arm between two joints, with round ends."""

    start: Positions  # joint, in pixels
    end: Positions
    radius: float  # in pixels
    log_intensity: float


def gesture_scene(
    gesture: gestures.Gesture,
    person: gestures.Person,
    ambient_share: float,
    duration: float,
    rng: np.random.Generator,
) -> Scene:
    """The scene of a person who repeats a gesture."""
    times = np.arange(np.ceil(duration / FRAME_INTERVAL) + 1) * FRAME_INTERVAL
    often = gesture.frequency * person.tempo * rng.uniform(0.9, 1.1)
    uneven = 0.3 * np.sin(2e-6 * np.pi * rng.uniform(0.2, 0.5) * times + rng.uniform(0, 6.3))
    phase = 2e-6 * np.pi * often * times + uneven + rng.uniform(0, 2 * np.pi)
    size = person.size * rng.uniform(0.9, 1.1)
    params = gestures.GestureParams(phase, size, person.half_shoulder_width)
    arms = gesture.arms(params, int(rng.integers(gestures.VARIANT_COUNT)))
    person = person._replace(shoulder_row=person.shoulder_row + rng.uniform(-1, 1))
    parts = [
        part
        for side, hand, bend in arms
        for part in _arm_segments(side, hand, bend, person, ambient_share)
    ]
    moving = [part for part in parts if np.ptp(part.end, axis=0).any()]
    behind = _draw_body(person, ambient_share, rng)
    for part in parts:
        if not any(part is other for other in moving):
            _draw_segment(behind[None], part.start[:1] - 0.5, part.end[:1] - 0.5, part)
    top, left, bottom, right = _bounding_box(moving)
    behind = behind[top:bottom, left:right]
    levels = _draw_frames(behind, moving, (top, left), len(times))
    return Scene(top, left, behind.shape, duration, times, levels)


def _log_intensity(reflectance: float, ambient_share: float) -> float:
    return float(np.log(ambient_share + (1 - ambient_share) * reflectance))


def _arm_segments(
    side: int, hand: Positions, bend: float, person: gestures.Person, ambient_share: float
) -> list[ArmSegment]:
    """Upper arm, forearm and hand."""
    root = np.array([side * person.half_shoulder_width, 0.05])
    far = np.hypot(*(hand - root).T)[:, None]
    hand = root + (hand - root) * np.minimum(1, 2 * UPPER_ARM_SHARE / far)
    along = (hand - root) / far
    height = bend * np.sqrt(
        np.maximum(UPPER_ARM_SHARE**2 - np.minimum(far / 2, UPPER_ARM_SHARE) ** 2, 0)
    )
    elbow = (root + hand) / 2 + side * height * np.stack([along[:, 1], -along[:, 0]], axis=1)
    origin = np.array([person.center_column, person.shoulder_row])
    shoulder = np.broadcast_to(origin + person.arm_length * root, hand.shape)
    elbow, hand = origin + person.arm_length * elbow, origin + person.arm_length * hand
    wrist = hand + 0.2 * (elbow - hand)
    thick = person.arm_radius * person.arm_length
    return [
        ArmSegment(shoulder, elbow, thick, _log_intensity(person.upper, ambient_share)),
        ArmSegment(elbow, wrist, 0.75 * thick, _log_intensity(person.sleeve, ambient_share)),
        ArmSegment(wrist, hand, 0.95 * thick, _log_intensity(person.skin, ambient_share)),
    ]


def _bounding_box(segments: list[ArmSegment]) -> tuple[int, int, int, int]:
    """Bounding box of the segments within the sensor."""
    reach = max(part.radius for part in segments) + EDGE_BLUR
    joints = np.concatenate([np.concatenate([part.start, part.end]) for part in segments])
    (left, top), (right, bottom) = joints.min(axis=0) - reach, joints.max(axis=0) + reach
    H, W = SENSOR_SIZE
    return max(int(top), 0), max(int(left), 0), min(int(bottom) + 1, H), min(int(right) + 1, W)


def _draw_body(person: gestures.Person, ambient_share: float, rng: np.random.Generator) -> Image:
    """Draw wall, trunk and head, which do not move, with a texture."""
    y, x = np.mgrid[: SENSOR_SIZE[0], : SENSOR_SIZE[1]].astype(np.float32) + np.float32(0.5)
    u = (x - person.center_column) / person.arm_length
    v = (y - person.shoulder_row) / person.arm_length
    level = np.full(SENSOR_SIZE, _log_intensity(person.wall, ambient_share), np.float32)
    trunk = np.minimum(v + 0.05, person.half_shoulder_width + 0.04 - np.abs(u))
    head = 0.19 - np.hypot(u, (v + 0.32) / 1.2)
    hair = np.minimum(0.2 - np.hypot(u, (v + 0.34) / 1.2), -0.38 - v)
    for inside, reflectance in ((trunk, person.shirt), (head, person.skin), (hair, person.hair)):
        cover = np.clip(0.5 + inside * person.arm_length / EDGE_BLUR, 0, 1)
        level += cover * (np.float32(_log_intensity(reflectance, ambient_share)) - level)
    spot = np.ones((TEXTURE_CELL, TEXTURE_CELL), np.float32)
    cells = rng.standard_normal([side // TEXTURE_CELL for side in SENSOR_SIZE], np.float32)
    return level + np.float32(0.15) * np.kron(cells, spot)


def _draw_frames(
    background: Image, segments: list[ArmSegment], corner: tuple[int, int], K: int
) -> Iterator[LogIntensity]:
    """Yield the frames; several are drawn at once."""
    buffers = np.empty((2, BATCH_SIZE, *background.shape), np.float32)
    offset = np.array([corner[1], corner[0]]) + 0.5
    for number, first in enumerate(range(0, K, BATCH_SIZE)):
        chunk = slice(first, min(first + BATCH_SIZE, K))
        pictures = buffers[number % 2, : chunk.stop - first]
        pictures[:] = background
        for part in segments:
            _draw_segment(pictures, part.start[chunk] - offset, part.end[chunk] - offset, part)
        yield from pictures.reshape(len(pictures), -1)


def _draw_segment(images: Any, start: Positions, end: Positions, segment: ArmSegment) -> None:
    """Draw a segment over images; its edge interpolates linearly to the background."""
    reach = segment.radius + EDGE_BLUR / 2
    low = np.minimum(start, end).min(axis=0) - reach
    high = np.maximum(start, end).max(axis=0) + reach
    (left, top), (right, bottom) = (np.maximum(each, 0).astype(int) for each in (low, high + 2))
    place = images[:, top:bottom, left:right]
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
    cover *= np.float32(-1 / (2 * segment.radius * EDGE_BLUR))
    cover += np.float32(0.5 + segment.radius / (2 * EDGE_BLUR))
    np.maximum(cover, 0, out=cover)
    np.minimum(cover, 1, out=cover)
    cover *= np.float32(segment.log_intensity) - place
    place += cover
