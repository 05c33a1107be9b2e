"""A camera of DVS pixels that records a scene."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import describe_value, short_repr
from liaf_ref._core.validation import (
    check_float_array,
    check_instance,
    check_int,
    check_number,
    check_rng,
)
from liaf_ref.data.events.array import EVENT, Events, check_size
from liaf_ref.data.events.records import SENSOR_SIZE
from liaf_ref.data.simulator.sensor import (
    Indices,
    LogIntensity,
    PixelEvents,
    Sensor,
    Thresholds,
    Times,
    draw_noise,
    draw_thresholds,
    generate_events,
)


class Scene(NamedTuple):
    """The scene in front of the camera."""

    top: int  # corner of the rectangle in which something changes
    left: int
    size: tuple[int, int]  # (H, W) of the rectangle
    duration: float  # of the recording, in μs from 0
    times: Times  # in μs, rising from 0 to the duration or beyond
    log_intensities: Iterable[LogIntensity]  # in the rectangle at these times


def record_scene(scene: Scene, sensor: Sensor, rng: np.random.Generator | int) -> Events:
    """Record a scene with 128 x 128 pixels; simultaneous events are sorted by row and column."""
    # Noise events do not reset a pixel. A noise event within the refractory period of another event
    # of the pixel is dropped.
    rng = check_rng("rng", rng, "the simulator")
    scene = _check_scene(scene)
    thresholds = draw_thresholds(sensor, SENSOR_SIZE[0] * SENSOR_SIZE[1], rng)
    noise = draw_noise(sensor, thresholds.on, scene.duration, rng)
    (H, W), top, left = scene.size, scene.top, scene.left
    places = (np.arange(top, top + H)[:, None] * SENSOR_SIZE[1] + np.arange(left, left + W)).ravel()
    inside = Thresholds(thresholds.on[places], thresholds.off[places])
    signal = generate_events(scene.log_intensities, scene.times, inside, sensor.refractory_period)
    signal = signal._replace(pixel=places[signal.pixel])
    apart = _separated_noise(noise, signal, sensor.refractory_period)
    t, pixel, p = (
        np.concatenate([each, more[apart]]) for each, more in zip(signal, noise, strict=True)
    )
    key = (t.astype(np.int64) << PIXEL_BITS | pixel) << 1 | p
    return _decode_keys(np.sort(key[t < scene.duration]))


def _check_scene(value: Scene) -> Scene:
    scene = check_instance("scene", value, Scene, "the simulator", "a Scene")
    H, W = check_size("size", scene.size, "a scene")
    check_int("top", scene.top, "a scene", 0, SENSOR_SIZE[0] - H)
    check_int("left", scene.left, "a scene", 0, SENSOR_SIZE[1] - W)
    times = check_float_array("times", scene.times, ("K",), "a scene", np.dtype(np.float64))
    if len(times) < 2 or times[0] != 0 or (np.diff(times) <= 0).any() or times[-1] > MAX_DURATION:
        expected = f"expected at least two increasing times from 0 to at most {MAX_DURATION:.0e} μs"
        raise InputError.for_argument("times", "a scene", f"{expected}, got {short_repr(times)}")
    expected = "a positive number no larger than the last of times"
    fits = times[-1].__ge__
    check_number("duration", scene.duration, "a scene", lambda x: x > 0 and bool(fits(x)), expected)
    return scene._replace(
        log_intensities=_checked_log_intensities(scene.log_intensities, len(times), H * W)
    )


def _checked_log_intensities(
    log_intensities: Iterable[LogIntensity], K: int, P: int
) -> Iterator[LogIntensity]:
    """Yield the levels, and check each of them."""
    expected = f"expected {K} arrays of shape ({P},), float32 and finite"
    number = 0
    for level in log_intensities:
        number += 1
        good = isinstance(level, np.ndarray) and level.shape == (P,) and level.dtype == np.float32
        if number > K or not good or not np.isfinite(level.sum()):
            actual = describe_value(level) if number <= K else "more"
            raise InputError.for_argument("log_intensities", "a scene", f"{expected}, got {actual}")
        yield level
    if number < K:
        raise InputError.for_argument("log_intensities", "a scene", f"{expected}, got {number}")


MAX_DURATION = 1e12  # μs
# Time, pixel and polarity are packed into one integer, because NumPy sorts integers fastest.
PIXEL_BITS, TIME_BITS = 14, 48


def _separated_noise(noise: PixelEvents, signal: PixelEvents, refractory: int) -> Indices:
    """Return the noise events that are far enough from other events of their pixel."""
    mine, others = (
        fired.pixel << TIME_BITS | fired.t.astype(np.int64) for fired in (noise, signal)
    )
    order = np.argsort(mine, kind="stable")
    mine, others = mine[order], np.sort(others)
    apart = np.ones(len(mine), bool)
    apart[1:] = np.diff(mine) >= refractory
    first = np.searchsorted(others, mine - refractory, "right")
    apart &= first == np.searchsorted(others, mine + refractory)
    return order[apart]


def _decode_keys(key: Indices) -> Events:
    events = np.empty(len(key), EVENT)
    pixel = (key >> 1) & ((1 << PIXEL_BITS) - 1)
    events["y"], events["x"] = pixel >> 7, pixel & 127
    events["t"], events["p"] = key >> (PIXEL_BITS + 1), key & 1
    return events
