"""``python tools/degradation_over_seeds.py``."""

import json
from pathlib import Path

import degradation_over_seeds
import pytest

from liaf_ref.experiments import run_experiment


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Networks of two cells and two seeds."""
    folder = tmp_path_factory.mktemp("runs")
    for seed in (3, 4):
        for cell in ("liaf", "lif"):
            run_experiment(
                "mnist-dvs",
                folder / f"{cell}-{seed}",
                cache=folder / "cache",
                cell=cell,
                seed=seed,
                data_seed=3,
                select_epoch="average",
                scale="smoke",
                epochs=1,
                train_per_class=2,
                test_per_class=1,
            )
    return folder


def test_networks_of_two_seeds(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure = runs / "figure.png"
    command = [str(runs), "--cache", str(runs / "cache"), "--figure", str(figure)]
    assert degradation_over_seeds.main([*command, "--json"]) == 0
    networks = json.loads(capsys.readouterr().out)["networks"]
    assert [network["name"] for network in networks] == ["LIAF", "LIF"]
    assert all(network["seeds"] == [3, 4] for network in networks)
    assert "spike" not in networks[1]
    for network in networks:
        for seed, points in zip((3, 4), network["memory"], strict=True):
            record = json.loads((runs / f"{network['cell']}-{seed}" / "run.json").read_text())
            assert points[-1]["share"] == 1.0
            assert points[-1]["accuracy"] == record["result"]["test_accuracy"]
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert degradation_over_seeds.main(command[:-2]) == 0
    out = capsys.readouterr().out
    assert "LIAF: spike in Act" in out
    assert "100 − 0" in out
    assert "seeds: 2 of LIAF, 2 of LIF" in out


def test_a_folder_without_runs_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert degradation_over_seeds.main([str(tmp_path)]) == 2
    assert "expected a folder with finished runs, got none" in capsys.readouterr().err
