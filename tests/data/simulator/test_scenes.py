"""Paths, pictures and arms: what is before the camera."""

import numpy as np
import pytest

from liaf_ref.data.simulator import Sensor, record_scene
from liaf_ref.data.simulator.drawing import Ellipse, Outline, paint, transform_shape
from liaf_ref.data.simulator.gestures import (
    GESTURES,
    GestureParams,
)
from liaf_ref.data.simulator.moving_image import (
    OVERSAMPLING,
    TRIANGLE_MOTION,
    Monitor,
    gaussian_blur,
    moving_image_scene,
)
from liaf_ref.data.simulator.pictures import draw_digit, load_digits

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
        middle = (
            scene.top + (light.sum(1) @ y) / light.sum(),
            scene.left + (light.sum(0) @ x) / light.sum(),
        )
        assert middle == pytest.approx((50 + rows[0], 70.25 + columns[0]), abs=0.01)


def test_a_light_edge_that_moves_right_is_brighter_ahead() -> None:
    bar = np.zeros((60 * OVERSAMPLING, 60 * OVERSAMPLING), np.float32)
    bar[:, 20 * OVERSAMPLING : 40 * OVERSAMPLING] = 1
    quiet = Sensor(threshold_mismatch=0.0, leak_rate=0.0, shot_noise_rate=0.0)
    scene = moving_image_scene(
        gaussian_blur(bar), (64.0, 64.0), TRIANGLE_MOTION, Monitor(0.1), 290_000
    )  # columns go left
    events = record_scene(scene, quiet, np.random.default_rng(0))
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


def hands(name: str, variant: int = 0) -> np.ndarray:
    """Where the right and the left hand are during one repetition."""
    params = GestureParams(np.linspace(0, 2 * np.pi, 100), 1.0, 0.3)
    return np.stack([hand for _, hand, _ in GESTURES[name].arms(params, variant)])


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
