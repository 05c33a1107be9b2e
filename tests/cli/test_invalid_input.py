"""A wrong option: exit code 2, one message on stderr, nothing on disk."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from support import folder_contents

from cli.commands import EPOCHS, run_cli, training_args
from liaf_ref._core.errors import InputError, TrainingError
from liaf_ref.experiments import babi

Capture = pytest.CaptureFixture[str]
WHOLE = "expected an integer >= 1, got '0'"
BABI = ["run", "babi"]
GENERATE = ["babi", "generate"]
TASKS = "argument --tasks: expected"
ADVICE = "use the recorded values, or choose another folder\n"
# One of each mechanism; test_every_option tries what each option cannot take.
BAD: dict[str, tuple[list[object], str]] = {
    "no experiment": (["run"], "the following arguments are required: EXPERIMENT"),
    "unknown command": (["walk"], "invalid choice: 'walk'"),
    "misspelt option": (
        [*BABI, "--epchs", "5"],
        "arguments: --epchs 5; did you mean --epochs?; see liaf-ref run babi --help\n",
    ),
    "unknown cell": (
        [*BABI, "--cells", "liaf,gnu"],
        "argument --cells: expected cells among liaf,lif,rnn,lstm,gru, got 'gnu'; "
        "cells of your own need --plugin FILE.py",
    ),
    "task missing": ([*BABI, "--tasks", "1,,2"], f"{TASKS} numbers like 1,6,11-13, got '1,,2'"),
    "range down": (
        [*BABI, "--tasks", "1,5-3"],
        "ranges with the smaller number first, got '1,5-3'",
    ),
    "no data folder": (
        [*BABI, "--data", "missing"],
        "missing: expected the folder of the data, got no such folder; if it was moved, pass",
    ),
    "lr": ([*BABI, "--lr", "-1"], "error: --lr: expected a finite number > 0, got -1"),
    "two dashes": ([*BABI, "--data=--"], "argument --data: expected a value, got '--'"),
    "shortened": ([*BABI, "--edit", "en"], "unrecognized arguments: --edit en"),
    "resume a typo": (
        [*BABI, "--resume", "--out", "typo"],
        "error: --resume: expected runs to resume in typo, got none; start them without",
    ),
    "no cluster": ([*BABI, "--dask", "h"], "--dask: expected the address of a Dask scheduler, or"),
    "resume nothing": ([*BABI, "--resume"], "--resume: requires --out, the folder of"),
    "out in a file": ([*BABI, "--out", "file/o"], "file/o: cannot be created: Not a directory"),
    "data what": (["data"], "error: data: expected `DIR --verify` or `--where NAME`, got neither"),
    "data both": (
        ["data", "file", "--where", "gesture"],
        "--where: cannot be combined with DIR",
    ),
    "data a file": (["data", "file", "--verify"], "error: file: expected an existing folder"),
    "data another": (["data", ".", "--verify"], "error: .: expected a folder of N-MNIST, MNIST"),
    "babi what": (["babi"], "the following arguments are required: COMMAND"),
    "generate in a file": (
        [*GENERATE, "--out", "file", "--tasks", "1", "--stories", "1"],
        "file/en: cannot be created: Not a directory",
    ),
    "generate too much": (
        [*GENERATE, "--out", "o", "--tasks", "4", "--stories", "10000"],
        "error: --stories: expected fewer",
    ),
}


@pytest.mark.parametrize(("args", "message"), BAD.values(), ids=BAD)
def test_a_wrong_option_is_one_message(
    capsys: Capture, here: Path, args: list[object], message: str
) -> None:
    (here / "file").write_bytes(b"mine")
    code, out, err = run_cli(capsys, *args)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("liaf-ref")
    assert ": error: " in err
    assert err.count("\n") == 1
    assert folder_contents(here) == {"file": b"mine"}
    assert [path.name for path in here.iterdir()] == ["file"]


def test_a_command_alone_prints_its_help(capsys: Capture) -> None:
    assert run_cli(capsys) == run_cli(capsys, "--help")
    assert run_cli(capsys).returncode == 0


def test_only_an_option_is_named_as_one(
    capsys: Capture, data: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(*_: object, **__: object) -> None:
        raise InputError.for_argument("labels", "training", "expected integers")

    monkeypatch.setattr(babi.BabiExperiment, "check", check)
    code, _, err = run_cli(capsys, *training_args(data, here / "o"))
    assert (code, err) == (2, "liaf-ref: error: labels of training: expected integers\n")


def test_a_broken_line_of_the_data_is_named(capsys: Capture, data: Path, here: Path) -> None:
    shutil.copytree(data, here / "d")
    (path,) = (here / "d" / "en").glob("*_train.txt")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:6]) + "9 Mary went home.\n")
    code, out, err = run_cli(capsys, *training_args(here / "d", here / "o"))
    assert (code, out) == (2, "")
    assert err == (
        f"liaf-ref: error: {path}:7: expected line ID 7, or 1 for a new story, got '9'\n"
    )
    assert not (here / "o").exists()


def test_a_run_is_not_written_over(capsys: Capture, data: Path, here: Path) -> None:
    run_cli(capsys, *training_args(data, here / "o", "--cells", "lif"))
    before = folder_contents(here / "o")
    code, out, err = run_cli(capsys, *training_args(data, here / "o", "--cells", "liaf,lif"))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert (
        f"{here / 'o'}: already contains a run; continue it with liaf-ref resume {here / 'o'}"
        in err
    )
    assert folder_contents(here / "o") == before


@pytest.mark.parametrize("name", ["results.json", "table.md", "figure.png"])
def test_a_file_of_the_folder_is_not_written_over(
    capsys: Capture, data: Path, here: Path, name: str
) -> None:
    (here / name).write_bytes(b"mine")
    code, _, err = run_cli(capsys, *training_args(data, here))
    assert code == 2
    assert f"{here}: already contains {name}; choose another folder" in err
    assert folder_contents(here) == {name: b"mine"}


def test_runs_of_other_options_do_not_share_a_table(
    capsys: Capture, data: Path, here: Path
) -> None:
    run_cli(capsys, *training_args(data, here / "o", "--cells", "lif"))
    before = folder_contents(here / "o")
    more = ["--resume", "--batch-size", 5]
    code, out, err = run_cli(capsys, *training_args(data, here / "o", *more))
    assert (code, out) == (2, "")
    assert err.endswith(
        f"qa1-lif: cannot resume with another configuration; --batch-size: was 32, is 5; {ADVICE}"
    )
    code, _, err = run_cli(
        capsys, *training_args(data, here / "o", "--resume", "--epochs", 1, "--cells", "lif")
    )
    assert code == 2
    assert err.endswith("; --epochs: was 2, is 1, and epochs can only be increased; " + ADVICE)
    elsewhere = ["run", "babi", "--generated", *training_args(data, here / "o", "--resume")[4:]]
    code, _, err = run_cli(capsys, *elsewhere)
    assert code == 2
    assert "; the data (--data, --edition, --generated): was '" in err
    assert folder_contents(here / "o") == before


@pytest.mark.parametrize("name", ["run.json", "metrics.jsonl"])
def test_a_damaged_run_of_the_same_table_is_named_before_anything_runs(
    capsys: Capture, data: Path, here: Path, name: str
) -> None:
    run_cli(capsys, *training_args(data, here / "o", "--cells", "lif"))
    (here / "o" / "qa1-lif" / name).write_bytes(b"\xff")
    before = folder_contents(here / "o")
    code, out, err = run_cli(capsys, *training_args(data, here / "o", "--resume"))
    assert (code, out) == (2, "")
    assert err.startswith(f"liaf-ref: error: {here / 'o' / 'qa1-lif' / name}")
    assert folder_contents(here / "o") == before


def test_a_folder_that_may_not_be_looked_into_is_one_message(
    capsys: Capture, data: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", denied)
    code, out, err = run_cli(capsys, *training_args(data, here / "o"))
    assert (code, out) == (2, "")
    assert err == f"liaf-ref: error: {here / 'o' / 'manifest.json'}: Permission denied\n"


def test_another_configuration_is_not_resumed(capsys: Capture, data: Path, here: Path) -> None:
    run_cli(capsys, *training_args(data, here / "o"))
    before = folder_contents(here / "o")
    more = ["--resume", "--seed", 5, "--lr", 0.02, "--cells", "lif,liaf"]
    code, out, err = run_cli(capsys, *training_args(data, here / "o", *more))
    assert (code, out) == (2, "")
    assert err.endswith(
        f"another configuration; --lr: was 0.01, is 0.02; --seed: was 0, is 5; {ADVICE}"
    )
    assert folder_contents(here / "o") == before


def test_a_damaged_run_is_not_resumed(capsys: Capture, data: Path, here: Path) -> None:
    run_cli(capsys, *training_args(data, here / "o"))
    path = here / "o" / "qa1-liaf" / "checkpoint.npz"
    path.write_bytes(path.read_bytes()[:1000])
    before = folder_contents(here / "o")
    longer = training_args(data, here / "o", "--resume", "--epochs", EPOCHS + 1)
    code, out, err = run_cli(capsys, *longer)
    assert (code, out) == (2, "")
    assert err.startswith(f"liaf-ref: error: qa1-liaf: {path}: expected a checkpoint, got ")
    assert err.count("\n") == 1
    after = folder_contents(here / "o")
    assert after.pop("manifest.json") != before.pop("manifest.json")
    assert after == before


# The outputs of the other cells are bounded, whatever their parameters.
@pytest.mark.parametrize("cell", ["liaf", "rnn"])
def test_training_out_of_range_fails_with_one_message(
    capsys: Capture, data: Path, here: Path, cell: str
) -> None:
    more = ["--lr", 1e30, "--optimizer", "sgd", "--cells", cell, "--epochs", 40]
    code, out, err = run_cli(capsys, *training_args(data, here / "o", *more))
    assert (code, out) == (1, "")
    assert re.fullmatch(
        rf"liaf-ref: error: qa1-{cell}: epoch \d, (after )?batch \d: the .* is .*\n", err
    )


def test_a_failed_run_says_so_in_its_record(capsys: Capture, data: Path, here: Path) -> None:
    run_cli(
        capsys, *training_args(data, here / "o", "--lr", 1e30, "--optimizer", "sgd", "--epochs", 9)
    )
    record = json.loads((here / "o" / "qa1-liaf" / "run.json").read_text())
    assert record["status"] == "failed"
    assert record["error"].startswith("epoch ")


def test_a_failed_run_does_not_stop_the_others(
    capsys: Capture, data: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = babi.BabiExperiment.run

    def fails_for_liaf(
        self: Any, data: Any, config: babi.BabiConfig, *rest: Any, **more: Any
    ) -> Any:
        if config.cell == "liaf":
            raise TrainingError("epoch 1, batch 1: the loss is nan")
        yield from run(self, data, config, *rest, **more)

    monkeypatch.setattr(babi.BabiExperiment, "run", fails_for_liaf)
    code, out, err = run_cli(capsys, *training_args(data, here / "o", "--cells", "liaf,lif"))
    assert code == 1
    assert err.endswith("liaf-ref: error: qa1-liaf: epoch 1, batch 1: the loss is nan\n")
    assert " LIF " in out
    assert "LIAF" not in out
