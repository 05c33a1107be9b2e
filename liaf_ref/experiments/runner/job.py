"""One job: a run and its folder, executed in any process."""

import functools
import json
import platform
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from liaf_ref._core.atomic import make_folder
from liaf_ref._core.errors import (
    DataError,
    LiafError,
    RunError,
    WriteError,
    is_input_error,
    out_of_memory,
)
from liaf_ref._core.imports import import_plugin
from liaf_ref._core.locks import file_lock
from liaf_ref._core.provenance import library_versions
from liaf_ref._core.system import tune_malloc
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.registry import find_experiment
from liaf_ref.experiments.training_run import RunFinished
from liaf_ref.training.run_folder import DATA_SHA256, RUN_FILE, delete_record, read_run_json
from liaf_ref.training.state import EpochDone, Event

LOCK_FILE = ".job.lock"  # not that of the output folder
SMALLER = "use a smaller batch size, or fewer workers (--jobs)"  # if memory runs out
OnEvent = Callable[[str, Event], None]


class Job(NamedTuple):
    """A run; as a message to a worker it has numbers and strings, which any Python unpickles."""

    name: str
    experiment: str
    config: Any  # a configuration; its fields in a message
    source: dict[str, Any]  # the data source; every process reads the data itself
    folder: str  # folder of the record
    data_sha256: str | None = None  # hash of the data, if it is known
    restart: bool = False  # whether a failed job starts from its first step
    plugins: tuple[str, ...] = ()  # files of the user to import first
    versions: dict[str, str] | None = None  # of the process that sends it

    def to_message(self) -> "Job":
        """The job for a worker."""
        if isinstance(self.config, dict):
            return self
        names = find_experiment(self.experiment).config_fields
        return self._replace(config={name: getattr(self.config, name) for name in names})


class JobResult(NamedTuple):
    """Outcome of a job: its row of the results, or an error."""

    name: str
    result: dict[str, Any] | None
    error: str | None
    is_write_error: bool = False  # other jobs would fail the same way
    is_input_error: bool = False  # a file or an option was wrong, not the training
    warning: str | None = None  # the first of its training


def run_job(job: Job, on_event: OnEvent | None = None) -> JobResult:
    """Run a job, or continue it, and return how it ended."""
    with _job_lock:
        try:
            check_same_code(job.versions, library_versions(), f"worker on {platform.node()}")
            for plugin in job.plugins:
                import_plugin(Path(plugin))
            folder = Path(job.folder)
            if not folder.parent.exists():
                raise WriteError(
                    f"{folder.parent}: the folder was deleted during the run; its files are lost"
                )
            make_folder(folder, parents=False)
            with file_lock(folder / LOCK_FILE, blocking=True):
                return _run_or_load(job, folder, on_event)
        except LiafError as error:
            return JobResult(
                job.name, None, str(error), isinstance(error, WriteError), is_input_error(error)
            )
        except MemoryError as error:
            return JobResult(job.name, None, out_of_memory(error, SMALLER))
        except Exception as error:  # noqa: BLE001 - a job that breaks must not stop the others
            return JobResult(job.name, None, f"{type(error).__name__}: {error}")


def run_job_in_worker(job: Job) -> JobResult:
    """Run a job in a worker process, with one BLAS thread."""
    _init_worker()
    return run_job(job)


def check_same_code(
    expected: Mapping[str, str] | None, found: Mapping[str, str], where: str
) -> None:
    """Refuse to mix results of another version, or of an edited copy of this one."""
    ours, theirs = _describe_code(expected or found), _describe_code(found)
    if ours != theirs:
        raise RunError(f"{where}: expected {ours}, got {theirs}; install the same code there")


def _describe_code(versions: Mapping[str, str]) -> str:
    python = versions["python"].rpartition(".")[0]
    return f"Python {python} with liaf_ref {versions['liaf_ref']}, code {versions['code']}"


def as_recorded(config: Any) -> dict[str, Any]:
    """Return a configuration as it is read back from run.json."""
    record: dict[str, Any] = json.loads(json.dumps(config.record()))
    return record


def finished_result(record: Mapping[str, Any], config: Any) -> dict[str, Any] | None:
    """Return the row of a run that has finished with this configuration."""
    recorded, result = record.get("config"), record.get("result")
    if record.get("status") != "finished" or not isinstance(recorded, dict):
        return None
    expected = as_recorded(config) | {DATA_SHA256: recorded.get(DATA_SHA256)}
    return result if isinstance(result, dict) and recorded == expected else None


def _run_or_load(job: Job, folder: Path, on_event: OnEvent | None) -> JobResult:
    record = read_run_json(folder) if (folder / RUN_FILE).exists() else {}
    experiment = find_experiment(job.experiment)
    sent = isinstance(job.config, dict)
    config = experiment.make_config(job.config) if sent else job.config
    if record.get("status") == "failed" and job.restart:
        delete_record(folder)
    elif (result := finished_result(record, config)) is not None:
        return JobResult(job.name, result, None)
    data = experiment.load_shared(config, DataSource.from_record(job.source, folder))
    found = experiment.data_sha256(data)
    if job.data_sha256 not in (None, found):
        raise DataError(
            f"expected data with sha256 {job.data_sha256}, as for the other jobs, got {found}"
        )
    experiment.check(data, config, folder, resume=True)
    warning = None
    # Closing the generator saves a checkpoint of the last step.
    with closing(experiment.run(data, config, folder, resume=True)) as events:
        for event in events:
            if isinstance(event, RunFinished):
                return JobResult(job.name, event.result, None, warning=warning)
            if isinstance(event, EpochDone):
                warning = warning or event.warning()
            if on_event:
                on_event(job.name, event)
    raise RunError(f"{job.folder}: expected a result, got none")


_job_lock = threading.Lock()  # a Dask worker may have several threads


@functools.cache
def _init_worker() -> None:
    threadpool_limits(1)
    tune_malloc()
