"""Scenes that are harder to tell apart, as options of the simulator and of a run."""

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import trees_equal

from liaf_ref._core.declared import given
from liaf_ref._core.errors import InputError
from liaf_ref.data.simulator import SceneSource, SceneVariation, simulate_cifar10_dvs
from liaf_ref.data.simulator.drawing import draw_shapes, load_drawings, paint
from liaf_ref.data.simulator.pictures import draw_scene
from liaf_ref.experiments import dvs
from liaf_ref.experiments.dvs import DVSConfig

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


def test_any_ground_stands_behind_any_class() -> None:
    corners = {
        grounds: {
            round(float(drawing("airplane", seed, grounds=grounds, texture=0)[0, 0]), 2)
            for seed in range(25)
        }
        for grounds in ("own", "any")
    }
    assert len(corners["own"]) == 2
    assert corners["own"] < corners["any"]
    assert len(corners["any"]) >= 6  # of the skies of all classes


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


def silhouettes(name: str) -> list[Any]:
    """White on black, of a few drawings."""
    black = np.zeros((64, 64, 3), np.float32)
    white = (1.0, 1.0, 1.0)
    forms = [draw_shapes(name, np.random.default_rng(k)) for k in range(3)]
    drawn = [[shape._replace(color=white) for shape in shapes] for shapes in forms]
    return [paint(black.copy(), shapes) > 0.5 for shapes in drawn]


def overlap(first: Any, second: Any) -> float:
    return float((first & second).sum() / (first | second).sum())


@pytest.mark.parametrize("name", SceneSource.classes)
def test_each_class_has_two_forms_unlike_in_silhouette(name: str) -> None:
    first, second = map(silhouettes, load_drawings().scenes[name][0])
    within = min(overlap(*pair) for form in (first, second) for pair in combinations(form, 2))
    mirrored = [each[:, ::-1] for each in second]
    assert max(overlap(a, b) for a in first for b in (*second, *mirrored)) < within - 0.05


def test_two_forms_are_drawn_equally_often(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def draw(name: str, rng: np.random.Generator) -> list[Any]:
        drawn.append(name)
        return []

    monkeypatch.setattr("liaf_ref.data.simulator.drawing.draw_shapes", draw)
    for seed in range(30):
        drawing("bird", seed, drawings="two")
    assert 9 < drawn.count("bird") < 21
    drawing("bird", 0)
    assert len(drawn) == 31
    assert drawn[-1] == "bird"


def test_the_largest_size_is_not_below_the_smallest() -> None:
    with pytest.raises(InputError, match=r"min_size of .*: expected a number <= 1\.05"):
        SceneVariation(min_size=1.5)


HARDER: dict[str, Any] = {"grounds": "any", "min_size": 0.65, "shift": 0.1, "drawings": "two"}


def test_a_run_simulates_the_scenes_that_it_asks_for() -> None:
    few: dict[str, Any] = {"train_per_class": 2, "test_per_class": 1, "frames": 1}
    config = DVSConfig("cifar10-dvs", "lif", "smoke", **few, **HARDER)
    assert given(config, SceneVariation) == HARDER
    data = dvs.load_frames(config, None)
    plain = dvs.load_frames(DVSConfig("cifar10-dvs", "lif", "smoke", **few), None)
    assert data.sha256 != plain.sha256
    assert not trees_equal(data.test.counts, plain.test.counts)


def test_what_has_no_drawn_scenes_refuses_them(tmp_path: Path) -> None:
    for name in ("mnist-dvs", "gesture", "n-mnist", "order"):
        with pytest.raises(InputError, match="shift of DVSConfig: expected no value"):
            DVSConfig(name, "liaf", "smoke", shift=0.1)
    with pytest.raises(InputError, match="the recordings are not simulated"):
        dvs.load_frames(DVSConfig("rivals", "liaf", "smoke", shift=0.1), tmp_path)
