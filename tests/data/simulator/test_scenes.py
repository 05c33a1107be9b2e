"""Paths, pictures and arms: what is before the camera."""

from itertools import pairwise

import numpy as np
import pytest

from liaf_ref.data.simulator import DigitSource, GestureSource, SceneSource, Sensor, record_scene
from liaf_ref.data.simulator.drawing import Ellipse, Outline, paint, transform_shape
from liaf_ref.data.simulator.gestures import (
    GESTURES,
    TEST_USERS,
    TRAIN_USERS,
    GestureParams,
    draw_person,
)
from liaf_ref.data.simulator.moving_image import (
    CLOSED_LOOP_MOTION,
    OVERSAMPLING,
    TRIANGLE_MOTION,
    Monitor,
    gaussian_blur,
    moving_image_scene,
)
from liaf_ref.data.simulator.pictures import draw_digit, draw_scene, load_digits

WHITE = (1.0, 1.0, 1.0)


def test_the_triangle_has_the_half_periods_and_reach_it_says() -> None:
    t = np.arange(0, 2 * 1_192_800.0, 100)
    rows, columns = TRIANGLE_MOTION.trajectory(t)
    assert (np.ptp(rows), np.ptp(columns)) == pytest.approx((10, 5), abs=1e-2)
    for each, half in ((rows, 596_400), (columns, 298_200)):
        turns = t[1:-1][np.diff(np.sign(np.diff(each))) != 0]
        np.testing.assert_allclose(np.diff(turns), half, atol=100)


def test_the_loop_is_closed_and_diagonal() -> None:
    t = np.arange(0, 1_200_001.0, 50_000)
    corners = np.stack(CLOSED_LOOP_MOTION.trajectory(t), axis=1)
    np.testing.assert_allclose(corners[::4], np.broadcast_to(corners[0], (7, 2)))
    assert (np.abs(np.diff(corners, axis=0)) == 2.5).all()


@pytest.mark.parametrize("motion", [TRIANGLE_MOTION, CLOSED_LOOP_MOTION])
def test_no_step_is_more_than_half_a_pixel_along_an_axis(motion) -> None:  # type: ignore[no-untyped-def]
    steps = np.diff(np.stack(motion.trajectory(motion.time_step * np.arange(200))), axis=1)
    assert np.abs(steps).max() <= 0.5 + 1e-9
    np.testing.assert_allclose(steps * 4, np.rint(steps * 4), atol=1e-9)  # the grid of frames


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


def test_the_digits_are_the_1797_of_the_data_set() -> None:
    images, labels, _ = load_digits()
    assert images.shape == (1797, 8, 8)
    assert (images.min(), images.max()) == (0, 1)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    with pytest.raises(ValueError, match="read-only"):
        images[0] = 0


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


@pytest.mark.parametrize("name", SceneSource.classes)
def test_no_two_drawings_are_alike(name: str) -> None:
    first, second = (draw_scene(name, np.random.default_rng(seed)) for seed in (0, 1))
    assert (first == draw_scene(name, np.random.default_rng(0))).all()
    assert first.min() >= 0
    assert first.max() <= 1 + 1e-6
    assert np.abs(first - second).mean() > 0.02


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


def test_the_right_hand_is_at_the_left_of_the_picture() -> None:
    source = GestureSource(0, 1_000_000)
    for number in (0, 30, 57, 101):
        for name, below in (("right hand wave", True), ("left hand wave", False)):
            events = source.events(source.classes.index(name), number)
            assert (np.median(events["x"]) < 64) == below


def test_each_gesture_moves_the_arms_it_is_named_for() -> None:
    for name in GESTURES:
        moves = np.ptp(hands(name), axis=1).max(axis=1) > 0.02
        expected = [not name.startswith("left"), not name.startswith("right")]
        assert moves.tolist() == expected, name


def test_other_gestures_are_of_several_kinds() -> None:
    tracks = [hands("other gestures", variant) for variant in range(4)]
    assert all(np.abs(a - b).max() > 0.1 for a, b in pairwise(tracks))


def test_people_differ_and_none_is_in_both_lists() -> None:
    assert not set(TRAIN_USERS) & set(TEST_USERS)
    everyone = [draw_person(user) for user in (*TRAIN_USERS, *TEST_USERS)]
    assert len(set(everyone)) == 29
    assert draw_person(3) == draw_person(3)


def test_a_monitor_flickers_at_its_refresh_rate_if_it_is_to() -> None:
    def locked(flicker: bool, hertz: float) -> float:
        events = DigitSource(0, 1_500_000, flicker, 8).events(0, 0)
        brighter = events["t"][events["p"]]
        return float(np.abs(np.exp(2e-6j * np.pi * hertz * brighter).mean()))

    assert locked(True, 75.0) > 0.2
    assert locked(True, 68.0) < 0.05
    assert locked(False, 75.0) < 0.05
