"""``python tools/task_baselines.py``."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import task_baselines

from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.dvs import DVSConfig, DVSExperiment, FrameData
from liaf_ref.experiments.dvs.frame_data import FrameDataset

EXPERIMENT = DVSExperiment("mnist-dvs")


def _configs(**options: object) -> list[DVSConfig]:
    return [
        EXPERIMENT.make_config({"cell": cell, "seed": seed, "lr": lr} | options)
        for cell, lr in (("liaf", 1e-3), ("lif", 2e-3))
        for seed in (3, 4)
    ]


def test_tasks_differ_in_their_data() -> None:
    recorded, shuffled = _configs(), _configs(frame_order="shuffled")
    tasks = task_baselines.find_tasks(EXPERIMENT, recorded + shuffled)
    assert [task.name for task in tasks] == ["MNIST-DVS", "frame_order shuffled"]
    assert [list(task.configs) for task in tasks] == [[3, 4], [3, 4]]


def test_a_cross_validation_is_one_task() -> None:
    config = _configs()[0]
    folds = [replace(config, fold=fold, folds=3) for fold in (1, 2, 3)]
    (task,) = task_baselines.find_tasks(EXPERIMENT, folds)
    assert task.name == "MNIST-DVS"
    assert task.configs == {3: folds}


def _data() -> FrameData:
    """Two classes that only the order of the frames tells apart, with counts of 0 to 3."""
    rng = np.random.default_rng(5)
    labels = np.repeat([0, 1], 20)
    counts = rng.integers(0, 4, (40, 2, 6, 6, 2)).astype(np.uint16)
    counts[np.arange(40), labels] *= 20
    parts = FrameDataset(counts[::2], labels[::2]), FrameDataset(counts[1::2], labels[1::2])
    return FrameData(*parts, ("a", "b"), "", "")


def test_frames_tell_what_their_sum_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DVSExperiment, "load", lambda *_: _data())
    config = replace(_configs()[0], validation_per_class=2)
    found, sizes = task_baselines.measure(EXPERIMENT, config, DataSource())
    assert sizes == (16, 20)  # without those held out
    assert found["linear_frames"] == found["neighbour_frames"] == 1
    assert found["linear_summed"] < 0.8
    assert found["neighbour_summed"] < 0.8


SWEEP = """
experiment = "mnist-dvs"
common.seed = [3, 4]
common.cell = "liaf"
grid.frame_order = ["recorded", "shuffled"]
"""


def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DVSExperiment, "load", lambda *_: _data())
    path = tmp_path / "sweep.toml"
    path.write_text(SWEEP)
    assert task_baselines.main([str(path), "--json", "--seeds", "7"]) == 0
    tasks = json.loads(capsys.readouterr().out)["tasks"]
    assert [task["seeds"] for task in tasks] == [[7], [7]]
    assert task_baselines.main([str(path)]) == 0
    assert capsys.readouterr().out.count("100.0") == 2 * 2


def test_a_sweep_without_recordings_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text('experiment = "babi"\ngrid = {task = 1, cell = "liaf"}\n')
    assert task_baselines.main([str(path)]) == 2
    assert "expected a sweep of an experiment on recordings, got babi" in capsys.readouterr().err
