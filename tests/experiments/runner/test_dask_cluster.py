"""A real scheduler and two workers, on the loopback interface."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.commands import run_cli
from cli.sweep_helpers import SMALL_SPEC, check_same_sweep, sweep_args
from distributed import Client
from support import write_small_task

import liaf_ref
from experiments.runner.fake_experiment import (
    EXPECTED_ERRORS,
    MIXED_BEHAVIORS,
    errors_by_behavior,
    make_jobs,
    make_order,
)
from liaf_ref._core.errors import RunError, SweepError
from liaf_ref.experiments.runner import execute
from liaf_ref.experiments.runner.execute import connect, run_on_dask

ROOT = Path(liaf_ref.__file__).parents[1]
LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")
SECONDS = 120  # that a busy machine may take to start a scheduler and its workers


@contextlib.contextmanager
def start_cluster(folder: Path, workers: int) -> Iterator[str]:
    """Start a scheduler and workers, and give the scheduler's address.

    The scheduler gives up every job that was where a worker died: at the first death.
    """
    file = folder / "scheduler.json"
    started = [_start_process("dask_scheduler", folder, "--port", 0, "--scheduler-file", file)]
    try:
        deadline = time.monotonic() + SECONDS
        while not _is_complete(file) and time.monotonic() < deadline:
            time.sleep(0.02)
        address: str = json.loads(file.read_text("utf-8"))["address"]
        for number in range(workers):
            local = ("--local-directory", folder / f"worker-{number}", "--nthreads", 1)
            started.append(_start_process("dask_worker", folder, address, *local))
        with Client(address, timeout=SECONDS, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=SECONDS)
        yield address
    finally:
        for process in reversed(started):  # a worker tells its scheduler, and would wait for it
            _stop_process(process)


def _is_complete(file: Path) -> bool:
    """Whether a scheduler has written its file to the end, which it does not do at once."""
    return file.exists() and file.read_text("utf-8").rstrip().endswith("}")


def _stop_process(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end, and wait until it has."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _start_process(module: str, folder: Path, *args: object) -> "subprocess.Popen[bytes]":
    path = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests')!r}]; "
    run = f"from distributed.cli.{module} import main; main()"
    with (folder / f"{module}.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", path + run, *map(str, args), *LOOPBACK],
            cwd=folder,
            env=os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"},
            stdout=log,
            stderr=log,
        )


class Cancelling:
    """A client whose scheduler forgets what it is given."""

    def __init__(self, client: Any) -> None:
        self.client, self.loop, self.nthreads = client, client.loop, client.nthreads

    def submit(self, *args: Any, **options: Any) -> Any:
        future = self.client.submit(*args, **options)
        future.cancel()
        return future


def test_a_cluster_gives_the_same_bits_and_outlives_its_jobs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "CONNECT_SECONDS", SECONDS)
    data, spec = write_small_task(tmp_path / "data"), tmp_path / "s.toml"
    spec.write_text(SMALL_SPEC, "utf-8")
    assert run_cli(capsys, *sweep_args(spec, data, tmp_path / "one")).returncode == 0
    with start_cluster(tmp_path, workers=2) as address:
        ended = run_cli(capsys, *sweep_args(spec, data, tmp_path / "two", "--dask", address))
        file = tmp_path / "scheduler.json"
        resumed = run_cli(capsys, "resume", tmp_path / "two", "--dask", file)
        with connect(address, print) as client:
            jobs, order = make_jobs(MIXED_BEHAVIORS), make_order(tmp_path / "jobs")
            found = errors_by_behavior(jobs, list(run_on_dask(jobs, order, client)))
            with pytest.raises(
                SweepError, match="lost the connection to the Dask scheduler, or it cancelled a job"
            ):
                list(run_on_dask(jobs, order, Cancelling(client)))
        monkeypatch.setattr("liaf_ref.__version__", "0.0.0")
        with pytest.raises(RunError, match=r"expected Python .* with liaf_ref 0\.0\.0, .* got "):
            connect(address, print).__enter__()
    assert (ended.returncode, ended.stdout.splitlines()[0]) == (0, "4 jobs, 4 finished, 0 failed")
    assert resumed.returncode == 0
    check_same_sweep(tmp_path / "one", tmp_path / "two")
    assert found == EXPECTED_ERRORS
    alone = run_cli(capsys, "resume", tmp_path / "two")
    assert alone.returncode == 2
    assert "was run on a Dask cluster; pass --dask ADDRESS to continue there" in alone.stderr
