"""This process, worker processes and a cluster end every job once, whatever becomes of some."""

import contextlib
import gc
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from cli.commands import SMALL_SPEC, check_same, run_cli, sweep_args
from support import LazyModule, write_small_task
from threadpoolctl import threadpool_limits

from experiments.runner.fake_experiment import (
    EXPECTED_ERRORS,
    MIXED_BEHAVIORS,
    Config,
    errors_by_behavior,
    make_jobs,
    make_order,
)
from liaf_ref._core.errors import InputError, SweepError
from liaf_ref._core.locks import file_lock
from liaf_ref._core.provenance import library_versions
from liaf_ref.experiments.runner import execute
from liaf_ref.experiments.runner.execute import connect, open_executor, run_on_dask
from liaf_ref.experiments.runner.jobs import LOCK_FILE, Job, Order, run_job

dask, distributed = map(LazyModule, ("dask", "distributed"))


def run_all(jobs: list[Job], order: Order, workers: int) -> list[Job]:
    with open_executor(workers, None, print) as (run, _):
        return list(run(jobs, order, lambda *_: None))


def test_jobs_that_fail_or_kill_their_process_stop_no_others(tmp_path: Path) -> None:
    jobs, before = make_jobs(MIXED_BEHAVIORS), set(threading.enumerate())
    # So short that no worker would start again in time.
    with dask.config.set({"distributed.deploy.lost-worker-timeout": 0.1}, distributed.config):
        ended = run_all(jobs, make_order(tmp_path), 2)
    assert not [each for each in set(threading.enumerate()) - before if not each.daemon]
    assert errors_by_behavior(jobs, ended) == EXPECTED_ERRORS
    results = [job.result for job in ended if job.result is not None]
    assert os.getpid() not in {result["process"] for result in results}
    assert {result["threads"] for result in results} == {1}


def test_with_one_worker_jobs_run_in_their_order_in_this_process(tmp_path: Path) -> None:
    jobs = make_jobs(("end", "fail", "raise", "end"))
    with threadpool_limits(2):
        ended = run_all(jobs, make_order(tmp_path), 1)
    assert [job.name for job in ended] == [job.name for job in jobs]
    results = [job.result for job in ended if job.result is not None]
    assert {(result["process"], result["threads"]) for result in results} == {(os.getpid(), 1)}


@pytest.mark.parametrize(
    "address", ["", "host", "host:port", "ftp://host:1", "tcp://127.0.0.1:1", "none.json"]
)
def test_what_is_no_scheduler_is_refused(address: Any) -> None:
    with pytest.raises(InputError, match="expected the address of a Dask scheduler") as caught:
        connect(address, seconds=0.5).__enter__()
    assert caught.value.name == "dask"


def test_a_finished_job_is_not_run_again_and_a_failed_one_only_if_asked(tmp_path: Path) -> None:
    (job,), order = make_jobs(["end"]), make_order(tmp_path)
    first = run_job(job, order)
    assert first.result is not None
    record = (tmp_path / job.name / "run.json").read_bytes()
    assert run_job(job, order) == first
    assert (tmp_path / job.name / "run.json").read_bytes() == record
    (failed,), order = make_jobs(["fail"]), make_order(tmp_path / "failed", restart=True)
    assert run_job(failed, order).error == "this job is meant to fail"
    folder = tmp_path / "failed" / failed.name
    (folder / "checkpoint.npz").write_bytes(b"of what failed")
    (folder / "notes.txt").write_text("of a user")
    assert run_job(failed._replace(config=Config(number=0)), order).error is None
    assert (folder / "notes.txt").exists()
    assert not (folder / "checkpoint.npz").exists()


def test_a_job_waits_for_the_process_that_is_at_it(tmp_path: Path) -> None:
    (job,), order, folder = make_jobs(["end"]), make_order(tmp_path), tmp_path / "job0"
    folder.mkdir()
    with ThreadPoolExecutor(1) as pool:
        with file_lock(folder / LOCK_FILE, blocking=False):
            future = pool.submit(run_job, job, order)
            with pytest.raises(TimeoutError):
                future.result(timeout=0.2)
            assert not (folder / "run.json").exists()
        assert future.result(timeout=10).error is None


def test_a_sweep_without_workers_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "WORKERS_SECONDS", 0.1)  # not five minutes
    notices: list[str] = []
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
        pytest.raises(SweepError, match="no workers for"),
    ):
        list(execute.run_on_dask(make_jobs(["end"]), make_order(tmp_path), client, notices.append))
    assert notices == ["no workers; waiting for new ones"]


def test_nobody_else_can_run_code_on_the_workers_of_this_machine() -> None:
    with execute.local_cluster(1) as client:
        address = client.scheduler.address
        assert address.startswith("tls://127.0.0.1:")
        for other in (address, address.replace("tls", "tcp")):
            with pytest.raises((OSError, ValueError, TypeError, RuntimeError)):
                distributed.Client(other, timeout=2, set_as_default=False)
            gc.collect()  # a client that goes while another starts would wait for its lock
        port = client.cluster.scheduler.http_server.port
        with pytest.raises(HTTPError, match="404") as answer:
            urlopen(f"http://127.0.0.1:{port}/info/main/workers.html")
        answer.value.close()


def test_a_worker_with_other_code_or_data_refuses_a_job(tmp_path: Path) -> None:
    """As one that joins later, or that has an edited copy of the same version; and other data."""
    (job,), here = make_jobs(["end"]), library_versions()
    for change in ({"code": "0" * 16}, {"python": "2.7.18"}, {"liaf_ref": "0.0.0"}):
        ended = run_job(job, make_order(tmp_path, versions=here | change))
        assert (ended.result, ended.blame) == (None, "input")
        assert f"{next(iter(change.values()))[:3]}" in str(ended.error)
    order = make_order(tmp_path, versions=here | {"blas": "another"})
    other = job._replace(estimate=job.estimate._replace(data_sha256="f00"))
    refused = run_job(other, order).error
    assert refused == "expected data with sha256 f00, as for the other jobs, got 00000000"
    assert not (tmp_path / job.name / "run.json").exists()
    assert run_job(job, order).error is None
    record = json.loads((tmp_path / job.name / "run.json").read_text())
    assert record["versions"] == here


@pytest.mark.skipif(sys.platform != "linux", reason="has prlimit")
def test_too_few_open_files_for_workers_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(
        'experiment = "babi"\n[grid]\ntask = 1\ncell = "gru"\nseed = [0, 1]\n'
    )
    command = f"ulimit -n 40; exec {sys.executable} -m liaf_ref sweep s.toml --generated --jobs 2"
    ended = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "Too many open files; use fewer (--jobs)" in ended.stderr.splitlines()[-1]


@contextlib.contextmanager
def start_cluster(folder: Path) -> Iterator[str]:
    """Start a scheduler and two workers, and give the scheduler's address.

    The scheduler gives up every job that was where a worker died: at the first death.
    """
    options = {"n_workers": 2, "threads_per_worker": 1, "local_directory": folder}
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(**options, dashboard_address=":0") as cluster,
    ):
        identity = json.dumps(cluster.scheduler.identity())
        (folder / "scheduler.json").write_text(identity, "utf-8")
        yield cluster.scheduler_address


class Cancelling:
    """A client whose scheduler forgets what it is given."""

    def __init__(self, client: Any) -> None:
        self.client, self.loop, self.nthreads = client, client.loop, client.nthreads

    def submit(self, *args: Any, **options: Any) -> Any:
        future = self.client.submit(*args, **options)
        future.cancel()
        return future


def test_a_cluster_gives_the_same_bits(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data, spec = write_small_task(tmp_path / "data"), tmp_path / "s.toml"
    spec.write_text(SMALL_SPEC, "utf-8")
    assert run_cli(capsys, *sweep_args(spec, data, tmp_path / "one")).returncode == 0
    with start_cluster(tmp_path) as address:
        ended = run_cli(capsys, *sweep_args(spec, data, tmp_path / "two", "--dask", address))
        file = tmp_path / "scheduler.json"
        resumed = run_cli(capsys, "resume", tmp_path / "two", "--dask", file)
        with connect(address) as client:
            jobs, order = make_jobs(MIXED_BEHAVIORS), make_order(tmp_path / "jobs")
            found = errors_by_behavior(jobs, list(run_on_dask(jobs, order, client)))
            with pytest.raises(SweepError, match="Dask scheduler, or it cancelled a job"):
                list(run_on_dask(jobs, order, Cancelling(client)))
    assert (ended.returncode, ended.stdout.splitlines()[0]) == (0, "4 jobs, 4 finished, 0 failed")
    assert resumed.returncode == 0
    check_same(tmp_path / "one" / "jobs", tmp_path / "two" / "jobs")
    tables = [(tmp_path / name / "results.jsonl").read_bytes() for name in ("one", "two")]
    assert tables[0] == tables[1]
    assert found == EXPECTED_ERRORS
    alone = run_cli(capsys, "resume", tmp_path / "two")
    assert alone.returncode == 2
    assert "was run on a Dask cluster; pass --dask ADDRESS to continue there" in alone.stderr
