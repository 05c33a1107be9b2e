"""Events without a cause in the scene: leak and shot noise.

The model is that of Hu, Liu and Delbruck 2021 (arXiv:2006.07722). The leak of the reset transistor
causes ON events at regular intervals, which increase with the threshold. Photon noise causes ON
and OFF events at random, in some pixels much more often than in others.
"""

import numpy as np

from liaf_ref.data.simulator.pixel import Indices, PixelEvents, Times
from liaf_ref.data.simulator.sensor import LogIntensity, Sensor


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
