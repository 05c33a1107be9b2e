"""A wrong option: exit code 2, one message on stderr, nothing on disk."""

import re
from pathlib import Path
from typing import Any

import pytest
from support import folder_contents

from cli.commands import EPOCHS, run_cli, training_args
from liaf_ref._core.errors import TrainingError
from liaf_ref.experiments import babi

Capture = pytest.CaptureFixture[str]
ADVICE = "use the recorded values, or choose another folder\n"


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
