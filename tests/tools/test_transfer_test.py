"""``python tools/transfer_test.py``."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transfer_test
from data.events import dataset_trees, writers

from liaf_ref.data.events import Preprocessing, make_events
from liaf_ref.data.simulator import DigitSource
from liaf_ref.experiments import run_experiment

SMALL: dict[str, Any] = {"scale": "smoke", "epochs": 1, "train_per_class": 2, "test_per_class": 1}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Networks of two seeds."""
    folder = tmp_path_factory.mktemp("runs")
    for seed in (3, 4):
        run_experiment(
            "mnist-dvs",
            folder / str(seed),
            cache=folder / "cache",
            cell="lif",
            seed=seed,
            data_seed=3,
            select_epoch="average",
            **SMALL,
        )
    return folder


@pytest.fixture(scope="module")
def genuine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One recording of a three, 150 ms long, in the format of MNIST-DVS."""
    folder = tmp_path_factory.mktemp("MNIST-DVS")
    events = DigitSource(0, 150_000).events(label=3, number=0)
    content = writers.aedat2(events, rotated=True)
    dataset_trees.write_file(folder / "scale8" / "mnist_3_scale08_0001.aedat", content)
    return folder


def test_windows_of_a_recording() -> None:
    events = make_events(np.array([5, 12, 34, 44]), *np.zeros((3, 4), int))
    settings = Preprocessing((1, 1), time_window=10, T=2)
    of_file = transfer_test.cut_windows(events, None, None, settings)  # from 5 to 44
    assert [frames.sum(axis=(1, 2, 3)).tolist() for frames in of_file] == [[2, 0], [0, 1], [1, 1]]
    of_span = transfer_test.cut_windows(events, 0, 39, settings)
    assert [frames.sum(axis=(1, 2, 3)).tolist() for frames in of_span] == [[1, 1], [1, 0]]


def test_networks_of_two_seeds(
    runs: Path, genuine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [str(runs), "--data", str(genuine), "--cache", str(runs / "cache")]
    assert transfer_test.main([*command, "--json"]) == 0
    (document,) = json.loads(capsys.readouterr().out)["experiments"]
    (network,) = document["networks"]
    assert network["name"] == "lif"
    assert network["seeds"] == [3, 4]
    assert (network["windows"], network["recordings"]) == (3, 1)
    tested = [json.loads((runs / seed / "run.json").read_text())["result"] for seed in "34"]
    assert network["simulated"] == [result["test_accuracy"] for result in tested]
    confusion = np.array(network["confusion"])
    assert confusion.sum() == confusion[3].sum() == 2 * 3
    assert np.mean(network["genuine"]) == confusion[3, 3] / 6
    assert transfer_test.main(command) == 0
    assert "| 3 |" in capsys.readouterr().out.replace("  ", "")


def test_recordings_that_are_too_short(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset_trees.write_mnist_dvs(tmp_path, per_class=1)
    assert transfer_test.main([str(runs), "--data", str(tmp_path)]) == 2
    assert "recordings of at least 100000 μs" in capsys.readouterr().err


def test_a_folder_without_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert transfer_test.main([str(tmp_path), "--data", str(tmp_path)]) == 2
    assert (
        f"expected a folder with finished runs, got none in {tmp_path}" in capsys.readouterr().err
    )
