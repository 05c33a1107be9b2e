"""``liaf-ref run n-mnist``: from a folder to a table, a figure and runs."""

import gc
import json
import weakref
from pathlib import Path
from typing import Any

import pytest
from data.events import dataset_trees
from support import folder_contents

from cli.commands import dvs_configs, result_rows, run_cli
from liaf_ref.experiments import dvs
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, DVSConfig

Capture = pytest.CaptureFixture[str]
SHORT = ["run", "n-mnist", "--partial", "--scale", "smoke", "--epochs", 1, "--cells"]


@pytest.fixture
def folder(here: Path) -> Path:
    return dataset_trees.write_n_mnist(here / "N-MNIST", train=2, test=1)


def test_a_run_leaves_table_figure_and_record(capsys: Capture, folder: Path, here: Path) -> None:
    code, out, err = run_cli(capsys, *SHORT, "liaf,lif", "--data", folder, "--out", here / "o")
    assert code == 0
    assert "liaf  epoch 1/1" in err
    assert f"N-MNIST, in {folder}, scale smoke, seed 0" in out
    held = folder_contents(here / "o")
    assert {"table.md", "figure.png", "results.json", "liaf/run.json", "lif/metrics.jsonl"} < set(
        held
    )
    assert held["table.md"].decode().strip() in out
    assert held["figure.png"].startswith(b"\x89PNG")
    assert "| LIAF |" in out
    assert "|  LIF |" in out


def test_json_has_what_decides_a_result(capsys: Capture, folder: Path, here: Path) -> None:
    more = ["--seed", 3, "--lr", 0.01, "--patience", 1, "--json"]
    code, out, _ = run_cli(capsys, *SHORT, "lif", "--data", folder, "--out", here / "o", *more)
    assert code == 0
    document = json.loads(out)
    decisive = {"experiment", "scale", "data", "data_sha256", "versions", "results"}
    assert set(document) == decisive | {"estimate"}
    config = json.loads((here / "o" / "lif" / "run.json").read_text())["config"]
    assert (config["seed"], config["lr"], config["patience"], config["epochs"]) == (3, 0.01, 1, 1)
    assert config["data_sha256"] == document["data_sha256"]
    (row,) = result_rows(out)
    assert (row["cell"], row["seed"], row["samples"]) == ("lif", 3, [18, 2, 10])


def test_a_run_can_be_lengthened(capsys: Capture, folder: Path, here: Path) -> None:
    where = ["--data", folder, "--out"]
    run_cli(capsys, *SHORT, "liaf", *where, here / "a", "--epochs", 2)
    run_cli(capsys, *SHORT, "liaf", *where, here / "b")
    refused = run_cli(capsys, *SHORT, "liaf", *where, here / "b", "--epochs", 2)
    assert refused.returncode == 2
    assert "already contains a run; continue it with liaf-ref resume " in refused.stderr
    resumed = run_cli(capsys, *SHORT, "liaf", *where, here / "b", "--epochs", 2, "--resume")
    assert resumed.returncode == 0
    a, b = folder_contents(here / "a"), folder_contents(here / "b")
    assert a["liaf/metrics.jsonl"] == b["liaf/metrics.jsonl"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            [],
            "--data: expected the published folder of N-MNIST; `liaf-ref data --where n-mnist`",
        ),
        (["--data", "nowhere"], "nowhere"),
        (
            ["--data", "N-MNIST", "--validation-fraction", 2],
            "--validation-fraction: expected a number in (0, 1)",
        ),
        (["--data", "N-MNIST", "--cells", "gru"], "expected cells among liaf,lif,conv2d"),
        (["--data", "N-MNIST", "--resume"], "--resume: requires --out, the folder"),
        (
            ["--data", "N-MNIST", "--resume", "--out", "o"],
            "expected runs to resume in o, got none",
        ),
        (["--data", "N-MNIST", "--batch-size", 10**9], "needs"),
        (
            ["--data", "N-MNIST", "--cells", "conv3d", "--mu", 0.3],
            "--mu: expected no value, got 0.3: conv3d",
        ),
        (
            ["--data", "N-MNIST", "--frames", 7],
            "--frames: expected a divisor of 300000, the length of a recording in μs, got 7",
        ),
        (
            ["--data", "N-MNIST", "--folds", 0],
            "--folds: expected an integer >= 2 and <= 1000, got 0",
        ),
    ],
)
def test_what_cannot_run_ends_with_2_and_writes_nothing(
    capsys: Capture, folder: Path, here: Path, more: list[object], message: str
) -> None:
    before = folder_contents(here)
    code, out, err = run_cli(capsys, *SHORT, "liaf", *more)
    assert (code, out) == (2, "")
    assert message in err
    assert folder_contents(here) == before


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


@pytest.mark.parametrize(
    ("name", "scales", "patience"),
    [
        (
            "order",
            "--scale {smoke,small} ",
            "validation loss (default: 5, convlstm 2, order 1000)",
        ),
        (
            "gesture",
            "size: smoke runs for seconds, small for minutes, paper has",
            "validation loss (default: 5, convlstm 2, order 1000)",
        ),
    ],
)
def test_help_tells_of_the_scales_there_are(
    capsys: Capture, name: str, scales: str, patience: str
) -> None:
    text = " ".join(run_cli(capsys, "run", name, "--help").stdout.split())
    assert scales in text
    assert patience in text


@pytest.mark.parametrize("name", EXPERIMENT_SPECS)
def test_a_command_without_options_is_what_scale_and_paper_say(name: str) -> None:
    for scale in EXPERIMENT_SPECS[name].scales:
        for config in dvs_configs("run", name, "--scale", scale):
            assert config == DVSConfig(name, config.cell, scale)


def test_the_order_of_movements_needs_no_folder(
    capsys: Capture, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIAF_REF_DATA", str(here))
    few = EXPERIMENT_SPECS["order"].scales["smoke"]._replace(max_per_class=(6, 1), epochs=1)
    monkeypatch.setitem(EXPERIMENT_SPECS["order"].scales, "smoke", few)
    code, out, _ = run_cli(capsys, "run", "order", "--scale", "smoke", "--json")
    assert code == 0
    assert [row["cell"] for row in json.loads(out)["results"]] == list(
        EXPERIMENT_SPECS["order"].default_cells
    )
    spec = here / "order.toml"
    spec.write_text('experiment = "order"\n[grid]\ncell = "conv2d"\nscale = "smoke"\n')
    swept = run_cli(capsys, "sweep", spec, "--out", here / "s")
    assert (swept.returncode, swept.stdout.splitlines()[0]) == (0, "1 jobs, 1 finished, 0 failed")
    refused = run_cli(capsys, "sweep", spec, "--data", here, "--out", here / "t")
    assert refused.returncode == 2
    assert "--data: expected no value for order" in refused.stderr
    assert run_cli(capsys, "run", "order", "--scale", "paper").returncode == 2


def test_a_folder_that_is_not_whole_has_to_be_meant(
    capsys: Capture, folder: Path, here: Path
) -> None:
    code, _, err = run_cli(capsys, "run", "n-mnist", "--data", folder)
    assert code == 2
    assert "is incomplete: Train/0: 2 of 5,923 files found" in err
    assert "--partial" in err


def test_too_few_recordings_to_test_on_are_no_fault_of_validation(
    capsys: Capture, here: Path
) -> None:
    dataset_trees.write_mnist_dvs(here / "MNIST-DVS", per_class=2, merged=True)
    run = ["run", "mnist-dvs", "--scale", "paper", "--partial", "--data", here / "MNIST-DVS"]
    code, _, err = run_cli(capsys, *run)
    assert code == 2
    assert f"error: MNIST-DVS in {here / 'MNIST-DVS'}: expected at least 3 recordings" in err
    assert (
        "the test fraction 0.2 nor the rest is empty, got 20 in total and at most 2 of a class"
        in err
    )
    assert "--validation-fraction" not in err
    code, _, err = run_cli(
        capsys, *SHORT, "lif", "--data", dataset_trees.write_n_mnist(here / "N", train=2, test=1)
    )
    assert code == 0
    code, _, err = run_cli(
        capsys,
        *SHORT,
        "lif",
        "--data",
        here / "N",
        "--validation-fraction",
        0.01,
        "--out",
        here / "o",
    )
    assert code == 2
    assert (
        "error: --validation-fraction: expected at least 51 recordings, so that neither the" in err
    )
