"""This process and worker processes end every job once, whatever becomes of some."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from support import children, start_python
from threadpoolctl import threadpool_limits

from experiments.runner.fake_experiment import (
    EXPECTED_ERRORS,
    MIXED_BEHAVIORS,
    errors_by_behavior,
    make_jobs,
)
from liaf_ref._core.errors import InputError, LiafError, SweepError
from liaf_ref._core.locks import file_lock
from liaf_ref._core.provenance import library_versions
from liaf_ref.experiments.runner import execute as execute_module
from liaf_ref.experiments.runner.execute import connect, open_executor
from liaf_ref.experiments.runner.jobs import LOCK_FILE, Job, JobResult, run_job


def run_all(jobs: list[Job], workers: int) -> list[JobResult]:
    with open_executor(workers, None, print) as executor:
        return list(executor.run(jobs, lambda *_: None))


def test_jobs_that_fail_or_kill_their_process_stop_no_others(tmp_path: Path) -> None:
    jobs, before = make_jobs(tmp_path, MIXED_BEHAVIORS), set(threading.enumerate())
    outcomes = run_all(jobs, 2)
    assert not [each for each in set(threading.enumerate()) - before if not each.daemon]
    assert errors_by_behavior(jobs, outcomes) == EXPECTED_ERRORS
    processes = {outcome.result["process"] for outcome in outcomes if outcome.result is not None}
    assert os.getpid() not in processes
    assert {o.result["threads"] for o in outcomes if o.result is not None} == {1}


def test_with_one_worker_jobs_run_in_their_order_in_this_process(tmp_path: Path) -> None:
    jobs = make_jobs(tmp_path, ("end", "fail", "raise", "end"))
    with threadpool_limits(2):
        outcomes = run_all(jobs, 1)
    assert [outcome.name for outcome in outcomes] == [job.name for job in jobs]
    results = [outcome.result for outcome in outcomes if outcome.result is not None]
    assert {(result["process"], result["threads"]) for result in results} == {(os.getpid(), 1)}


@pytest.mark.parametrize(
    "address", ["", "host", "host:port", "ftp://host:1", "tcp://127.0.0.1:1", "none.json"]
)
def test_what_is_no_scheduler_is_refused(address: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute_module, "CONNECT_SECONDS", 0.5)
    with pytest.raises(InputError, match="expected the address of a Dask scheduler") as caught:
        connect(address, print).__enter__()
    assert caught.value.name == "dask"


@pytest.mark.parametrize(
    ("address", "required", "message"),
    [
        ("tls://127.0.0.1:1", False, r"expected certificates in Dask's configuration \(DASK_"),
        ("tcp://127.0.0.1:1", True, "expected tls://, as Dask's configuration requires encr"),
    ],
)
def test_an_address_that_does_not_fit_the_encryption_is_refused(
    address: str, required: bool, message: str
) -> None:
    dask = pytest.importorskip("dask")
    with (
        dask.config.set({"distributed.comm.require-encryption": required}),
        pytest.raises(InputError, match=message),
    ):
        connect(address, print).__enter__()


def test_a_missing_package_is_named_with_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    message = r"distributed is not installed; .*\[sweep\]"
    for call in (
        lambda: run_all(make_jobs(tmp_path, ["end"] * 2), 2),
        lambda: connect("h:1", print).__enter__(),
    ):
        with pytest.raises(LiafError, match=message):
            call()


def test_a_finished_job_is_not_run_again_and_a_failed_one_only_if_asked(tmp_path: Path) -> None:
    (done,) = make_jobs(tmp_path, ["end"])
    first = run_job(done)
    assert first.result is not None
    record = Path(done.folder, "run.json").read_bytes()
    assert run_job(done) == first
    assert Path(done.folder, "run.json").read_bytes() == record
    (failed,) = make_jobs(tmp_path / "failed", ["fail"])
    assert run_job(failed).error == "this job is meant to fail"
    checkpoint = Path(failed.folder, "checkpoint.npz")
    checkpoint.write_bytes(b"of what failed")
    (checkpoint.parent / "notes.txt").write_text("of a user")
    good = failed._replace(config={"number": 0}, restart=True)
    assert run_job(good).error is None
    assert not checkpoint.exists()
    assert (checkpoint.parent / "notes.txt").exists()


def test_a_job_waits_for_the_process_that_is_at_it(tmp_path: Path) -> None:
    (job,) = make_jobs(tmp_path, ["end"])
    folder = Path(job.folder)
    folder.mkdir()
    with ThreadPoolExecutor(1) as pool:
        with file_lock(folder / LOCK_FILE, blocking=False):
            future = pool.submit(run_job, job)
            with pytest.raises(TimeoutError):
                future.result(timeout=0.2)
            assert not (folder / "run.json").exists()
        assert future.result(timeout=10).error is None


def test_a_worker_that_finds_other_data_refuses_the_job(tmp_path: Path) -> None:
    (job,) = make_jobs(tmp_path, ["end"])
    error = run_job(job._replace(data_sha256="f00")).error
    assert error == "expected data with sha256 f00, as for the other jobs, got 00000000"
    assert not Path(job.folder, "run.json").exists()
    assert run_job(job._replace(data_sha256="00000000")).error is None


def test_a_sweep_without_workers_says_so_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute_module, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(execute_module, "WORKER_WAITS", (0.1, 0.2))
    notices: list[str] = []
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
        pytest.raises(SweepError, match="no workers for"),
    ):
        list(execute_module.run_on_dask(make_jobs(tmp_path, ["end"]), client, notices.append))
    assert notices == [f"no workers for {s} s; waiting for new ones" for s in (0, 0)]


def test_nobody_else_can_run_code_on_the_workers_of_this_machine() -> None:
    distributed = pytest.importorskip("distributed")
    with execute_module.local_cluster(1) as client:
        address = client.scheduler.address
        assert address.startswith("tls://127.0.0.1:")
        for other in (address, address.replace("tls", "tcp")):
            with pytest.raises((OSError, ValueError, TypeError, RuntimeError)):
                distributed.Client(other, timeout=2, set_as_default=False)
        port = client.cluster.scheduler.http_server.port
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"http://127.0.0.1:{port}/info/main/workers.html")


def test_a_worker_with_other_code_refuses_a_job(tmp_path: Path) -> None:
    """As one that joins later, or that has an edited copy of the same version."""
    (job,) = make_jobs(tmp_path, ["end"])
    here = library_versions()
    for change in ({"code": "0" * 16}, {"python": "2.7.18"}, {"liaf_ref": "0.0.0"}):
        ended = run_job(job._replace(versions=here | change))
        assert (ended.result, ended.is_input_error) == (None, True)
        assert f"{next(iter(change.values()))[:3]}" in str(ended.error)
    assert run_job(job._replace(versions=here | {"blas": "another"})).error is None
    assert json.loads(Path(job.folder, "run.json").read_text())["versions"] == here


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


SWEEP = """
import sys
from pathlib import Path
from experiments.runner.fake_experiment import make_jobs
from liaf_ref.experiments.runner.execute import open_executor
with open_executor(2, None, print) as executor:
    for result in executor.run(make_jobs(Path(sys.argv[1]), ["end"] * 2000), print):
        print(result.name, flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_worker_processes_end_when_their_sweep_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next sweep removes their temporary folders."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with start_python("-c", SWEEP, tmp_path / "jobs", cwd=Path(__file__).parents[2]) as sweep:
        assert sweep.stdout is not None
        sweep.stdout.readline()
        workers = children(sweep.pid)
        assert len(workers) >= 2
        sweep.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline, "a worker goes on without its sweep"
        time.sleep(0.05)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with execute_module.local_cluster(1):
        pass
    folders = {path.name.rstrip("0123456789") for path in tmp_path.rglob("*") if path.is_dir()}
    assert folders == {"jobs", "job", "dask-scratch-space"}
