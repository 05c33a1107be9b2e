"""A run's folder: made once, resumed bit for bit, never mixed up with another."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import Setup, folder_contents, trees_equal

from liaf_ref._core.errors import FormatError, RunError
from liaf_ref._core.provenance import library_versions
from liaf_ref.training.run_folder import (
    RunFolder,
    diff_config,
    is_metrics_row,
    read_metrics,
    read_run_json,
)
from liaf_ref.training.state import EpochDone, Score

SETUP = Setup()
EVENTS = SETUP.events()
EPOCHS = [event for event in EVENTS if isinstance(event, EpochDone)]
CONFIG: dict[str, Any] = {"lr": 0.05, "epochs": 3, "clip": None}


def run(folder: Path, epochs: int = 3) -> RunFolder:
    """A run that was stopped after some epochs."""
    record = RunFolder(folder, CONFIG)
    record.start_or_resume(resume=False)
    for event in EPOCHS[:epochs]:
        record.record_epoch(event, 0.5 * event.state.epoch)
    return record


def test_a_new_run_has_its_configuration_and_no_metrics(tmp_path: Path) -> None:
    record = RunFolder(tmp_path / "a" / "b", CONFIG)
    assert record.start_or_resume(resume=False) is None
    assert sorted(folder_contents(tmp_path / "a" / "b")) == ["metrics.jsonl", "run.json"]
    assert read_run_json(record.path)["config"] == CONFIG
    assert read_run_json(record.path)["status"] == "running"
    versions = {"liaf_ref", "code", "numpy", "blas", "python", "platform"}
    assert set(read_run_json(record.path)["versions"]) == versions
    assert read_metrics(record.path) == []


@pytest.mark.parametrize("epochs", [0, 1, 2, 3])
def test_a_resumed_run_ends_like_an_undisturbed_one(tmp_path: Path, epochs: int) -> None:
    undisturbed = run(tmp_path / "a")
    stopped = run(tmp_path / "b", epochs)
    found = stopped.start_or_resume(resume=True)
    state = found.state if found else SETUP.initial_state()
    assert found is None or found.seconds == 0.5 * epochs
    for event in SETUP.events(state):
        if isinstance(event, EpochDone):
            stopped.record_epoch(event, 0.5 * event.state.epoch)
        state = event.state
    assert trees_equal(state, EVENTS[-1].state)
    assert folder_contents(stopped.path) == folder_contents(undisturbed.path)


def test_metrics_come_before_their_checkpoint(tmp_path: Path) -> None:
    record = run(tmp_path, epochs=1)
    (tmp_path / "checkpoint.npz").unlink()
    (tmp_path / "checkpoint.npz" / "in the way").mkdir(parents=True)
    with pytest.raises(RunError, match="checkpoint"):
        record.record_epoch(EPOCHS[1], 0.0, test=Score(0.5, 0.25))
    _, row = read_metrics(record.path)
    assert (row["train_loss"], row["validation_loss"]) == tuple(
        score.loss for score in EPOCHS[1][1:3]
    )
    assert (row["test_loss"], row["test_accuracy"]) == (0.5, 0.25)


def test_a_run_records_both_machines(tmp_path: Path) -> None:
    record, here = run(tmp_path, epochs=1), library_versions()
    other = here | {"blas": "openblas Other"}
    document = read_run_json(tmp_path) | {"versions": other}
    (tmp_path / "run.json").write_text(json.dumps(document), "utf-8")
    record.start_or_resume(resume=True)
    record.write_run_json(status="finished")
    found = read_run_json(tmp_path)
    assert (found["versions"], found["earlier_versions"]) == (here, [other])


def test_a_run_made_longer_says_so_and_one_that_is_not_is_left_as_it_is(tmp_path: Path) -> None:
    record = run(tmp_path)
    record.write_run_json(status="finished", seconds=np.float32(1.5))
    before = (tmp_path / "run.json").read_bytes()
    in_other_order = dict(reversed(CONFIG.items()))
    assert RunFolder(tmp_path, in_other_order).start_or_resume(resume=True) is not None
    assert (tmp_path / "run.json").read_bytes() == before
    longer = RunFolder(tmp_path, CONFIG | {"epochs": 5})
    assert longer.start_or_resume(resume=True) is not None
    assert read_run_json(longer.path)["config"]["epochs"] == 5
    assert read_run_json(longer.path)["status"] == "running"
    assert "seconds" not in read_run_json(longer.path)


def test_what_is_not_this_run_is_refused_and_stays(tmp_path: Path) -> None:
    """Another configuration, whose changes are named; a checkpoint of another run, or of none."""
    again = run(tmp_path / "run", epochs=1)
    with pytest.raises(RunError, match="already contains a run; continue"):
        again.start_or_resume(resume=False)
    changes = "another configuration; lr: was 0.05, is 0.1; seed: was None, is 4; use the recorded"
    refused = [(RunFolder(tmp_path / "run", {"lr": 0.1, "epochs": 3, "seed": 4}), changes)]
    for change in ({"seed": 6}, {"data_sha256": "b"}):
        other = RunFolder(tmp_path / str(change), CONFIG | change)
        other.start_or_resume(resume=False)
        shutil.copy(tmp_path / "run" / "checkpoint.npz", other.path)
        refused.append((other, "expected the checkpoint of this run, got one of"))
    bare = run(tmp_path / "bare", epochs=1)
    (bare.path / "run.json").unlink()
    before = folder_contents(tmp_path)
    for record, message in (
        *refused,
        (bare, "contains the checkpoint.npz of a run without its run"),
    ):
        for resume in (False, True) if record is bare else (True,):
            with pytest.raises((RunError, FormatError), match=message):
                record.start_or_resume(resume)
    assert folder_contents(tmp_path) == before


OLD = {"lr": 0.1, "epochs": 3, "seed": 0}
COSINE = OLD | {"schedule": "cosine"}


@pytest.mark.parametrize(
    ("before", "now", "changes"),
    [
        (OLD, OLD, {}),
        (OLD, OLD | {"epochs": 5}, {}),
        (OLD, OLD | {"seed": 1, "epochs": 5}, {"seed": "was 0, is 1"}),
        (OLD, OLD | {"epochs": 2}, {"epochs": "was 3, is 2, and epochs can only be increased"}),
        (
            COSINE,
            COSINE | {"epochs": 4},
            {"epochs": "was 3, is 4, and the cosine schedule depends on the number of epochs"},
        ),
        (OLD | {"epochs": "x"}, OLD, {"epochs": "was 'x', is 3"}),
        (OLD | {"clip": None}, OLD, {}),
        (None, {"lr": 0.1}, {"lr": "was None, is 0.1"}),
    ],
)
def test_changes_but_more_epochs(
    before: object, now: dict[str, Any], changes: dict[str, str]
) -> None:
    found = diff_config(before, now)
    assert found == changes
    assert list(found) == sorted(found)


ROW = {"epoch": 2, "train_loss": 1.0, "train_accuracy": 0.5}
ROW |= {"validation_loss": 2.0, "validation_accuracy": 0.25}
ROW_WITH_TEST = ROW | {"test_loss": 1.0, "test_accuracy": 1.0}


def test_a_row_has_its_columns_and_its_epoch() -> None:
    for right in (ROW, ROW_WITH_TEST, ROW | {"stopped": "because"}):
        assert is_metrics_row(right, 2)
    for change in ({"epoch": 3}, {"train_loss": "1"}, {"test_loss": 1.0}, {"train_loss": 2**63}):
        assert not is_metrics_row(ROW | change, 2)
    assert not is_metrics_row({}, 2)
