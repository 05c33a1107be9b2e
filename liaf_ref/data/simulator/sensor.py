"""Parameters of a camera of DVS pixels, and what they are for each pixel."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from liaf_ref._core.validation import check_generator, check_instance, check_int, check_number

LogIntensity = NDArray[np.float32]
WHERE = "a sensor"
MIN_THRESHOLD_FACTOR = 0.1  # of the nominal threshold; no draw of the mismatch goes below


class Sensor(NamedTuple):
    """A camera's parameters.

    Attributes
    ----------
    on_threshold, off_threshold : float
        Thresholds: by how much the logarithm of the intensity rises, or falls, for an event.
    threshold_mismatch : float
        Standard deviation of a pixel's threshold, as a share of the nominal one.
    refractory_period : int
        How long a pixel is held in reset after an event, in μs.
    leak_rate : float
        Events for brighter that a pixel of nominal threshold makes without any change, in Hz.
    shot_noise_rate : float
        Events of either polarity by noise, a pixel's mean, in Hz.
    noise_rate_spread : float
        Standard deviation of the logarithm of a pixel's rate of noise; makes hot pixels.
    """

    on_threshold: float = 0.2
    off_threshold: float = 0.2
    threshold_mismatch: float = 0.03
    refractory_period: int = 500
    leak_rate: float = 0.01
    shot_noise_rate: float = 0.01
    noise_rate_spread: float = 1.0


class Thresholds(NamedTuple):
    """What each pixel has.

    Attributes
    ----------
    on, off : ndarray of float32, shape (P,)
        Its thresholds, both positive.
    """

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
        "a share in [0, 1]",
    )
    check_int("refractory_period", sensor.refractory_period, WHERE, 0, 2**31)
    for name in ("leak_rate", "shot_noise_rate", "noise_rate_spread"):
        check_number(name, getattr(sensor, name), WHERE, lambda x: 0 <= x < 1e6, "a number >= 0")
    return sensor


def draw_thresholds(sensor: Sensor, P: int, rng: np.random.Generator) -> Thresholds:
    """Draw the thresholds of all pixels, normally distributed (Lichtsteiner et al. 2008).

    Parameters
    ----------
    sensor : Sensor
        The camera.
    P : int
        Number of pixels.
    rng : numpy.random.Generator
        Where the mismatch comes from.

    Returns
    -------
    Thresholds
        No less than a tenth of the nominal ones.

    Raises
    ------
    InputError
        If an argument is not so.
    """
    sensor = check_sensor(sensor)
    P = check_int("P", P, WHERE, 1, 2**30)
    draws: Any = check_generator("rng", rng, WHERE).standard_normal((2, P), np.float32)
    factor = np.maximum(
        1 + np.float32(sensor.threshold_mismatch) * draws, np.float32(MIN_THRESHOLD_FACTOR)
    )
    return Thresholds(
        np.float32(sensor.on_threshold) * factor[0], np.float32(sensor.off_threshold) * factor[1]
    )
