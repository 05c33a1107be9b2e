"""Sweeps: neither the number of workers nor a kill changes a result; what is reported of jobs."""

import csv
import io
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from support import CommandResult, children, folder_contents, start_python, wait_for

from cli.commands import SMALL_SPEC, Cli, check_same, sweep_args
from liaf_ref.experiments import babi
from liaf_ref.experiments.runner.manifest import read_manifest
from liaf_ref.experiments.runner.spec import job_name
from liaf_ref.training.run_folder import read_run_json

LONG = SMALL_SPEC.replace("epochs = 2", "epochs = 20")  # so that a signal finds it running


def epochs_done(out: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in out.glob("jobs/*/metrics.jsonl"))


def stopped(
    args: list[object], out: Path, aim: int, signum: int
) -> tuple[CommandResult, list[int]]:
    """A sweep that gets a signal after so many epochs; its workers, who get SIGINT alone."""
    process = start_python("-m", "liaf_ref", *args, cwd=out.parent)
    deadline = time.monotonic() + 50
    while epochs_done(out) < aim and time.monotonic() < deadline:
        time.sleep(0.005)
    workers = children(process.pid)
    for pid in [process.pid, *(workers if signum == signal.SIGINT else [])]:
        os.kill(pid, signum)
    return wait_for(process), workers


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.usefixtures("interruptible")
def test_a_sweep_that_is_interrupted_or_killed_goes_on_as_if_it_had_not_been(
    cli: Cli, data: Path, spec: Path, tmp_path: Path
) -> None:
    spec.write_text(LONG, "utf-8")
    out = tmp_path / "o"
    args = sweep_args(spec, data, out, "--jobs", 2)
    interrupted, _ = stopped(args, out, 6, signal.SIGINT)
    message = f"liaf-ref: error: interrupted; to continue: liaf-ref resume {out}\n"
    assert (interrupted.returncode, interrupted.stdout) == (130, "")
    assert interrupted.stderr.endswith(message)
    assert "Traceback" not in interrupted.stderr
    killed, workers = stopped(args, out, epochs_done(out) + 10, signal.SIGKILL)
    assert killed.returncode == -signal.SIGKILL
    assert len(workers) >= 2
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline, "a worker goes on without its sweep"
        time.sleep(0.01)
    assert cli(*sweep_args(spec, data, tmp_path / "whole")).returncode == 0
    assert 16 <= epochs_done(out) < epochs_done(tmp_path / "whole"), "the sweep is too short"
    assert cli(*sweep_args(spec, data, out)).returncode == 0
    check_same(tmp_path / "whole", out)


def test_a_failed_job_is_run_again_only_if_asked(cli: Cli, fake: Path, tmp_path: Path) -> None:
    args = ["sweep", fake, "--generated", "--out", tmp_path / "o"]
    first = cli(*args)
    jobs = (tmp_path / "o/jobs").iterdir()
    (name,) = (job.name for job in jobs if read_run_json(job)["status"] == "failed")
    error = f"liaf-ref: error: number=2 behavior=fail ({name}): this job is meant to fail\n"
    assert first.returncode == 1
    assert first.stderr.endswith(error)
    assert "2/3  number=2 behavior=fail: failed" in first.stderr
    assert first.stdout.startswith("3 jobs, 2 finished, 1 failed\n")
    again = cli(*args, "--json")
    document = json.loads(again.stdout)
    text = "2 of 3 jobs already finished, skipped\n"
    assert (again.returncode, again.stderr) == (1, text + error)
    assert [document[key] for key in ("jobs", "finished", "failed")] == [3, 2, 1]
    assert document["errors"] == [{"job": name, "error": "this job is meant to fail"}]
    retried = cli(*args, "--retry-failed")
    assert "3/3  number=2 behavior=fail: failed" in retried.stderr
    assert "1/3" not in retried.stderr


def test_a_dry_run_and_tables_list_all_jobs_and_a_sweep_goes_on_without_its_file(
    cli: Cli, data: Path, spec: Path, tmp_path: Path
) -> None:
    out = tmp_path / "o"
    ended = cli(*sweep_args(spec, data, out, "--dry-run"))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not out.exists()
    lines = ended.stdout.splitlines()
    assert lines[-1] == "4 jobs"
    config = babi.BabiConfig(1, "gru", epochs=2, lr=0.01, seed=1, validation_fraction=0.25)
    name = job_name("babi", config)
    assert f"{name}  new       seed=1 cell=gru" in lines
    assert cli(*sweep_args(spec, data, out)).returncode == 0
    again = cli(*sweep_args(spec, data, out, "--dry-run", "--json"))
    document = json.loads(again.stdout)
    assert {job["state"] for job in document["jobs"]} == {"finished"}
    assert name in [job["job"] for job in document["jobs"]]
    files = folder_contents(out)
    rows = [json.loads(line) for line in files["results.jsonl"].splitlines()]
    expected = [(cell, seed) for cell in ("liaf", "gru") for seed in (0, 1)]
    assert [(row["cell"], row["seed"]) for row in rows] == expected
    for row in rows:
        result = read_run_json(out / "jobs" / row["job"])["result"]
        assert result.pop("seconds") > 0
        assert row.items() >= result.items()
        assert "seconds" not in row
    table = list(csv.DictReader(io.StringIO(files["results.csv"].decode())))
    for row, line in zip(rows, table, strict=True):
        assert list(line) == list(row)
        assert float(line["test_accuracy"]) == row["test_accuracy"]
        assert (line["track_test"], line["clip"]) == ("false", "")
    shutil.copytree(out, tmp_path / "whole")
    shutil.rmtree(min((out / "jobs").iterdir()))
    spec.unlink()
    resumed = cli("resume", out)
    assert resumed.returncode == 0
    assert resumed.stdout.startswith("4 jobs, 4 finished, 0 failed\n")
    assert "3 of 4 jobs already finished, skipped" in resumed.stderr
    check_same(tmp_path / "whole", out)


def test_a_sweep_can_be_added_to_and_nothing_else(cli: Cli, fake: Path, tmp_path: Path) -> None:
    out, other = tmp_path / "o", tmp_path / "other.toml"
    args = ["--generated", "--out", out]
    assert cli("sweep", fake, *args).returncode == 1
    other.write_text(fake.read_text() + "[[also]]\nnumber = 7\n")
    more = cli("sweep", other, *args)
    assert more.stdout.startswith("4 jobs, 3 finished, 1 failed\n")
    assert len(read_manifest(out).configs) == 4
    before = folder_contents(out)
    less = cli("sweep", fake, *args)
    assert (less.returncode, less.stdout) == (2, "")
    assert f"error: {out}: already contains jobs that are not in the specifi" in less.stderr
    assert folder_contents(out) == before
