"""What a sweep lists, reports and refuses."""

import json
from pathlib import Path

import pytest
from support import folder_contents

from cli.commands import run_cli
from cli.sweep_helpers import sweep_args
from liaf_ref.experiments import babi
from liaf_ref.experiments.runner.manifest import read_manifest
from liaf_ref.experiments.runner.spec import job_name
from liaf_ref.training.run_folder import read_run_json

Capture = pytest.CaptureFixture[str]


def test_a_failed_job_is_reported_and_run_again_only_if_asked(
    capsys: Capture, fake: Path, tmp_path: Path
) -> None:
    args = ["sweep", fake, "--generated", "--out", tmp_path / "o"]
    first = run_cli(capsys, *args)
    name = next(job.name for job in (tmp_path / "o/jobs").iterdir() if "failed" in _status(job))
    error = f"liaf-ref: error: number=2 behavior=fail ({name}): this job is meant to fail\n"
    assert first.returncode == 1
    assert first.stderr.endswith(error)
    assert "2/3  number=2 behavior=fail: failed" in first.stderr
    assert first.stdout.startswith("3 jobs, 2 finished, 1 failed\n")
    again = run_cli(capsys, *args, "--json")
    document = json.loads(again.stdout)
    text = "2 of 3 jobs already finished, skipped\n"
    assert (again.returncode, again.stderr) == (1, text + error)
    assert [document[key] for key in ("jobs", "finished", "failed")] == [3, 2, 1]
    assert document["errors"] == [{"job": name, "error": "this job is meant to fail"}]
    retried = run_cli(capsys, *args, "--retry-failed")
    assert "3/3  number=2 behavior=fail: failed" in retried.stderr
    assert "1/3" not in retried.stderr


def _status(job: Path) -> str:
    return str(read_run_json(job)["status"])


def test_a_dry_run_lists_and_writes_nothing(
    capsys: Capture, data: Path, spec: Path, tmp_path: Path
) -> None:
    out = tmp_path / "o"
    ended = run_cli(capsys, *sweep_args(spec, data, out, "--dry-run"))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not out.exists()
    lines = ended.stdout.splitlines()
    assert lines[-1] == "4 jobs"
    name = job_name(
        "babi", babi.BabiConfig(1, "gru", epochs=2, lr=0.01, seed=1, validation_fraction=0.25)
    )
    assert f"{name}  new       seed=1 cell=gru" in lines
    assert run_cli(capsys, *sweep_args(spec, data, out)).returncode == 0
    document = json.loads(
        run_cli(capsys, *sweep_args(spec, data, out, "--dry-run", "--json")).stdout
    )
    assert {job["state"] for job in document["jobs"]} == {"finished"}
    assert name in [job["job"] for job in document["jobs"]]


def test_a_sweep_can_be_added_to_and_nothing_else(
    capsys: Capture, fake: Path, tmp_path: Path
) -> None:
    out, other = tmp_path / "o", tmp_path / "other.toml"
    args = ["--generated", "--out", out]
    assert run_cli(capsys, "sweep", fake, *args).returncode == 1
    other.write_text(fake.read_text() + "[[also]]\nnumber = 7\n")
    more = run_cli(capsys, "sweep", other, *args)
    assert more.stdout.startswith("4 jobs, 3 finished, 1 failed\n")
    assert len(read_manifest(out).configs) == 4
    before = folder_contents(out)
    less = run_cli(capsys, "sweep", fake, *args)
    assert (less.returncode, less.stdout) == (2, "")
    assert less.stderr.startswith(
        f"liaf-ref: error: {out}: contains a sweep with jobs that are not in the "
        "specification: Config("
    )
    assert folder_contents(out) == before


def test_a_finished_job_of_another_configuration_is_refused(
    capsys: Capture, fake: Path, tmp_path: Path
) -> None:
    """An older version's, which split the recordings otherwise."""
    out = tmp_path / "o"
    args = ["sweep", fake, "--generated", "--out", out]
    assert run_cli(capsys, *args).returncode == 1
    for path in (out / "jobs").glob("*/run.json"):
        record = json.loads(path.read_text())
        if record["status"] == "finished":
            record["config"]["validation_by"] = "story"
            path.write_text(json.dumps(record))
            break
    ended = run_cli(capsys, *args)
    assert (ended.returncode, ended.stdout) == (2, "")
    change = "validation_by of run.json (the groups of the validation split): was 'story', is None"
    assert f"{path.parent}: cannot resume with another configuration; {change}" in ended.stderr
