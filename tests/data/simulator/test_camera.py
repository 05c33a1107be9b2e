"""Mismatch, noise and order of a camera's events."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.data.events import check_events
from liaf_ref.data.simulator import DigitSource, Scene, Sensor, draw_thresholds, record_scene

F32 = np.float32
QUIET = Sensor(threshold_mismatch=0.0, leak_rate=0.0, shot_noise_rate=0.0)


def still(duration: float) -> Scene:
    dark = np.zeros(4, F32)
    return Scene(0, 0, (2, 2), duration, np.array([0.0, duration]), [dark, dark.copy()])


def test_without_mismatch_every_pixel_is_alike() -> None:
    theta = draw_thresholds(replace(QUIET, on_threshold=0.3), 1000, np.random.default_rng(0))
    assert (theta.on == F32(0.3)).all()
    assert (theta.off == F32(0.2)).all()


def test_mismatch_has_its_mean_and_deviation() -> None:
    theta = draw_thresholds(replace(QUIET, threshold_mismatch=0.1), 16384, np.random.default_rng(1))
    for column in theta:  # 4 standard errors of 16384 draws
        assert abs(column.mean() - 0.2) < 4 * 0.02 / 128
        assert abs(column.std() / 0.02 - 1) < 4 / np.sqrt(2 * 16384)
    assert (
        draw_thresholds(
            replace(QUIET, threshold_mismatch=1.0), 9999, np.random.default_rng(2)
        ).on.min()
        > 0
    )


def test_a_still_scene_without_noise_is_silent() -> None:
    assert not len(record_scene(still(1e6), QUIET, np.random.default_rng(0)))


@pytest.mark.parametrize("rate", [0.1, 2.0])
def test_noise_comes_at_the_rate_that_is_set(rate: float) -> None:
    for sensor, on_share in (
        (replace(QUIET, leak_rate=rate), 1.0),
        (replace(QUIET, shot_noise_rate=rate), 0.5),
    ):
        polarities = 1 if on_share == 1 else 2
        events = record_scene(
            still(10e6), replace(sensor, refractory_period=0), np.random.default_rng(3)
        )
        expected = polarities * rate * 10 * 16384
        assert abs(len(events) - expected) < 4 * np.sqrt(expected)
        assert (
            abs(events["p"].mean() - on_share)
            < 4 * np.sqrt(0.25 / expected) * (polarities - 1) + 1e-9
        )


def test_leak_is_regular_and_slower_where_the_threshold_is_higher() -> None:
    sensor = replace(QUIET, leak_rate=4.0, threshold_mismatch=0.2)
    events = record_scene(still(5e6), sensor, np.random.default_rng(6))
    theta = draw_thresholds(sensor, 16384, np.random.default_rng(6))
    pixel = events["y"].astype(int) * 128 + events["x"]
    for which in (0, 777, 16383):
        gaps = np.diff(events["t"][pixel == which])
        # A time is rounded down to whole μs, so that a gap may be off by one.
        np.testing.assert_allclose(gaps, 250_000 * theta.on[which] / 0.2, atol=1.01)


def test_some_pixels_are_noisier_than_others() -> None:
    def most(spread: float) -> int:
        sensor = replace(QUIET, shot_noise_rate=0.5, noise_rate_spread=spread)
        events = record_scene(still(5e6), sensor, np.random.default_rng(7))
        return int(np.bincount(events["y"].astype(int) * 128 + events["x"]).max())

    assert most(1.0) > 3 * most(0.0)


def test_events_are_in_order_inside_the_camera_and_apart() -> None:
    source = DigitSource(3, 300_000, flicker=True, scale=16)
    events = check_events("events", source.events(5, 2), "the test")
    assert events["t"].max() < 300_000
    assert max(events["x"].max(), events["y"].max()) < 128
    pixel = events["y"].astype(np.int64) * 128 + events["x"]
    order = np.lexsort((events["t"], pixel))
    gaps = np.diff(events["t"][order])[np.diff(pixel[order]) == 0]
    assert gaps.min() >= Sensor().refractory_period


ONE = np.zeros(4, F32)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"top": 127}, "top of a scene: expected an integer >= 0 and <= 126, got 127"),
        ({"left": -1}, "left of a scene: expected an integer >= 0, got -1"),
        ({"size": (129, 2)}, "top of a scene"),
        ({"size": 4}, r"size of a scene: expected \(H, W\), got 4"),
        ({"duration": 2000.0}, "duration of a scene: expected a positive number no larger than"),
        ({"duration": 0.0}, "duration of a scene: expected a positive number no larger than"),
        ({"times": [0.0, 1.0]}, "times of a scene: expected an array"),
        ({"times": np.array([0.0, np.nan])}, "times of a scene: expected finite values"),
        (
            {"times": np.array([0.0, 0.0])},
            "times of a scene: expected at least two increasing times",
        ),
        (
            {"times": np.array([1.0, 2.0])},
            "times of a scene: expected at least two increasing times",
        ),
        ({"times": np.array([0.0])}, "times of a scene: expected at least two increasing times"),
        ({"log_intensities": [ONE]}, r"log_intensities of a scene: expected 2 arrays of .* got 1$"),
        (
            {"log_intensities": [ONE] * 3},
            r"log_intensities of a scene: expected 2 arrays of .* got more$",
        ),
        (
            {"log_intensities": [ONE, ONE.astype(float)]},
            r"expected 2 arrays of shape \(4,\), float32",
        ),
        (
            {"log_intensities": [ONE[:3]] * 2},
            r"expected 2 arrays of shape \(4,\), float32 and finite",
        ),
        ({"log_intensities": [ONE, ONE + F32(np.inf)]}, "float32 and finite, got an array"),
    ],
)
def test_a_wrong_scene_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        record_scene(still(1e3)._replace(**change), QUIET, np.random.default_rng(0))
