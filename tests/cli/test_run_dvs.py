"""``liaf-ref run n-mnist``: from a folder to a table, a figure and runs."""

import gc
import json
import weakref
from pathlib import Path
from typing import Any

import pytest
from data.events import dataset_trees
from support import folder_contents

from cli.commands import dvs_configs, run_cli
from liaf_ref.experiments import dvs
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, DVSConfig

Capture = pytest.CaptureFixture[str]
SHORT = ["run", "n-mnist", "--partial", "--scale", "smoke", "--epochs", 1, "--cells"]


@pytest.fixture
def folder(here: Path) -> Path:
    return dataset_trees.write_n_mnist(here / "N-MNIST", train=2, test=1)


def test_folds_are_run_and_averaged(capsys: Capture, folder: Path, here: Path) -> None:
    args = [*SHORT, "lif,liaf", "--data", folder, "--out", here / "o", "--folds", 3]
    code, out, _ = run_cli(capsys, *args, "--json")
    document = json.loads(out)
    assert code == 0
    assert [(row["cell"], row["fold"], row["folds"]) for row in document["results"]] == [
        (cell, fold, 3) for cell in ("lif", "liaf") for fold in (1, 2, 3)
    ]
    assert sum(row["samples"][2] for row in document["results"]) == 2 * 30  # each recording once
    for cell in document["folds"]:
        own = [r["test_accuracy"] for r in document["results"] if r["cell"] == cell["cell"]]
        assert cell["test_accuracy"] == pytest.approx(sum(own) / 3)
        spread = (sum((x - sum(own) / 3) ** 2 for x in own) / 2 * (1 / 3 + 1 / 2)) ** 0.5
        assert cell["half"] == pytest.approx(4.302652729911275 * spread)  # t, 2 degrees
    assert "the interval is corrected" in document["caveat"]
    held = folder_contents(here / "o")
    assert {"liaf-fold2/run.json", "lif-fold3/metrics.jsonl", "table.md", "figure.png"} < set(held)
    assert document["caveat"] in held["table.md"].decode()
    again = run_cli(capsys, *args, "--resume", "--epochs", 2)
    assert again.returncode == 0
    assert "fold 3" in again.stdout
    assert "seconds" not in again.stdout


@pytest.mark.parametrize(("rate", "code"), [(1e-3, 0), (1e38, 1)], ids=["ends", "fails"])
def test_one_fold_is_in_memory_and_a_folder_that_is_taken_is_refused_before_any_is_read(
    capsys: Capture,
    folder: Path,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    rate: float,
    code: int,
) -> None:
    """A run that has failed holds none either."""
    held: list[weakref.ref[object]] = []
    folds: list[int | None] = []
    load = dvs.load_frames

    def watched(config: dvs.DVSConfig, *more: Any) -> dvs.FrameData:
        gc.collect()
        assert not [ref for ref in held if ref() is not None]
        data = load(config, *more)
        held.append(weakref.ref(data.train))
        folds.append(config.fold)
        return data

    monkeypatch.setattr("liaf_ref.experiments.dvs.experiment.load_frames", watched)
    args = [*SHORT, "lif,liaf", "--data", folder, "--out", here / "o", "--folds", 3]
    args += ["--lr", rate, "--epochs", 2]
    ended = run_cli(capsys, *args)
    assert ended.returncode == code, ended
    assert folds == [1, 2, 3]
    if code == 0:
        assert ended.stderr.index("lif-fold1") < ended.stderr.index("liaf-fold2")
    again = run_cli(capsys, *args)
    assert again.returncode == 2
    assert "already contains a run; continue it with liaf-ref resume " in again.stderr
    assert len(folds) == 3
    (here / "o" / "results.json").touch()
    for run in (here / "o").glob("*/run.json"):
        run.unlink()
    assert "already contains results.json; choose another" in run_cli(capsys, *args).stderr


def test_what_differs_from_the_paper_is_stated_and_recorded(
    capsys: Capture, folder: Path, here: Path
) -> None:
    more = ["--mu", 0.25, "--neurons", "fixed", "--frames", 10, "--frame-order", "shuffled"]
    code, out, _ = run_cli(capsys, *SHORT, "lif", "--data", folder, "--out", here / "o", *more)
    assert code == 0
    assert "seed 0, neurons fixed, mu 0.25, frames 10, frame order shuffled" in out
    config = json.loads((here / "o" / "lif" / "run.json").read_text())["config"]
    text = {name: config[name] for name in ("mu", "neurons", "frames", "frame_order", "mode")}
    assert text == {
        "mu": 0.25,
        "neurons": "fixed",
        "frames": 10,
        "frame_order": "shuffled",
        "mode": None,
    }


@pytest.mark.parametrize("name", EXPERIMENT_SPECS)
def test_a_command_without_options_is_what_scale_and_paper_say(name: str) -> None:
    for scale in EXPERIMENT_SPECS[name].scales:
        for config in dvs_configs("run", name, "--scale", scale):
            assert config == DVSConfig(name, config.cell, scale)
