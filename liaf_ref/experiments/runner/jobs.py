"""The runs of a manifest: what is known of each, and one of them in any process."""

import functools
import platform
import threading
import warnings
from collections.abc import Callable, Generator, Hashable, Iterable, Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from threadpoolctl import threadpool_limits

from liaf_ref._core import errors
from liaf_ref._core.atomic import make_folder
from liaf_ref._core.imports import import_plugin
from liaf_ref._core.locks import file_lock
from liaf_ref._core.provenance import describe_mixing, library_versions
from liaf_ref._core.system import tune_malloc
from liaf_ref.experiments.experiment import DataSource
from liaf_ref.experiments.registry import find_experiment
from liaf_ref.experiments.runner.manifest import SWEEP, Manifest
from liaf_ref.experiments.training_run import PROCESS_SECONDS, JobEstimate, RunEstimate, RunFinished
from liaf_ref.training import run_folder
from liaf_ref.training.run_folder import DATA_SHA256, RUN_FILE
from liaf_ref.training.state import EpochDone, Event

T = TypeVar("T")
NEW, STARTED, FINISHED, FAILED = "new", "started", "finished", "failed"
INPUT, DISK = "input", "disk"  # what was wrong, if it was not the training
LOCK_FILE = ".job.lock"  # not that of the output folder
SMALLER = "use a smaller batch size, or fewer workers (--jobs)"  # if memory runs out
OnEvent = Callable[[str, Event], None]
Ended = Generator["Job", None, None]  # jobs that have ended


class Job(NamedTuple):
    """A run of a manifest, and how far it is."""

    name: str  # its folder
    title: str  # the values in which it differs from the other runs
    config: Any  # a configuration; on its way to a worker its fields, which any Python unpickles
    estimate: JobEstimate
    state: str = NEW  # or "started", "finished", "failed"
    result: dict[str, Any] | None = None  # row of the results, if it is finished
    error: str | None = None
    blame: str = ""  # "input" or "disk" if the error is not one of the training
    warning: str | None = None  # the first of its training

    def failed(self, error: object, blame: str = "") -> "Job":
        """The job after an error."""
        return self._replace(state=FAILED, result=None, error=str(error), blame=blame)


class Order(NamedTuple):
    """What the jobs of a command have in common, for any process."""

    experiment: str
    source: dict[str, Any]  # the data source; every process reads the data itself
    out: str  # the folder around those of the jobs
    restart: bool = False  # whether failed jobs start from their first step
    plugins: tuple[str, ...] = ()  # files of the user to import first
    versions: dict[str, str] | None = None  # of the process that sends it


def read_state(
    folder: Path, config: Any, data_sha256: str | None = None
) -> tuple[str, dict[str, Any] | None, str | None]:
    """Read the state of a run, its result and its error; refuse one of other settings or data."""
    # A finished run counts as started if its configuration now has more epochs.
    record = _read_record(folder)
    if not record:
        return NEW, None, None
    recorded, status, result = (record.get(key) for key in ("config", "status", "result"))
    known = recorded if isinstance(recorded, dict) else {}
    expected = config.record() | {DATA_SHA256: data_sha256 or known.get(DATA_SHA256)}
    if changes := run_folder.diff_config(known, expected):
        raise errors.ConfigError(folder, changes)
    if known != expected or status not in (FAILED, FINISHED):
        return STARTED, None, None
    if status == FAILED:
        return FAILED, None, str(record.get("error"))
    if not isinstance(result, dict):
        reason = "expected the result of a finished run (result), got none"
        raise errors.FormatError(folder / RUN_FILE, reason)
    return FINISHED, result, None


def _read_record(folder: Path) -> dict[str, Any]:
    return run_folder.read_run_json(folder) if (folder / RUN_FILE).exists() else {}


def plan_jobs(manifest: Manifest, out: Path | None) -> list[Job]:
    """Plan the runs of a manifest; nothing is written."""
    manifest.source.check_exists()
    folders = {name: out / name for name in manifest.configs} if out else {}
    records = {name: _read_record(folder) for name, folder in folders.items()}
    digests = {manifest.data_key(name): _recorded_sha256(records[name]) for name in records}
    jobs, titles = {}, _titles(manifest.configs)
    for name in grouped(manifest.configs, manifest.data_key):
        config = manifest.configs[name]
        estimate = manifest.experiment.estimate_job(config, manifest.source)
        sha256 = estimate.data_sha256 or digests.get(manifest.data_key(name))
        job = Job(name, titles[name], config, estimate._replace(data_sha256=sha256))
        state, result, error = read_state(folders[name], config, sha256) if out else job[4:7]
        jobs[name] = job._replace(state=state, result=result, error=error)
    versions = [record.get("versions") for record in records.values()]
    mixed = describe_mixing(versions, library_versions())
    if mixed and any(job.state != FINISHED for job in jobs.values()):
        warnings.warn(f"{out}: results may differ in the last bits: {mixed}", stacklevel=2)
    return [jobs[name] for name in manifest.configs]


def _recorded_sha256(record: Mapping[str, Any]) -> str | None:
    config = record.get("config")
    return config.get(DATA_SHA256) if isinstance(config, dict) else None


def grouped(items: Iterable[T], key: Callable[[T], Hashable]) -> list[T]:
    """The items in their order, but those of one key follow the first of it."""
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return [item for group in groups.values() for item in group]


def work_order(manifest: Manifest, jobs: Iterable[Job]) -> list[Job]:
    """Sort jobs: those with the same data follow one another; of a sweep, the longest first."""
    # So the workers end at about the same time, and each loads or simulates data once.
    if manifest.kind == SWEEP:
        jobs = sorted(jobs, key=lambda job: -job.estimate.cost)
    return grouped(jobs, lambda job: manifest.data_key(job.name))


def pending_jobs(manifest: Manifest, jobs: Iterable[Job], restart_failed: bool) -> list[Job]:
    """The unfinished jobs, in the order of work."""
    done = (FINISHED, FAILED) if manifest.kind == SWEEP and not restart_failed else (FINISHED,)
    return work_order(manifest, (job for job in jobs if job.state not in done))


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


def estimate_total(manifest: Manifest, jobs: Iterable[Job], workers: int) -> RunEstimate | None:
    """Estimate the unfinished jobs; None if there are none, or their experiment has no estimate."""
    # The largest job of each kind is measured; the others take time in proportion to their cost.
    pending = sorted((j for j in jobs if j.state != FINISHED), key=lambda job: job.estimate.cost)
    seconds = memory = 0.0
    for kind, largest in {job.estimate.kind: job for job in pending}.items():
        found = manifest.experiment.estimate_run(largest.config, manifest.source)
        if found is None:
            return None
        costs = [job.estimate.cost for job in pending if job.estimate.kind == kind]
        share = sum(costs) / max(costs) if max(costs) else len(costs)
        seconds, memory = seconds + found.seconds * share, max(memory, found.memory_bytes)
    at_once = min(workers, len(pending))
    total = RunEstimate(at_once * PROCESS_SECONDS + seconds, at_once * round(memory))
    return total if pending else None


def run_job(job: Job, order: Order, on_event: OnEvent | None = None) -> Job:
    """Run a job, or continue it, and return how it ended."""
    with _job_lock:
        try:
            _check_same_code(order.versions or library_versions(), library_versions())
            for plugin in order.plugins:
                import_plugin(Path(plugin))
            folder = Path(order.out, job.name)
            make_folder(folder, parents=False)
            with file_lock(folder / LOCK_FILE, blocking=True):
                return _run_or_load(job, order, folder, on_event)
        except errors.LiafError as error:
            wrong = INPUT if errors.is_input_error(error) else ""
            return job.failed(error, DISK if isinstance(error, errors.WriteError) else wrong)
        except MemoryError as error:
            return job.failed(errors.out_of_memory(error, SMALLER))
        except Exception as error:  # noqa: BLE001 - a job that breaks must not stop the others
            return job.failed(f"{type(error).__name__}: {error}")


def as_message(job: Job, order: Order) -> Job:
    """The job with the fields of its configuration, which any Python unpickles."""
    names = find_experiment(order.experiment).config_fields
    return job._replace(config={name: getattr(job.config, name) for name in names})


def run_job_in_worker(job: Job, order: Order) -> Job:
    """Run a job in a worker process, with one BLAS thread."""
    _init_worker()
    return run_job(job, order)


@functools.cache
def _init_worker() -> None:
    threadpool_limits(1)
    tune_malloc()


def _check_same_code(*versions: Mapping[str, str]) -> None:
    """Refuse to mix results of another version, or of an edited copy of this one."""
    ours, theirs = (
        f"Python {v['python'].rpartition('.')[0]} with liaf_ref {v['liaf_ref']}, code {v['code']}"
        for v in versions
    )
    if ours != theirs:
        reason = f"expected {ours}, got {theirs}; install the same code there"
        raise errors.RunError(f"worker on {platform.node()}: {reason}")


def _run_or_load(job: Job, order: Order, folder: Path, on_event: OnEvent | None) -> Job:
    experiment, expected = find_experiment(order.experiment), job.estimate.data_sha256
    sent = isinstance(job.config, dict)
    config = experiment.make_config(job.config) if sent else job.config
    if order.restart and _read_record(folder).get("status") == FAILED:
        run_folder.delete_record(folder)
    done = job._replace(state=FINISHED, error=None)
    if (known := read_state(folder, config)[1]) is not None:
        return done._replace(result=known)
    data = experiment.load_shared(config, DataSource.from_record(order.source, str(folder)))
    if expected not in (None, found := experiment.data_sha256(data)):
        reason = f"expected data with sha256 {expected}, as for the other jobs, got {found}"
        raise errors.DataError(reason)
    warning = None
    # Closing the generator saves a checkpoint of the last step.
    with closing(experiment.run(data, config, folder, resume=True)) as events:
        for event in events:
            if isinstance(event, RunFinished):
                return done._replace(result=event.result, warning=warning)
            if isinstance(event, EpochDone):
                warning = warning or event.warning()
            if on_event:
                on_event(job.name, event)
    raise errors.RunError(f"{folder}: expected a result, got none")


_job_lock = threading.Lock()  # a Dask worker may have several threads
