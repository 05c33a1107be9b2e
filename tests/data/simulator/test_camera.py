"""Mismatch, noise and order of a camera's events."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.data.events import check_events
from liaf_ref.data.simulator import DigitSource, Scene, Sensor, draw_thresholds, record_scene
from liaf_ref.data.simulator.camera import PixelEvents, Thresholds, generate_events

F32 = np.float32
QUIET = Sensor(threshold_mismatch=0.0, leak_rate=0.0, shot_noise_rate=0.0)


def still(duration: float) -> Scene:
    dark = np.zeros(4, F32)
    return Scene(0, 0, (2, 2), duration, np.array([0.0, duration]), [dark, dark.copy()])


def test_mismatch_has_its_mean_and_deviation() -> None:
    theta = draw_thresholds(replace(QUIET, threshold_mismatch=0.1), 16384, np.random.default_rng(1))
    for column in theta:  # 4 standard errors of 16384 draws
        assert abs(column.mean() - 0.2) < 4 * 0.02 / 128
        assert abs(column.std() / 0.02 - 1) < 4 / np.sqrt(2 * 16384)
    wide = draw_thresholds(replace(QUIET, threshold_mismatch=1.0), 9999, np.random.default_rng(2))
    assert wide.on.min() > 0


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
        ({"size": (129, 2)}, "top of a scene"),
        ({"duration": 2000.0}, r"duration of a scene: expected a number in \(0, 1000\]"),
        ({"times": np.array([0.0, 0.0])}, "times of a scene: expected at least two increasing"),
        ({"times": np.array([1.0, 2.0])}, "times of a scene: expected at least two increasing"),
        ({"log_intensities": [ONE, ONE.astype(float)]}, r"arrays of shape \(4,\), float32"),
        ({"log_intensities": [ONE, ONE + F32(np.inf)]}, "float32 and finite, got an array"),
    ],
)
def test_a_wrong_scene_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        record_scene(still(1e3)._replace(**change), QUIET, np.random.default_rng(0))


def run(
    levels: Sequence[float], times: Sequence[float], refractory: float, theta: Any = (0.25, 0.25)
) -> PixelEvents:
    """The events of one pixel."""
    rows = [np.array([level], F32) for level in levels]
    thresholds = Thresholds(*(np.array([limit], F32) for limit in theta))
    found = generate_events(rows, np.array(times), thresholds, refractory)
    order = found.t.argsort()
    return PixelEvents(found.t[order], found.pixel[order], found.p[order])


def test_in_reset_a_pixel_sees_nothing_and_takes_the_level_at_its_end() -> None:
    # A rise by 0.001 in a μs: met at 250, deaf to 350, where the level is 0.35; then at 600.
    found = run([0.0, 0.75], [0, 750], 100)
    assert found.t.tolist() == pytest.approx([250, 600], rel=1e-6)
    # The same when the reset ends in a later step, or steps end within it.
    for times in ([0, 300, 750], [0, 260, 290, 340, 750]):
        found = run([t / 1000 for t in times], times, 100)
        assert found.t.tolist() == pytest.approx([250, 600], rel=1e-6)


def slowly(
    track: np.ndarray, times: np.ndarray, on: float, off: float, refractory: float
) -> list[tuple[float, bool]]:
    """One pixel, a hundredth of a μs at a time."""
    found, reset, until = [], track[0], -1.0
    for t in np.arange(times[0], times[-1], 0.01):
        level = np.interp(t, times, track)
        if t < until:
            reset = level
        elif level - reset >= on or reset - level >= off:
            found.append((float(t), bool(level > reset)))
            until, reset = t + refractory, level
    return found


@pytest.mark.parametrize("refractory", [0.0, 7.0, 31.0])
def test_it_does_what_a_pixel_that_goes_slowly_does(refractory: float) -> None:
    rng = np.random.default_rng(4)
    times = np.cumsum(rng.uniform(5, 25, 40))
    track = np.cumsum(rng.normal(0, 0.4, 40))
    found = run(track.tolist(), times.tolist(), refractory, (0.3, 0.2))
    expected = slowly(track, times, 0.3, 0.2, refractory)
    assert found.p.tolist() == [p for _, p in expected]
    # Each event may be late by a step of the slow pixel and by what earlier ones were late.
    np.testing.assert_allclose(found.t, [t for t, _ in expected], atol=0.01 * len(expected))
