"""A camera of DVS pixels that records a scene."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core import validation
from liaf_ref._core.declared import Declared
from liaf_ref._core.errors import InputError
from liaf_ref._core.kinds import About, real, whole
from liaf_ref._core.text import describe_value, short_repr
from liaf_ref.data.events.array import EVENT, Events, check_size
from liaf_ref.data.events.records import SENSOR_SIZE

LogIntensity = NDArray[np.float32]
Indices = NDArray[np.int64]
Times = NDArray[np.float64]
WHERE = "a sensor"
MIN_THRESHOLD_FACTOR = 0.1  # smallest threshold, as a fraction of the nominal one


class PixelEvents(NamedTuple):
    """Events of numbered pixels."""

    t: Times  # in μs
    pixel: Indices
    p: NDArray[np.bool_]  # whether the pixel became brighter


Positive = Annotated[float, real(0, closed="(]")]
Rate = Annotated[float, real(0, 1e6, closed="[)")]


class Sensor(Declared):
    """A camera's parameters."""

    on_threshold: Positive = 0.2  # increase of the log intensity that causes an event
    off_threshold: Positive = 0.2  # decrease
    # Relative standard deviation over the pixels.
    threshold_mismatch: Annotated[float, real(0, 1)] = 0.03
    refractory_period: Annotated[int, whole(0, 2**31)] = 500  # in μs
    leak_rate: Rate = 0.01  # ON events without a change, in Hz at the nominal threshold
    shot_noise_rate: Rate = 0.01  # mean over the pixels, both polarities, in Hz
    noise_rate_spread: Rate = 1.0  # standard deviation of the log rate over pixels: hot pixels


class SensorVariation(Declared):
    """How much the camera differs from the one that matches the genuine recordings."""

    contrast_threshold: Annotated[
        float,
        real(0.1, 100),
        About("factor of the simulated camera's contrast thresholds: above 1, it has fewer events"),
    ] = 1.0
    noise: Annotated[float, real(0, 1000), About("factor of the simulated camera's noise")] = 1.0

    def apply(self, sensor: Sensor) -> Sensor:
        """Return the camera with these factors."""
        return replace(
            sensor,
            on_threshold=self.contrast_threshold * sensor.on_threshold,
            off_threshold=self.contrast_threshold * sensor.off_threshold,
            leak_rate=self.noise * sensor.leak_rate,
            shot_noise_rate=self.noise * sensor.shot_noise_rate,
        )


USUAL_SENSOR = SensorVariation()


class Thresholds(NamedTuple):
    """Positive thresholds of each pixel."""

    on: LogIntensity
    off: LogIntensity


def draw_thresholds(sensor: Sensor, P: int, rng: np.random.Generator | int) -> Thresholds:
    """Draw the thresholds of P pixels, normally distributed (Lichtsteiner et al. 2008)."""
    validation.check_instance("sensor", sensor, Sensor, "the simulator", "a Sensor")
    P = validation.check_int("P", P, WHERE, 1, 2**30)
    draws: Any = validation.check_rng("rng", rng, WHERE).standard_normal((2, P), np.float32)
    factor = np.maximum(
        1 + np.float32(sensor.threshold_mismatch) * draws, np.float32(MIN_THRESHOLD_FACTOR)
    )
    return Thresholds(
        np.float32(sensor.on_threshold) * factor[0], np.float32(sensor.off_threshold) * factor[1]
    )


def draw_noise(
    sensor: Sensor, on_thresholds: LogIntensity, duration: float, rng: np.random.Generator
) -> PixelEvents:
    """Draw the noise of all pixels."""
    t, pixel = _leak_events(
        sensor.leak_rate * sensor.on_threshold / on_thresholds.astype(np.float64), duration, rng
    )
    weights = np.cumsum(
        np.exp(np.float32(sensor.noise_rate_spread) * rng.standard_normal(len(on_thresholds)))
    )
    count = rng.poisson(2 * sensor.shot_noise_rate * len(on_thresholds) * duration * 1e-6)
    places = np.searchsorted(weights, rng.random(count) * weights[-1], side="right")
    return PixelEvents(
        np.concatenate([t, rng.random(count) * duration]),
        np.concatenate([pixel, np.minimum(places, len(on_thresholds) - 1)]),
        np.concatenate([np.ones(len(t), bool), rng.random(count) < 0.5]),
    )


def _leak_events(rate: Times, duration: float, rng: np.random.Generator) -> tuple[Times, Indices]:
    """Times at intervals of 1 / rate, with a random phase per pixel."""
    phase = rng.random(len(rate))
    count = np.floor(rate * duration * 1e-6 + phase).astype(np.intp)
    pixel = np.repeat(np.arange(len(rate)), count)
    number = np.arange(len(pixel)) - np.repeat(np.cumsum(count) - count, count)
    return (number + 1 - phase[pixel]) / rate[pixel] * 1e6, pixel


class RefractoryPixels(NamedTuple):
    """Pixels held in reset, and the end of the reset: int64 and float64 of shape (M,)."""

    pixel: Indices
    until: Times


Step = tuple[float, float, LogIntensity, LogIntensity]  # from t0 to t1, linear from L0 to L1


def generate_events(
    log_intensities: Iterable[LogIntensity],
    times: Times,
    thresholds: Thresholds,
    refractory_period: float,
) -> PixelEvents:
    """Convert log intensities over time to events."""
    found: list[PixelEvents] = []
    held = RefractoryPixels(np.empty(0, np.int64), np.empty(0))
    reset: LogIntensity | None = None
    for (t0, L0), (t1, L1) in pairwise(zip(times.tolist(), log_intensities, strict=True)):
        if reset is None:
            reset, difference = L0.copy(), np.empty_like(L0)
            darker = -thresholds.off
        over = held.until < t1  # reset the pixels whose refractory period ends in this step
        pixel, stay = held.pixel[over], held.pixel[~over]
        share = ((held.until[over] - t0) / (t1 - t0)).astype(np.float32)
        reset[pixel] = L0[pixel] + share * (L1[pixel] - L0[pixel])
        reset[stay] = L1[stay]
        held = RefractoryPixels(stay, held.until[~over])
        np.subtract(L1, reset, out=difference)
        crossed = np.flatnonzero((difference >= thresholds.on) | (difference <= darker))
        if len(crossed):
            step = t0, t1, L0, L1
            more = list(_threshold_crossings(crossed, step, reset, thresholds, refractory_period))
            found += [fired for fired, _ in more]
            held = RefractoryPixels(
                *map(np.concatenate, zip(held, *(saved for _, saved in more), strict=True))
            )
    return PixelEvents(*map(np.concatenate, zip(*found, strict=True))) if found else NO_EVENTS


NO_EVENTS = PixelEvents(np.empty(0), np.empty(0, np.int64), np.empty(0, bool))


def _threshold_crossings(
    pixel: Indices,
    step: Step,
    reset: LogIntensity,
    thresholds: Thresholds,
    refractory_period: float,
) -> Iterator[tuple[PixelEvents, RefractoryPixels]]:
    """Events of pixels that have crossed a threshold by the end of a step."""
    t0, t1, L0, L1 = step
    while len(pixel):  # repeated for pixels where rounding gave one event too few
        start, end, r = L0.take(pixel), L1.take(pixel), reset.take(pixel)
        theta = np.where(end > r, thresholds.on.take(pixel), -thresholds.off.take(pixel))
        slope = end - start  # has the sign of theta, as no threshold was reached at the start
        each = theta + slope * np.float32(
            refractory_period / (t1 - t0)
        )  # from one reset to the next
        count = np.maximum((end - r - theta) / each, 0).astype(np.intp) + 1
        first = np.add(t0, (t1 - t0) * ((r + theta - start) / slope), dtype=np.float64)
        gap = (t1 - t0) * (each / slope)
        until = np.minimum(first + (count - 1) * gap, t1) + refractory_period
        late = until >= t1
        r = np.where(late, end, r + count.astype(np.float32) * each)
        reset[pixel] = r
        which, number = _expand_counts(count)
        t = np.minimum(np.maximum(first[which] + number * gap[which], t0), t1)
        fired = PixelEvents(t, pixel[which], (theta > 0)[which])
        yield fired, RefractoryPixels(pixel[late], until[late])
        pixel = pixel[~late & (np.abs(end - r) >= np.abs(theta))]


def _expand_counts(count: Indices) -> tuple[Indices | slice, Indices | int]:
    """Expand event counts: the pixel of each event, and its number within the pixel."""
    if count.max() == 1:
        return slice(None), 0
    which = np.arange(len(count)).repeat(count)
    return which, np.arange(len(which)) - (count.cumsum() - count).take(which)


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
    rng = validation.check_rng("rng", rng, "the simulator")
    scene = _check_scene(scene)
    thresholds = draw_thresholds(sensor, SENSOR_SIZE[0] * SENSOR_SIZE[1], rng)
    noise = draw_noise(sensor, thresholds.on, scene.duration, rng)
    (H, W), top, left = scene.size, scene.top, scene.left
    places = (np.arange(top, top + H)[:, None] * SENSOR_SIZE[1] + np.arange(left, left + W)).ravel()
    inside = Thresholds(thresholds.on[places], thresholds.off[places])
    signal = generate_events(scene.log_intensities, scene.times, inside, sensor.refractory_period)
    signal = signal._replace(pixel=places[signal.pixel])
    apart = _separated_noise(noise, signal, sensor.refractory_period)
    both = zip(signal, noise, strict=True)
    t, pixel, p = (np.concatenate([each, more[apart]]) for each, more in both)
    key = (t.astype(np.int64) << PIXEL_BITS | pixel) << 1 | p
    return _decode_keys(np.sort(key[t < scene.duration]))


def _check_scene(value: Scene) -> Scene:
    scene = validation.check_instance("scene", value, Scene, "the simulator", "a Scene")
    H, W = check_size("size", scene.size, "a scene")
    validation.check_int("top", scene.top, "a scene", 0, SENSOR_SIZE[0] - H)
    validation.check_int("left", scene.left, "a scene", 0, SENSOR_SIZE[1] - W)
    times = validation.check_float_array(
        "times", scene.times, ("K",), "a scene", np.dtype(np.float64)
    )
    if len(times) < 2 or times[0] != 0 or (np.diff(times) <= 0).any() or times[-1] > MAX_DURATION:
        expected = f"expected at least two increasing times from 0 to at most {MAX_DURATION:.0e} μs"
        raise InputError.for_argument("times", "a scene", f"{expected}, got {short_repr(times)}")
    real(0, float(times[-1]), closed="(]").check("duration", scene.duration, "a scene")
    return scene._replace(log_intensities=_checked_levels(scene.log_intensities, H * W))


def _checked_levels(levels: Iterable[LogIntensity], P: int) -> Iterator[LogIntensity]:
    """Yield the log intensities, and check each of them."""
    for level in levels:
        good = isinstance(level, np.ndarray) and level.shape == (P,) and level.dtype == np.float32
        if not good or not np.isfinite(level.sum()):
            expected = f"expected arrays of shape ({P},), float32 and finite"
            reason = f"{expected}, got {describe_value(level)}"
            raise InputError.for_argument("log_intensities", "a scene", reason)
        yield level


MAX_DURATION = 1e12  # μs
# Time, pixel and polarity are packed into one integer, because NumPy sorts integers fastest.
PIXEL_BITS, TIME_BITS = 14, 48


def _separated_noise(noise: PixelEvents, signal: PixelEvents, refractory: int) -> Indices:
    """Return the noise events that are far enough from other events of their pixel."""
    mine, others = (x.pixel << TIME_BITS | x.t.astype(np.int64) for x in (noise, signal))
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
