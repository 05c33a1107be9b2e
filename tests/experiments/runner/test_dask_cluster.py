"""A real scheduler and two workers, on the loopback interface."""

from pathlib import Path
from typing import Any

import pytest
from cli.commands import run_cli
from cli.sweep_helpers import SMALL_SPEC, check_same_sweep, sweep_args
from support import write_small_task

from experiments.runner.dask_cluster import SECONDS, start_cluster
from experiments.runner.job_behaviors import (
    EXPECTED_ERRORS,
    MIXED_BEHAVIORS,
    errors_by_behavior,
    make_jobs,
)
from liaf_ref._core.errors import RunError, SweepError
from liaf_ref.experiments.runner import execute
from liaf_ref.experiments.runner.execute import connect, run_on_dask


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
            jobs = make_jobs(tmp_path / "jobs", MIXED_BEHAVIORS)
            found = errors_by_behavior(jobs, list(run_on_dask(jobs, client)))
            with pytest.raises(
                SweepError, match="lost the connection to the Dask scheduler, or it cancelled a job"
            ):
                list(run_on_dask(jobs, Cancelling(client)))
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
