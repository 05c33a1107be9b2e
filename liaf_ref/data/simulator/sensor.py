"""Parameters of a DVS camera, the thresholds of its pixels, and their noise."""

from dataclasses import replace
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.declared import Declared
from liaf_ref._core.kinds import About, real, whole
from liaf_ref._core.validation import check_instance, check_int, check_rng

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


def check_sensor(value: object) -> Sensor:
    """Refuse anything but a sensor."""
    return check_instance("sensor", value, Sensor, "the simulator", "a Sensor")


def draw_thresholds(sensor: Sensor, P: int, rng: np.random.Generator | int) -> Thresholds:
    """Draw the thresholds of P pixels, normally distributed (Lichtsteiner et al. 2008)."""
    sensor = check_sensor(sensor)
    P = check_int("P", P, WHERE, 1, 2**30)
    draws: Any = check_rng("rng", rng, WHERE).standard_normal((2, P), np.float32)
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
