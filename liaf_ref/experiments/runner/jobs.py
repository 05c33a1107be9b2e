"""The runs of a manifest: their state and estimate, and one of them in any process."""

import functools
import platform
import threading
import warnings
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from threadpoolctl import threadpool_limits

from liaf_ref._core.atomic import make_folder
from liaf_ref._core.errors import (
    ConfigError,
    DataError,
    FormatError,
    LiafError,
    RunError,
    WriteError,
    is_input_error,
    out_of_memory,
)
from liaf_ref._core.imports import import_plugin
from liaf_ref._core.locks import file_lock
from liaf_ref._core.provenance import describe_mixing, library_versions
from liaf_ref._core.system import tune_malloc
from liaf_ref.experiments.experiment import DataSource
from liaf_ref.experiments.registry import find_experiment
from liaf_ref.experiments.run_estimate import PROCESS_SECONDS, JobEstimate, RunEstimate
from liaf_ref.experiments.runner.manifest import SWEEP, Manifest
from liaf_ref.experiments.training_run import RunFinished
from liaf_ref.training.run_folder import (
    DATA_SHA256,
    RUN_FILE,
    delete_record,
    diff_config,
    read_run_json,
)
from liaf_ref.training.state import EpochDone, Event

T = TypeVar("T")
NEW, STARTED, FINISHED, FAILED = "new", "started", "finished", "failed"
LOCK_FILE = ".job.lock"  # not that of the output folder
SMALLER = "use a smaller batch size, or fewer workers (--jobs)"  # if memory runs out
OnEvent = Callable[[str, Event], None]


class RunState(NamedTuple):
    """How far a run is, by its run.json."""

    state: str = NEW  # "new", "started", "finished" or "failed"
    result: dict[str, Any] | None = None  # row of the results, if it is finished
    error: str | None = None


def read_state(folder: Path, config: Any, data_sha256: str | None = None) -> RunState:
    """Read the state of a run; refuse a run of another configuration or of other data."""
    # A finished run counts as started if its configuration now has more epochs.
    record = _read_record(folder)
    if record is None:
        return RunState()
    recorded, status, result = (record.get(key) for key in ("config", "status", "result"))
    if not isinstance(recorded, dict):
        reason = "expected the configuration of a run (config), got none"
        raise FormatError(folder / RUN_FILE, reason)
    expected = config.record() | {DATA_SHA256: data_sha256 or recorded.get(DATA_SHA256)}
    if changes := diff_config(recorded, expected):
        raise ConfigError(folder, changes)
    if recorded != expected or status not in (FAILED, FINISHED):
        return RunState(STARTED)
    if status == FAILED:
        return RunState(FAILED, None, str(record.get("error")))
    if not isinstance(result, dict):
        reason = "expected the result of a finished run (result), got none"
        raise FormatError(folder / RUN_FILE, reason)
    return RunState(FINISHED, result)


def _read_record(folder: Path) -> dict[str, Any] | None:
    return read_run_json(folder) if (folder / RUN_FILE).exists() else None


class PlannedJob(NamedTuple):
    """A run of a manifest, its estimate and its state."""

    name: str  # its folder
    title: str  # the values in which it differs from the other runs
    config: Any
    estimate: JobEstimate
    state: str
    result: dict[str, Any] | None
    error: str | None


def plan_jobs(manifest: Manifest, out: Path | None) -> list[PlannedJob]:
    """Plan the runs of a manifest; nothing is written."""
    manifest.source.check_exists()
    folders = {name: (out or Path()) / name for name in manifest.configs}
    records = {name: _read_record(folder) for name, folder in folders.items()} if out else {}
    digests = {manifest.data_key(name): _recorded_sha256(records[name]) for name in records}
    jobs, titles = {}, _titles(manifest.configs)
    for name in grouped(manifest.configs, manifest.data_key):
        config = manifest.configs[name]
        estimate = manifest.experiment.estimate_job(config, manifest.source)
        sha256 = estimate.data_sha256 or digests.get(manifest.data_key(name))
        state = read_state(folders[name], config, sha256) if out else RunState()
        estimate = estimate._replace(data_sha256=sha256)
        jobs[name] = PlannedJob(name, titles[name], config, estimate, *state)
    versions = [record.get("versions") for record in records.values() if record]
    mixed = describe_mixing(versions, library_versions())
    if mixed and any(job.state != FINISHED for job in jobs.values()):
        warnings.warn(f"{out}: results may differ in the last bits: {mixed}", stacklevel=2)
    return [jobs[name] for name in manifest.configs]


def _recorded_sha256(record: dict[str, Any] | None) -> str | None:
    config = (record or {}).get("config")
    return config.get(DATA_SHA256) if isinstance(config, dict) else None


def grouped(items: Iterable[T], key: Callable[[T], Hashable]) -> list[T]:
    """The items in their order, but those of one key follow the first of it."""
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return [item for group in groups.values() for item in group]


def work_order(manifest: Manifest, jobs: Iterable[PlannedJob]) -> list[PlannedJob]:
    """Sort jobs: those with the same data follow one another; of a sweep, the longest first."""
    # So the workers end at about the same time, and each loads or simulates data once.
    if manifest.kind == SWEEP:
        jobs = sorted(jobs, key=lambda job: -job.estimate.cost)
    return grouped(jobs, lambda job: manifest.data_key(job.name))


def _titles(configs: Mapping[str, Any]) -> dict[str, str]:
    """Title of each job: the given values that differ between jobs, or its folder's name."""
    values = {name: asdict(config) for name, config in configs.items()}
    first, *others = values.values()
    fields = [field for field in first if any(other[field] != first[field] for other in others)]
    return {
        name: " ".join(f"{field}={own[field]}" for field in fields if own[field] is not None)
        or Path(name).name
        for name, own in values.items()
    }


def estimate_total(
    manifest: Manifest, jobs: Iterable[PlannedJob], workers: int
) -> RunEstimate | None:
    """Estimate the unfinished jobs; None if there are none, or their experiment has no estimate."""
    # The largest job of each kind is measured; the others take time in proportion to their cost.
    pending = sorted((j for j in jobs if j.state != FINISHED), key=lambda job: job.estimate.cost)
    largest = {job.estimate.kind: job for job in pending}
    measured = {}
    for kind, job in largest.items():
        estimate = manifest.experiment.estimate_run(job.config, manifest.source)
        if estimate is None:
            return None
        measured[kind] = estimate
    if not measured:
        return None
    at_once = min(workers, len(pending))
    seconds = at_once * PROCESS_SECONDS
    for job in pending:
        cost = largest[job.estimate.kind].estimate.cost
        seconds += measured[job.estimate.kind].seconds * (job.estimate.cost / cost if cost else 1)
    memory = at_once * max(estimate.memory_bytes for estimate in measured.values())
    return RunEstimate(seconds, memory)


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


@functools.cache
def _init_worker() -> None:
    threadpool_limits(1)
    tune_malloc()


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


def _run_or_load(job: Job, folder: Path, on_event: OnEvent | None) -> JobResult:
    experiment = find_experiment(job.experiment)
    sent = isinstance(job.config, dict)
    config = experiment.make_config(job.config) if sent else job.config
    if job.restart and (_read_record(folder) or {}).get("status") == FAILED:
        delete_record(folder)
    if (known := read_state(folder, config).result) is not None:
        return JobResult(job.name, known, None)
    data = experiment.load_shared(config, DataSource.from_record(job.source, folder))
    found = experiment.data_sha256(data)
    if job.data_sha256 not in (None, found):
        raise DataError(
            f"expected data with sha256 {job.data_sha256}, as for the other jobs, got {found}"
        )
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
