"""Sweeps: neither the number of workers nor a kill changes a result."""

import csv
import io
import json
import os
import signal
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from data.events import dataset_trees
from support import CommandResult, children, folder_contents, start_python, wait_for

from cli.commands import run_cli
from cli.sweep_helpers import SMALL_SPEC, check_same_sweep, run_and_kill, sweep_args
from liaf_ref.cli.progress import SweepProgress
from liaf_ref.experiments.experiment import DataSource
from liaf_ref.experiments.runner.jobs import plan_jobs
from liaf_ref.experiments.runner.manifest import SWEEP, Manifest
from liaf_ref.experiments.runner.spec import read_spec
from liaf_ref.training.run_folder import read_run_json

Capture = pytest.CaptureFixture[str]
LONG = SMALL_SPEC.replace("epochs = 2", "epochs = 30")  # so that a signal finds it running


def test_one_and_three_workers_give_the_same_bits(
    capsys: Capture, data: Path, spec: Path, tmp_path: Path
) -> None:
    for workers in (1, 3):
        out = tmp_path / str(workers)
        ended = run_cli(capsys, *sweep_args(spec, data, out, "--jobs", workers))
        assert (ended.returncode, ended.stdout.splitlines()[0]) == (
            0,
            "4 jobs, 4 finished, 0 failed",
        )
    check_same_sweep(tmp_path / "1", tmp_path / "3")


def test_the_table_has_a_line_for_each_job_in_the_files_order(
    capsys: Capture, data: Path, spec: Path, tmp_path: Path
) -> None:
    assert run_cli(capsys, *sweep_args(spec, data, tmp_path / "o")).returncode == 0
    files = folder_contents(tmp_path / "o")
    rows = [json.loads(line) for line in files["results.jsonl"].splitlines()]
    expected = [(cell, seed) for cell in ("liaf", "gru") for seed in (0, 1)]
    assert [(row["cell"], row["seed"]) for row in rows] == expected
    for row in rows:
        result = read_run_json(tmp_path / "o" / "jobs" / row["job"])["result"]
        assert result.pop("seconds") > 0
        assert row.items() >= result.items()
        assert "seconds" not in row
    table = list(csv.DictReader(io.StringIO(files["results.csv"].decode())))
    for row, line in zip(rows, table, strict=True):
        assert list(line) == list(row)
        assert float(line["test_accuracy"]) == row["test_accuracy"]
        assert (line["track_test"], line["clip"]) == ("false", "")


def test_jobs_take_the_folder_of_the_environment_where_a_run_does(
    capsys: Capture, here: Path, spec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N-MNIST does; digits are simulated, whatever there is."""
    dataset_trees.write_n_mnist(here / "N-MNIST", train=2, test=1)
    monkeypatch.setenv("LIAF_REF_DATA", str(here))
    for name in ("mnist-dvs", "n-mnist"):
        grid = '[grid]\ncell = "liaf"\nscale = "smoke"\nepochs = 1\n'
        spec.write_text(f'experiment = "{name}"\n{grid}')
        ended = run_cli(
            capsys, "sweep", spec, "--out", here / name, *(["--partial"] * (name[0] == "n"))
        )
        assert (ended.returncode, ended.stdout.splitlines()[0]) == (
            0,
            "1 jobs, 1 finished, 0 failed",
        )
        manifest = json.loads((here / name / "manifest.json").read_text())
        assert manifest["data"]["folder"] == (str(here) if name == "n-mnist" else None)


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
    capsys: Capture, data: Path, spec: Path, tmp_path: Path
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
    assert run_cli(capsys, *sweep_args(spec, data, tmp_path / "whole")).returncode == 0
    assert 16 <= epochs_done(out) < epochs_done(tmp_path / "whole"), "the sweep is too short"
    assert run_cli(capsys, *sweep_args(spec, data, out)).returncode == 0
    check_same_sweep(tmp_path / "whole", out)


@pytest.mark.parametrize("write", [1, 2, 6, 7, 8])
def test_a_kill_before_a_rename_changes_nothing(
    capsys: Capture, data: Path, spec: Path, tmp_path: Path, write: int
) -> None:
    """The copy of the specification; a job's first file and its last; both tables."""
    spec.write_text(
        SMALL_SPEC.replace('["liaf", "gru"]', '"liaf"').replace("epochs = 2", "epochs = 1")
    )
    assert run_and_kill(write, sweep_args(spec, data, tmp_path / "o")) == -signal.SIGKILL
    assert any(name.endswith(".part") for name in folder_contents(tmp_path / "o"))
    assert run_cli(capsys, *sweep_args(spec, data, tmp_path / "o")).returncode == 0
    assert run_cli(capsys, *sweep_args(spec, data, tmp_path / "whole")).returncode == 0
    check_same_sweep(tmp_path / "whole", tmp_path / "o")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_in_a_terminal_a_bar_shows_how_far_it_is(
    fake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = read_spec(fake)
    jobs = plan_jobs(Manifest(SWEEP, spec.experiment, DataSource(), spec.configs), None)
    monkeypatch.setattr("sys.stderr", stream := Terminal())
    with closing(SweepProgress(jobs, {job.name for job in jobs})) as progress:
        progress.end(jobs[0]._replace(result={"test_accuracy": 0.5, "seconds": 300.0}))
        progress.end(jobs[2].failed("it was to fail"))
    last = stream.getvalue().split("\r")[-1]
    assert last.startswith("2/3 |")
    assert "elapsed, 1 failed, 0:00:00 left" in last
