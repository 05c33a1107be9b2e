"""What the camera sees, variations of it, and mismatch, noise and order of its events."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import trees_equal

from liaf_ref._core.errors import InputError
from liaf_ref.data.events import check_events
from liaf_ref.data.simulator import (
    DigitSource,
    DigitVariation,
    GestureSource,
    Scene,
    SceneSource,
    SceneVariation,
    Sensor,
    SensorVariation,
    draw_thresholds,
    record_scene,
    simulate_cifar10_dvs,
)
from liaf_ref.data.simulator.camera import PixelEvents, Thresholds, generate_events
from liaf_ref.data.simulator.datasets import MovementOrderSource
from liaf_ref.data.simulator.drawing import Ellipse, Outline, paint, transform_shape
from liaf_ref.data.simulator.gestures import GESTURES, GestureParams
from liaf_ref.data.simulator.moving_image import (
    OVERSAMPLING,
    TRIANGLE_MOTION,
    Monitor,
    gaussian_blur,
    moving_image_scene,
)
from liaf_ref.data.simulator.pictures import draw_digit, load_digits
from liaf_ref.data.simulator.sources import SimulationSource
from liaf_ref.experiments import dvs
from liaf_ref.experiments.dvs import DVSConfig

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


WHITE = (1.0, 1.0, 1.0)


def test_what_is_shown_is_where_the_path_says() -> None:
    dot = np.zeros((40 * OVERSAMPLING, 40 * OVERSAMPLING), np.float32)
    dot[19 * OVERSAMPLING : 21 * OVERSAMPLING, 19 * OVERSAMPLING : 21 * OVERSAMPLING] = 1
    scene = moving_image_scene(
        gaussian_blur(dot), (50.0, 70.25), TRIANGLE_MOTION, Monitor(0.2), 700_000
    )
    H, W = scene.size
    for t, levels in zip(scene.times, scene.log_intensities, strict=True):
        light = np.exp(levels.reshape(H, W)) - 0.2
        y, x = (np.arange(n) + 0.5 for n in (H, W))
        rows, columns = TRIANGLE_MOTION.trajectory(np.array([t]))
        row, column = (light.sum(1) @ y) / light.sum(), (light.sum(0) @ x) / light.sum()
        middle = scene.top + row, scene.left + column
        assert middle == pytest.approx((50 + rows[0], 70.25 + columns[0]), abs=0.01)


def test_a_light_edge_that_moves_right_is_brighter_ahead() -> None:
    bar = np.zeros((60 * OVERSAMPLING, 60 * OVERSAMPLING), np.float32)
    bar[:, 20 * OVERSAMPLING : 40 * OVERSAMPLING] = 1
    scene = moving_image_scene(
        gaussian_blur(bar), (64.0, 64.0), TRIANGLE_MOTION, Monitor(0.1), 290_000
    )  # columns go left
    events = record_scene(scene, QUIET, np.random.default_rng(0))
    ahead = events["x"] < 64
    assert events["p"][ahead].mean() == 1
    assert events["p"][~ahead].mean() == 0


@pytest.mark.parametrize("scale", [4, 8, 16])
def test_a_digit_stands_upright_and_has_its_size(scale: int) -> None:
    images, labels, _ = load_digits()
    for label in range(10):
        image = images[np.flatnonzero(labels == label)[0]]
        picture = draw_digit(image, 8, scale)
        inside = np.flatnonzero(picture.max(axis=1) > 0.3)
        assert 4 * scale < np.ptp(inside) / OVERSAMPLING < 6 * scale
        n = len(picture)
        at = ((np.arange(8) - 3.5) * 5.125 / 8 * scale * OVERSAMPLING + n / 2).astype(int)
        again = picture[np.ix_(at, at)]
        assert np.corrcoef(again.ravel(), image.ravel())[0, 1] > 0.75
        for wrong in (image[::-1], image[:, ::-1], image.T):
            if np.corrcoef(image.ravel(), wrong.ravel())[0, 1] < 0.5:
                assert np.corrcoef(again.ravel(), wrong.ravel())[0, 1] < 0.75
        assert picture[0].max() == picture[:, -1].max() == 0


def test_shapes_cover_what_they_should() -> None:
    N = 200
    for shape, area in (
        (Ellipse((0.5, 0.5), (0.3, 0.1), WHITE, 30), np.pi * 0.03),
        (Outline(((0.2, 0.2), (0.8, 0.2), (0.2, 0.8)), WHITE), 0.18),
        (Outline(((0.2, 0.3), (0.7, 0.3)), WHITE, 0.1), 0.05 + np.pi * 0.0025),
    ):
        painted = paint(np.zeros((N, N, 3), np.float32), [shape])
        assert painted.mean() == pytest.approx(area, rel=0.01)
        moved = transform_shape(shape, (0.45, 0.55), 0.5, mirrored=True)
        painted_small = paint(np.zeros((N, N, 3), np.float32), [moved])
        assert painted_small.mean() == pytest.approx(area / 4, rel=0.02)
        x = painted.mean(0) @ (np.arange(N) + 0.5) / N / painted.mean(0).sum()
        x_small = painted_small.mean(0) @ (np.arange(N) + 0.5) / N / painted_small.mean(0).sum()
        assert x_small == pytest.approx(0.45 - (x - 0.5) / 2, abs=2e-3)


def hands(name: str) -> np.ndarray:
    """Where the right and the left hand are during one repetition."""
    params = GestureParams(np.linspace(0, 2 * np.pi, 100), 1.0, 0.3)
    return np.stack([hand for _, hand, _ in GESTURES[name].arms(params, 0)])


def turning(name: str, arm: int) -> float:
    """Area the hand goes round, positive clockwise in the picture (y is downwards)."""
    hand = hands(name)[arm]
    x, y = (hand - hand.mean(axis=0)).T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def test_clockwise_is_as_the_person_sees_it() -> None:
    for arm, side in enumerate(("right", "left")):
        assert turning(f"{side} arm clockwise", arm) < -0.5
        assert turning(f"{side} arm counter clockwise", arm) > 0.5


def test_each_gesture_moves_the_arms_it_is_named_for() -> None:
    for name in GESTURES:
        moves = np.ptp(hands(name), axis=1).max(axis=1) > 0.02
        expected = [not name.startswith("left"), not name.startswith("right")]
        assert moves.tolist() == expected, name


USUAL = DVSConfig("mnist-dvs", "lif", "smoke", train_per_class=2, test_per_class=1)


def test_the_options_of_a_run_reach_the_camera_and_the_digits(tmp_path: Path) -> None:
    usual, noisy, crossed = (
        dvs.load_frames(replace(USUAL, **changes), None, cache=tmp_path)
        for changes in ({}, {"noise": 50.0}, {"bars": 3})
    )
    assert noisy.train.counts.sum() > 1.2 * usual.train.counts.sum()
    assert crossed.train.counts.sum() > 1.2 * usual.train.counts.sum()
    assert len({usual.sha256, noisy.sha256, crossed.sha256}) == 3


HARD = SceneVariation(
    grounds="any", min_size=0.4, max_size=1.0, shift=0.2, texture=3, drawings="two"
)
SHORT = 60_000  # μs
DIGITS, SCENES = partial(DigitSource, 0, SHORT), partial(SceneSource, 0, SHORT)
ORDERS = MovementOrderSource(0, SHORT, movement_duration=SHORT // 4)
# Of recording 7 of class 5: how many events, and the means of x, y, p and t.
RECORDED: dict[str, tuple[SimulationSource, tuple[float, ...]]] = {
    "digits": (DIGITS(), (1511, 63.13, 57.25, 0.525, 34611)),
    "small digits": (DIGITS(scale=4), (445, 64.17, 57.32, 0.553, 34405)),
    "large digits that flicker": (DIGITS(True, 16), (3257, 61.98, 57.31, 0.49, 36078)),
    "bars": (DIGITS(variation=DigitVariation(bars=2)), (6315, 65.75, 57.97, 0.533, 30545)),
    "noise": (DIGITS(sensor=SensorVariation(noise=20)), (3884, 62.58, 61.84, 0.592, 31913)),
    "contrast": (
        DIGITS(sensor=SensorVariation(contrast_threshold=3)),
        (400, 63.6, 57.41, 0.568, 39378),
    ),
    "scenes": (SCENES(), (11309, 66.87, 60.85, 0.461, 33272)),
    "varied scenes": (SCENES(variation=HARD), (23003, 64.49, 63.32, 0.511, 32150)),
    "scenes that flicker": (SCENES(True), (11646, 67.0, 60.98, 0.425, 33136)),
    "gestures": (GestureSource(0, SHORT), (4879, 75.61, 95.17, 0.201, 30177)),
    "orders": (ORDERS, (12284, 63.39, 56.67, 0.509, 31847)),
}


@pytest.mark.parametrize(("source", "expected"), RECORDED.values(), ids=RECORDED)
def test_recordings_stay_as_they_are(source: SimulationSource, expected: Any) -> None:
    """Up to what the last bit of a logarithm can move on another processor."""
    events = source.events(5, 7)
    found = (len(events), *(events[field].mean() for field in "xypt"))
    assert found == pytest.approx(expected, rel=2e-3)


def test_the_usual_variation_changes_no_bit_and_no_hash() -> None:
    plain, spelled = SceneSource(0, 50_000), SceneSource(0, 50_000, variation=SceneVariation())
    facts = {"name": "cifar10-dvs", "seed": 0, "duration": 50_000, "flicker": False}
    assert plain.to_json() == facts
    assert trees_equal(plain.events(1, 0), spelled.events(1, 0))
    assert SceneSource(0, 50_000, variation=HARD).to_json()["variation"] == asdict(HARD)
    hard = simulate_cifar10_dvs(per_class=5, variation=HARD)
    assert hard.train.sha256() != simulate_cifar10_dvs(per_class=5).train.sha256()
