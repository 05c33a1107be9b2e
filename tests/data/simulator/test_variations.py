"""Digits and cameras other than the usual ones, as options of the simulator and of a run."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import trees_equal

from liaf_ref._core.declared import given
from liaf_ref._core.errors import InputError
from liaf_ref.data.simulator import (
    DigitSource,
    DigitVariation,
    GestureSource,
    SceneSource,
    SceneVariation,
    SensorVariation,
    simulate_cifar10_dvs,
)
from liaf_ref.data.simulator.pictures import draw_scene
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


HARD = SceneVariation(grounds="any", min_size=0.4, max_size=1.0, shift=0.2, texture=3)


def drawing(name: str, seed: int, **changes: Any) -> Any:
    return draw_scene(name, np.random.default_rng(seed), SceneVariation(**changes))


def test_the_usual_variation_changes_no_bit_and_no_hash() -> None:
    plain, spelled = SceneSource(0, 50_000), SceneSource(0, 50_000, variation=SceneVariation())
    assert plain.to_json() == {"name": "cifar10-dvs", "seed": 0, "duration": 50_000} | {
        "flicker": False
    }
    assert trees_equal(plain.events(1, 0), spelled.events(1, 0))
    assert SceneSource(0, 50_000, variation=HARD).to_json()["variation"] == {"grounds": "any"} | {
        "min_size": 0.4,
        "max_size": 1.0,
        "shift": 0.2,
        "texture": 3,
    }
    both = SceneSource(0, 50_000, variation=SceneVariation(drawings="two"))
    assert both.to_json()["variation"]["drawings"] == "two"
    hard = simulate_cifar10_dvs(per_class=5, variation=HARD)
    assert hard.train.sha256() != simulate_cifar10_dvs(per_class=5).train.sha256()


def test_each_value_moves_what_it_names() -> None:
    seed = 3
    plain = drawing("truck", seed)
    assert trees_equal(plain, drawing("truck", seed))
    for change in ({"min_size": 0.5, "max_size": 0.6}, {"shift": 0.3}):
        other = drawing("truck", seed, **change)
        assert not trees_equal(plain, other)
        assert trees_equal(plain[0], other[0])  # the uppermost row is background
    rough = drawing("truck", seed, texture=4)
    assert rough[:20].std() > 1.5 * plain[:20].std()


HARDER: dict[str, Any] = {"grounds": "any", "min_size": 0.65, "shift": 0.1, "drawings": "two"}


def test_a_run_simulates_the_scenes_that_it_asks_for() -> None:
    few: dict[str, Any] = {"train_per_class": 2, "test_per_class": 1, "frames": 1}
    config = DVSConfig("cifar10-dvs", "lif", "smoke", **few, **HARDER)
    assert given(config, SceneVariation) == HARDER
    data = dvs.load_frames(config, None)
    plain = dvs.load_frames(DVSConfig("cifar10-dvs", "lif", "smoke", **few), None)
    assert data.sha256 != plain.sha256
    assert not trees_equal(data.test.counts, plain.test.counts)
