"""Parameters of a DVS camera, and the thresholds of its pixels."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.validation import (
    check_instance,
    check_int,
    check_number,
    check_number_within,
    check_rng,
    validate_fields,
)

LogIntensity = NDArray[np.float32]
WHERE = "a sensor"
MIN_THRESHOLD_FACTOR = 0.1  # smallest threshold, as a fraction of the nominal one


class Sensor(NamedTuple):
    """A camera's parameters."""

    on_threshold: float = 0.2  # increase of the log intensity that causes an event
    off_threshold: float = 0.2  # decrease
    threshold_mismatch: float = 0.03  # relative standard deviation over the pixels
    refractory_period: int = 500  # in μs
    leak_rate: float = 0.01  # ON events without a change, in Hz at the nominal threshold
    shot_noise_rate: float = 0.01  # mean over the pixels, both polarities, in Hz
    noise_rate_spread: float = (
        1.0  # standard deviation of the log rate over pixels; models hot pixels
    )


@dataclass(frozen=True)
class SensorVariation:
    """How much the camera differs from the one that matches the genuine recordings."""

    contrast_threshold: float = 1.0  # factor of both thresholds, in [0.1, 100]
    noise: float = 1.0  # factor of the rates of shot noise and leak, in [0, 1000]

    def __post_init__(self) -> None:
        where = "the simulated camera"
        validate_fields(self, ("contrast_threshold",), check_number_within, where, 0.1, 100.0)
        validate_fields(self, ("noise",), check_number_within, where, 0.0, 1000.0)

    def apply(self, sensor: Sensor) -> Sensor:
        """Return the camera with these factors."""
        return sensor._replace(
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
    """Refuse anything but a sensor whose parameters are in range."""
    sensor = check_instance("sensor", value, Sensor, "the simulator", "a Sensor")
    for name in ("on_threshold", "off_threshold"):
        check_number(name, getattr(sensor, name), WHERE, lambda x: x > 0, "a positive number")
    check_number(
        "threshold_mismatch",
        sensor.threshold_mismatch,
        WHERE,
        lambda x: 0 <= x <= 1,
        "a number in [0, 1]",
    )
    check_int("refractory_period", sensor.refractory_period, WHERE, 0, 2**31)
    for name in ("leak_rate", "shot_noise_rate", "noise_rate_spread"):
        check_number(name, getattr(sensor, name), WHERE, lambda x: 0 <= x < 1e6, "a number >= 0")
    return sensor


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
