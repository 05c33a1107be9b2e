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
from liaf_ref.data.simulator.datasets import MovementOrderSource
from liaf_ref.data.simulator.pictures import draw_scene
from liaf_ref.data.simulator.sources import SimulationSource
from liaf_ref.experiments import dvs
from liaf_ref.experiments.dvs import DVSConfig

USUAL = DVSConfig("mnist-dvs", "lif", "smoke", train_per_class=2, test_per_class=1)


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


HARD = SceneVariation(
    grounds="any", min_size=0.4, max_size=1.0, shift=0.2, texture=3, drawings="two"
)


SHORT = 60_000  # μs
# Of recording 7 of class 5: how many events, and the means of x, y, p and t.
RECORDED: dict[str, tuple[SimulationSource, tuple[float, ...]]] = {
    "digits": (DigitSource(0, SHORT), (1511, 63.13, 57.25, 0.525, 34611)),
    "small digits": (DigitSource(0, SHORT, scale=4), (445, 64.17, 57.32, 0.553, 34405)),
    "large digits that flicker": (
        DigitSource(0, SHORT, True, 16),
        (3257, 61.98, 57.31, 0.49, 36078),
    ),
    "crossed digits": (
        DigitSource(0, SHORT, variation=DigitVariation(bars=2)),
        (6315, 65.75, 57.97, 0.533, 30545),
    ),
    "noise": (
        DigitSource(0, SHORT, sensor=SensorVariation(noise=20)),
        (3884, 62.58, 61.84, 0.592, 31913),
    ),
    "contrast": (
        DigitSource(0, SHORT, sensor=SensorVariation(contrast_threshold=3)),
        (400, 63.6, 57.41, 0.568, 39378),
    ),
    "scenes": (SceneSource(0, SHORT), (11309, 66.87, 60.85, 0.461, 33272)),
    "varied scenes": (SceneSource(0, SHORT, variation=HARD), (23003, 64.49, 63.32, 0.511, 32150)),
    "scenes that flicker": (SceneSource(0, SHORT, True), (11646, 67.0, 60.98, 0.425, 33136)),
    "gestures": (GestureSource(0, SHORT), (4879, 75.61, 95.17, 0.201, 30177)),
    "orders": (
        MovementOrderSource(0, SHORT, movement_duration=SHORT // 4),
        (12284, 63.39, 56.67, 0.509, 31847),
    ),
}
GESTURES, SCENES = (
    [2315, 1258, 2132, 4312, 3291, 4417, 4658, 4598, 3702, 5272, 4017],
    [17505, 12240, 16728, 13841, 19620, 19022, 13783, 11997, 9327, 18807],
)  # events of every class


@pytest.mark.parametrize(("source", "expected"), RECORDED.values(), ids=RECORDED)
def test_recordings_stay_as_they_are(source: SimulationSource, expected: Any) -> None:
    """Up to what the last bit of a logarithm can move on another processor."""
    events = source.events(5, 7)
    found = (len(events), *(events[field].mean() for field in "xypt"))
    assert found == pytest.approx(expected, rel=2e-3)


def test_every_class_stays_as_it_is() -> None:
    gestures, scenes = GestureSource(0, SHORT), SceneSource(0, SHORT, variation=HARD)
    found = [len(gestures.events(label, 40)) for label in range(11)]
    assert found == pytest.approx(GESTURES, rel=2e-3)
    found = [len(scenes.events(label, 3)) for label in range(10)]
    assert found == pytest.approx(SCENES, rel=2e-3)


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
        "drawings": "two",
    }
    hard = simulate_cifar10_dvs(per_class=5, variation=HARD)
    assert hard.train.sha256() != simulate_cifar10_dvs(per_class=5).train.sha256()


HARDER: dict[str, Any] = {"grounds": "any", "min_size": 0.65, "shift": 0.1, "drawings": "two"}


def test_a_run_simulates_the_scenes_that_it_asks_for() -> None:
    few: dict[str, Any] = {"train_per_class": 2, "test_per_class": 1, "frames": 1}
    config = DVSConfig("cifar10-dvs", "lif", "smoke", **few, **HARDER)
    assert given(config, SceneVariation) == HARDER
    data = dvs.load_frames(config, None)
    plain = dvs.load_frames(DVSConfig("cifar10-dvs", "lif", "smoke", **few), None)
    assert data.sha256 != plain.sha256
    assert not trees_equal(data.test.counts, plain.test.counts)
