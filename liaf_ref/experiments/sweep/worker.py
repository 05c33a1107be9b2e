"""One job in a process that works for a sweep; whatever goes wrong with it is its outcome."""

import functools
import os
import shutil
import threading
from pathlib import Path
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from liaf_ref._core.atomic import make_folder
from liaf_ref._core.errors import DataError, LiafError, RunError, WriteError
from liaf_ref._core.locks import LOCK_FILE, file_lock
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.last_value_cache import LastValueCache
from liaf_ref.experiments.registry import Experiment
from liaf_ref.experiments.runner import RunFinished
from liaf_ref.fast.memory_layout import tune_malloc
from liaf_ref.training.run_folder import RunFolder


class Job(NamedTuple):
    """What a worker is sent: a few hundred bytes, and no data.

    Attributes
    ----------
    name : str
        From :func:`liaf_ref.experiments.sweep.spec.name_of`.
    experiment : Experiment
        What is run,
    config : object
        and as what.
    source : DataSource
        Where its data are; every process reads them for itself.
    folder : Path
        Where its record is, or will be.
    parent_pid : int or None
        The process of the sweep, without which the job is to stop; None if that is on
        another machine.
    data_sha256 : str or None
        Hash of the data that the sweep is about; None if that is not known beforehand.
    restart : bool
        Whether to begin from the start what has failed.
    """

    name: str
    experiment: Experiment
    config: Any
    source: DataSource
    folder: Path
    parent_pid: int | None
    data_sha256: str | None
    restart: bool


class JobResult(NamedTuple):
    """How a job ended: with its row of the results, or with what went wrong.

    Attributes
    ----------
    name : str
        The job's.
    result : dict or None
        Its row.
    error : str or None
        What went wrong.
    is_write_error : bool
        Whether that is a full disk, or a folder that is read-only or gone: it would meet the
        other jobs too.
    """

    name: str
    result: dict[str, Any] | None
    error: str | None
    is_write_error: bool = False


def run_job(job: Job) -> JobResult:
    """Run a job, or go on with it, and say how it ended."""
    with _job_lock:
        _init_worker(job.parent_pid)
        try:
            make_folder(job.folder, parents=False)  # the sweep has made those around it
            with file_lock(job.folder / LOCK_FILE, blocking=True):
                return JobResult(job.name, _run_or_load(job), None)
        except LiafError as error:
            return JobResult(job.name, None, str(error), isinstance(error, WriteError))
        except Exception as error:  # noqa: BLE001 - a job that breaks must not stop the others
            return JobResult(job.name, None, f"{type(error).__name__}: {error}")


def read_job_record(folder: Path) -> dict[str, Any] | None:
    """Read run.json of a job; None if it has not begun."""
    return RunFolder(folder, {}).read_run_json() if (folder / "run.json").exists() else None


def _run_or_load(job: Job) -> dict[str, Any]:
    record = read_job_record(job.folder) or {}
    if record.get("status") == "failed" and job.restart:
        _delete_record(job.folder)
    elif record.get("status") == "finished":
        result: dict[str, Any] = record["result"]
        return result
    data = _load_data(job)
    job.experiment.check(data, job.config, job.folder)
    for event in job.experiment.run(data, job.config, job.folder, job.source):
        if isinstance(event, RunFinished):
            return event.result
        if job.parent_pid not in (None, os.getpid(), os.getppid()):
            os._exit(1)  # the sweep was killed; every file is whole, and another goes on from it
    raise RunError(f"{job.folder}: expected a result, got none")


def _delete_record(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != LOCK_FILE:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


_job_lock = threading.Lock()  # of a Dask worker with several threads too
_data_cache = LastValueCache()


def _load_data(job: Job) -> Any:
    """The data of a job, those of the job before if they are the same."""
    experiment = job.experiment
    key = experiment.name, job.source, experiment.data_key(job.config, job.source)
    data = _data_cache.get(key, functools.partial(experiment.load, job.config, job.source))
    found, expected = experiment.data_sha256(data), job.data_sha256
    if expected not in (None, found):
        raise DataError(
            f"{job.source.folder}: expected the data of the sweep's other jobs, sha256 {expected}, "
            f"got {found}"
        )
    return data


@functools.cache
def _init_worker(parent_pid: int | None) -> None:
    """Make a worker ready, once: one BLAS thread, memory kept."""
    if parent_pid == os.getpid():
        return
    threadpool_limits(1)
    tune_malloc()
