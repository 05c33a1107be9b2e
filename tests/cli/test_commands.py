"""What the commands print and write when all is well."""

import contextlib
import gc
import json
import os
import re
import shutil
import weakref
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data.events import dataset_trees
from support import RESULT_COLUMNS, folder_contents, small_task, start_python, wait_for

from cli.commands import EPOCHS, Cli, dvs_configs, result_rows, training_args
from liaf_ref.cli import main
from liaf_ref.cli.command_line import COMMANDS
from liaf_ref.cli.progress import RunProgress
from liaf_ref.data.babi import load_babi
from liaf_ref.data.babi.reader import SHA256
from liaf_ref.experiments import babi, dvs
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, DVSConfig
from liaf_ref.experiments.registry import EXPERIMENTS
from liaf_ref.networks.cells import CELL_FACTORIES


def test_json_is_one_document_beside_table_figure_and_results(
    cli: Cli, data: Path, here: Path
) -> None:
    code, out, err = cli(*training_args(data, here / "o", "--json"))
    document = json.loads(out)
    (row,) = document["results"]
    assert (code, row["task"], row["cell"], row["epochs"]) == (0, 1, "liaf", EPOCHS)
    assert set(row) >= RESULT_COLUMNS
    assert "epoch" in err
    assert set(document.pop("estimate")) == {"seconds", "memory_bytes"}
    assert json.loads((here / "o" / "results.json").read_text()) == document
    run = ("checkpoint.npz", "metrics.jsonl", "run.json")
    files = {"figure.png", "manifest.json", "results.csv", "results.json", "results.jsonl"}
    files |= {"table.md", *(f"qa1-liaf/{name}" for name in run)}
    assert set(folder_contents(here / "o")) == files
    assert (here / "o" / "figure.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    table = (here / "o" / "table.md").read_text()
    assert table.startswith("| task | cell |")
    assert "QA1 | LIAF" in table
    out = cli("resume", here / "o").stdout
    assert table in out
    assert str(here / "o" / "figure.png") in out


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_an_estimate_is_printed_before_the_data_are_read(
    capsys: pytest.CaptureFixture[str], here: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "s.toml").write_text('experiment = "mnist-dvs"\n[grid]\ncell = "lif"\nscale = "smoke"')
    run = ["run", "mnist-dvs", "--cells", "lif", "--scale", "smoke", "--out", "o"]
    monkeypatch.setattr(dvs.DVSExperiment, "load", None)  # no real data fail after an estimate
    with contextlib.suppress(TypeError):
        main(run if command == "run" else ["sweep", "s.toml", "--out", "o"])
    line = r"liaf-ref: estimate for 1 run: about \d+ s on one core, \d+ MB of memory\n"
    assert re.search(line, capsys.readouterr().err)


def test_progress_is_shown_within_an_epoch_and_counts_this_sitting_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    short: dict[str, Any] = {"epochs": 8, "lr": 0.05, "batch_size": 8, "stop_after": 1}
    config = babi.BabiConfig(1, "liaf", validation_fraction=0.25, **short)
    events: list[Any] = list(babi.EXPERIMENT.run(small_task(), config))[:-1]
    later = events[6:]  # from the second step of the second epoch, of four each
    with closing(RunProgress({"qa1-liaf": 8})) as progress:
        progress.update("qa1-liaf", events[5])
        progress.line.start -= 10
        progress.line.interval = 0.0
        for event in later:
            progress.update("qa1-liaf", event)
    first, *_, last = capsys.readouterr().err.splitlines()
    score = r"loss \d\.\d+  train \d+\.\d %"
    assert re.fullmatch(
        rf"qa1-liaf  epoch 2/8, batch 2/4  {score}  \d+ s elapsed, 130 s left", first
    )
    assert re.fullmatch(
        rf"qa1-liaf  epoch \d/8  {score}  validation \d+\.\d %  \d+ s elapsed; stopped: the val.*",
        last,
    )


def test_data_of_the_environment_and_runs_without_out_in_folders_of_their_own(
    cli: Cli, data: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIAF_REF_DATA", str(data))
    heads = {"": f"text of {data} (QA1 sha256 ", "--tasks 4 --generated": "generated text, seed 0"}
    for number, (more, head) in enumerate(heads.items(), 1):
        code, out, _ = cli("run", "babi", "--cells", "lif", "--epochs", 1, *more.split())
        assert (code, out.startswith(f"\nbAbI, {head}")) == (0, True)
        assert f"runs/babi-{number}/table.md" in out
    assert sorted(path.name for path in (here / "runs").iterdir()) == ["babi-1", "babi-2"]


@pytest.mark.parametrize("published", [True, False], ids=["the paper's text", "another"])
def test_the_paper_is_compared_with_on_its_own_text_only(
    cli: Cli, two: Path, here: Path, monkeypatch: pytest.MonkeyPatch, published: bool
) -> None:
    if published:
        monkeypatch.setitem(SHA256, 1, load_babi(1, two / "data").sha256)
    out = cli("resume", shutil.copytree(two / "whole", here / "o")).stdout  # it has ended
    assert ("paper %" in out) == published
    assert out.startswith(f"\nbAbI, {'published text' if published else 'text of'} ")


def test_resume_keeps_the_rows_of_runs_not_asked_for(cli: Cli, two: Path, here: Path) -> None:
    cli(*training_args(two / "data", here / "o"))
    added = ["--cells", "lif", "--json", "--resume"]
    rows = result_rows(cli(*training_args(two / "data", here / "o", *added)).stdout)
    assert rows == result_rows((two / "whole" / "results.json").read_text())
    found, whole = folder_contents(here / "o"), folder_contents(two / "whole")
    assert found["figure.png"] == whole["figure.png"]
    assert found["table.md"].count(b"\n") == whole["table.md"].count(b"\n") == 4


def test_list_says_what_there_is_and_what_it_costs(cli: Cli) -> None:
    code, out, err = cli("list", "--json")
    babi, *others = json.loads(out)["experiments"]
    assert (code, err) == (0, "")
    assert [each["name"] for each in (babi, *others)] == list(EXPERIMENTS)
    scales = {each["name"]: each["scales"] for each in others if "scales" in each}
    assert scales["order"] == ["smoke", "small"]
    assert scales["gesture"] == ["smoke", "small", "paper"]
    sizes = {c["cell"]: (c["weights_layer"], c["weights_network"]) for c in babi["cells"]}
    assert (list(sizes), sizes["liaf"]) == (list(CELL_FACTORIES), (5_500, 17_622))
    assert all(cell["ms_per_step"] > 0 < cell["seconds_per_run"] for cell in babi["cells"])


RUNS = (f"run {name}" for name in EXPERIMENTS)


@pytest.mark.parametrize("command", ["", *COMMANDS, *RUNS, "babi generate"])
def test_help_has_an_example(cli: Cli, command: str) -> None:
    code, out, err = cli(*command.split(), "--help")
    assert (code, err) == (0, "")
    assert re.search(r"example:\s+liaf-ref\b", out)


@pytest.mark.parametrize("name", ["babi", "n-mnist"])
def test_a_wrong_folder_of_the_environment_is_refused_by_the_name_of_the_variable(
    cli: Cli, here: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("LIAF_REF_DATA", "none")
    code, out, err = cli("run", name)
    assert (code, out) == (2, "")
    assert "LIAF_REF_DATA: expected a folder of data sets, got none, which does not exist" in err
    assert "--data" not in err


GENERATE = ["babi", "generate", "--tasks", "4", "--stories", "1", "--out"]


@pytest.mark.parametrize(
    ("encoding", "args", "message"),
    [
        ("ascii", ["events", "e.npz"], "\\u03bcs"),
        ("utf-8", [*GENERATE, os.fsdecode(b"w\xff")], "w\\udcff"),
    ],
)
def test_what_a_terminal_cannot_show_is_escaped(
    here: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, args: list[str], message: str
) -> None:
    steps = np.arange(9)
    np.savez(here / "e.npz", t=steps, x=steps, y=steps, p=steps % 2)
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    code, out, err = wait_for(start_python("-m", "liaf_ref", *args, cwd=here))
    assert (code, err) == (0, "")
    assert message in out


SHORT = ["run", "n-mnist", "--partial", "--scale", "smoke", "--epochs", 1, "--cells"]


@pytest.fixture
def folder(here: Path) -> Path:
    return dataset_trees.write_n_mnist(here / "N-MNIST", train=2, test=1)


def test_folds_are_run_and_averaged(cli: Cli, folder: Path, here: Path) -> None:
    args = [*SHORT, "lif,liaf", "--data", folder, "--out", here / "o", "--folds", 3]
    code, out, _ = cli(*args, "--json")
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
    again = cli("resume", here / "o")
    assert again.returncode == 0
    assert "fold 3" in again.stdout
    assert "seconds" not in again.stdout


@pytest.mark.parametrize(("rate", "code"), [(1e-3, 0), (1e38, 1)], ids=["ends", "fails"])
def test_one_fold_is_in_memory_and_a_taken_folder_is_refused_before_any_is_read(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch, rate: float, code: int
) -> None:
    """A run that has failed holds none either."""
    # Only who loads the frames can say whether those of the fold before are gone.
    held, load, out = list[weakref.ref[object]](), dvs.load_frames, folder.parent / "o"

    def watched(config: dvs.DVSConfig, *more: Any) -> dvs.FrameData:
        gc.collect()
        assert not [ref for ref in held if ref() is not None]
        data = load(config, *more)
        held.append(weakref.ref(data.train))
        return data

    monkeypatch.setattr("liaf_ref.experiments.dvs.frame_data.load_frames", watched)
    args = [*SHORT, "lif,liaf", "--data", folder, "--out", out, "--folds", 3]
    args += ["--lr", rate, "--epochs", 2]
    ended = cli(*args)
    assert (ended.returncode, len(held)) == (code, 3)
    if code == 0:
        assert ended.stderr.index("lif-fold1") < ended.stderr.index("liaf-fold2")
    again = cli(*args)
    assert again.returncode == 2
    assert "already contains a run of n-mnist; continue it with liaf-ref resume " in again.stderr
    assert len(held) == 3
    (out / "results.json").touch()
    for run in out.glob("*/run.json"):
        run.unlink()
    assert "already contains results.json; " in cli(*args).stderr


def test_differences_from_the_paper_are_recorded(cli: Cli, folder: Path, here: Path) -> None:
    more = ["--mu", 0.25, "--neurons", "fixed", "--frames", 10, "--frame-order", "shuffled"]
    code, out, _ = cli(*SHORT, "lif", "--data", folder, "--out", here / "o", *more)
    assert code == 0
    assert "seed 0, neurons fixed, mu 0.25, frames 10, frame order shuffled" in out
    config = json.loads((here / "o" / "lif" / "run.json").read_text())["config"]
    text = {"mu": 0.25, "neurons": "fixed", "frames": 10, "frame_order": "shuffled", "mode": None}
    assert config.items() >= text.items()


@pytest.mark.parametrize("name", EXPERIMENT_SPECS)
def test_a_command_without_options_is_what_scale_and_paper_say(name: str) -> None:
    for scale in EXPERIMENT_SPECS[name].scales:
        for config in dvs_configs("run", name, "--scale", scale):
            assert config == DVSConfig(name, config.cell, scale)
