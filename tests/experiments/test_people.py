"""Validation by person: nobody's gestures are in training and in validation."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from data.events import dataset_trees

from liaf_ref._core.errors import ConfigError, InputError
from liaf_ref.data.simulator import simulate_gesture
from liaf_ref.experiments import dvs
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, DVSConfig, FrameData
from liaf_ref.experiments.dvs.frame_data import Frames
from liaf_ref.experiments.runner.jobs import read_state

GESTURE = DVSConfig("gesture", "liaf", "smoke")
GROUP = EXPERIMENT_SPECS["gesture"].group_of
LIGHTS = ("lab", "led")


def published(folder: Path, people: int, tested: int = 2) -> Path:
    """Trials of so many people in two lights, with their lists."""
    lists = {"train": range(1, people + 1), "test": range(24, 24 + tested)}
    for part, users in lists.items():
        names = [f"user{user:02}_{light}" for user in users for light in LIGHTS]
        text = "".join(f"{name}.aedat\n" for name in names)
        dataset_trees.write_file(folder / f"trials_to_{part}.txt", text.encode())
        for seed, name in enumerate(names):
            dataset_trees.write_trial(folder, name, dataset_trees.LABEL_ROWS, seed)
    return folder


@pytest.fixture(scope="module")
def people() -> FrameData:
    """Two recordings of each of 23 people; the counts of each are the person's number."""
    assert GROUP is not None
    items = simulate_gesture(lights=2).train.recordings[::11]
    groups = np.array([GROUP(item) for item in items])
    T, H, W, _ = GESTURE.scale_settings.preprocessing.shape
    counts = np.broadcast_to(groups.astype(np.uint16)[:, None, None, None, None], (46, T, H, W, 2))
    frames = Frames(counts, np.arange(46) % 11)
    return FrameData(frames, frames, ("a",) * 11, "0", "people", groups)


def parts(data: FrameData, config: DVSConfig) -> list[set[int]]:
    """The people in training and in validation."""
    learn, validate, _ = dvs.DVSExperiment(config.experiment).split(data, config)
    return [set(np.unique(part.counts).tolist()) for part in (learn, validate)]


def test_a_person_is_in_training_or_in_validation(
    people: FrameData,
) -> None:
    drawn = set()
    for seed in range(20):
        config = replace(GESTURE, seed=seed)
        learn, validate = parts(people, config)
        assert not learn & validate
        assert learn | validate == set(range(1, 24))
        assert len(validate) == 2  # a tenth of 23
        other = replace(config, cell="lif", lr=0.5)
        assert parts(people, other) == [learn, validate]
        drawn.add(frozenset(validate))
    assert len(drawn) > 10
    _, half = parts(people, replace(GESTURE, validation_fraction=0.5))
    assert len(half) == round(23 / 2)


def test_published_and_simulated_recordings_know_their_person(tmp_path: Path) -> None:
    assert GROUP is not None
    load = EXPERIMENT_SPECS["gesture"].load
    assert load is not None
    found = load(published(tmp_path, 3), 0, True)
    assert [GROUP(item) for item in found.train.recordings] == [1] * 22 + [2] * 22 + [3] * 22
    assert {GROUP(item) for item in found.test.recordings} == {24, 25}
    simulated = simulate_gesture(lights=5)
    for part, users in ((simulated.train, range(1, 24)), (simulated.test, range(24, 30))):
        groups = [GROUP(item) for item in part.recordings]
        assert set(groups) == set(users)
        assert groups.count(users[0]) == 55


def test_too_few_people_are_stated_to_be_people(tmp_path: Path) -> None:
    data = dvs.load_frames(GESTURE, published(tmp_path, 2), partial=True)
    assert data.groups is not None
    assert set(data.groups.tolist()) <= {1, 2}
    with pytest.raises(InputError, match=r"expected at least 6 people, .*, got 2$"):
        dvs.DVSExperiment(GESTURE.experiment).check(data, GESTURE)
    dvs.DVSExperiment("gesture").check(data, replace(GESTURE, validation_fraction=0.5))


def test_a_run_of_before_is_not_continued_with_other_people(
    people: FrameData, tmp_path: Path
) -> None:
    config = replace(GESTURE, epochs=1, batch_size=23)
    *_, end = dvs.DVSExperiment(config.experiment).run(people, config, tmp_path)
    path = tmp_path / "run.json"
    record = json.loads(path.read_text())
    assert record["config"]["validation_by"] == "person"
    assert read_state(tmp_path, config)[1] == end.result  # type: ignore[union-attr]
    assert end.result["samples"][:2] == [42, 4]  # type: ignore[union-attr]
    with pytest.raises(ConfigError, match="filters: was None, is '4,4'"):
        read_state(tmp_path, replace(config, filters="4,4"))
    del record["config"]["validation_by"]
    path.write_text(json.dumps(record))
    with pytest.raises(ConfigError, match="validation_by: was None"):
        read_state(tmp_path, config)
    with pytest.raises(ConfigError, match=r"validation_by: was None, is 'person';"):
        dvs.DVSExperiment(config.experiment).check(people, config, tmp_path, resume=True)
