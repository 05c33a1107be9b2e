"""Processes end every job once, whatever becomes of some; so does a Dask cluster."""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import start_python, wait_for
from threadpoolctl import threadpool_limits

from experiments.sweep.fake_experiment import Config
from experiments.sweep.job_behaviors import (
    EXPECTED_ERRORS,
    MIXED_BEHAVIORS,
    errors_by_behavior,
    make_jobs,
)
from liaf_ref._core.errors import InputError, LiafError, SweepError
from liaf_ref._core.locks import file_lock
from liaf_ref.experiments.sweep import connect, run_job, run_local


def test_jobs_that_fail_or_kill_their_process_stop_no_others(tmp_path: Path) -> None:
    jobs = make_jobs(tmp_path, MIXED_BEHAVIORS)
    assert errors_by_behavior(jobs, list(run_local(jobs, 2))) == EXPECTED_ERRORS


def test_with_one_worker_jobs_run_in_their_order_in_this_process(tmp_path: Path) -> None:
    jobs = make_jobs(tmp_path, ("end", "fail", "raise", "end"))
    outcomes = list(run_local(jobs, 1))
    assert [outcome.name for outcome in outcomes] == [job.name for job in jobs]
    assert {o.result["process"] for o in outcomes if o.result is not None} == {os.getpid()}


@pytest.mark.parametrize("workers", [1, 2])
def test_every_worker_has_one_blas_thread(tmp_path: Path, workers: int) -> None:
    with threadpool_limits(2):
        outcomes = list(run_local(make_jobs(tmp_path, ["end"] * 3), workers))
    assert [o.result and o.result["threads"] for o in outcomes] == [1] * 3


class Bomb:
    """Ends whatever process unpacks it."""

    def __reduce__(self) -> tuple[Callable[[int], None], tuple[int]]:
        return os._exit, (1,)


def test_processes_that_die_before_they_begin_end_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liaf_ref.experiments.sweep.local_pool.MAX_DEATHS_BEFORE_JOB", 2)
    (job,) = make_jobs(tmp_path, ["end"])
    with pytest.raises(SweepError, match="killed before they started a job"):
        list(run_local([job._replace(config=Bomb())], 2))


def test_with_several_they_share_processes_that_are_not_this_one(tmp_path: Path) -> None:
    outcomes = run_local(make_jobs(tmp_path, ["end"] * 6), 2)
    processes = {outcome.result["process"] for outcome in outcomes if outcome.result is not None}
    assert len(processes) <= 2
    assert os.getpid() not in processes


@pytest.mark.parametrize("address", ["", "host", "host:port", "ftp://host:1", "tcp://127.0.0.1:1"])
def test_what_is_no_scheduler_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liaf_ref.experiments.sweep.dask_cluster.TIMEOUT_SECONDS", 0.5)
    with pytest.raises(InputError, match="expected the address of a Dask scheduler, got") as caught:
        connect(address)
    assert caught.value.name == "dask"


@pytest.mark.parametrize("module", ["joblib", "distributed"])
def test_what_is_missing_is_named_with_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(LiafError, match=rf"{module} is not installed: .*clone .*'\.\[sweep\]'$"):
        list(run_local(make_jobs(tmp_path, ["end"]), 2)) if module == "joblib" else connect("h:1")


def test_a_finished_job_is_not_run_again_and_a_failed_one_only_if_asked(tmp_path: Path) -> None:
    (done,) = make_jobs(tmp_path, ["end"])
    first = run_job(done)
    assert run_job(done) == first
    (failed,) = make_jobs(tmp_path, ["fail"])
    assert run_job(failed).error == "this job is meant to fail"
    (failed.folder / "checkpoint.npz").write_bytes(b"of what failed")
    good = failed._replace(config=Config(0), restart=True)
    assert run_job(good).error is None
    assert not (failed.folder / "checkpoint.npz").exists()


def test_a_job_waits_for_the_process_that_is_at_it(tmp_path: Path) -> None:
    (job,) = make_jobs(tmp_path, ["end"])
    job.folder.mkdir()
    with ThreadPoolExecutor(1) as pool:
        with file_lock(job.folder / ".lock", blocking=False):
            future = pool.submit(run_job, job)
            with pytest.raises(TimeoutError):
                future.result(timeout=0.2)
            assert not (job.folder / "run.json").exists()
        assert future.result(timeout=10).error is None


def test_a_folder_that_cannot_be_made_is_the_jobs_failure(tmp_path: Path) -> None:
    (job,) = make_jobs(tmp_path, ["end"])
    job.folder.write_text("a file")
    assert "cannot be made" in str(run_job(job).error)


def test_a_worker_that_finds_other_data_refuses_the_job(tmp_path: Path) -> None:
    (job,) = make_jobs(tmp_path, ["end"])
    error = run_job(job._replace(data_sha256="f00")).error
    assert "expected the data of the sweep's other jobs, sha256 f00, got 00000000" in str(error)
    assert not (job.folder / "run.json").exists()
    assert run_job(job._replace(data_sha256="00000000")).error is None


LATE = """
import sys, threading, time
from pathlib import Path
from joblib.externals.loky.backend.queues import Queue
from liaf_ref.experiments.sweep import run_local
from experiments.sweep.job_behaviors import make_jobs

feed = Queue._feed

def slow(*held):
    feed(*held)
    time.sleep(0.5)

Queue._feed = staticmethod(slow)
outcomes = run_local(make_jobs(Path(sys.argv[1]), ["end"] * 4), 2)
next(outcomes)
outcomes.close()
print(*(thread.name for thread in threading.enumerate()))
"""


def test_a_pools_threads_have_ended_when_its_processes_have(tmp_path: Path) -> None:
    code, printed, err = wait_for(start_python("-c", LATE, tmp_path, cwd=Path(__file__).parents[2]))
    assert (code, printed, err) == (0, "MainThread\n", "")
