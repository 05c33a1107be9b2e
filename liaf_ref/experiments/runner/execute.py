"""Run jobs in this process, in local worker processes, or on a Dask cluster."""

import contextlib
import logging
import platform
import queue
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

import liaf_ref
from liaf_ref._core.errors import InputError, RunError, SweepError
from liaf_ref._core.optional import import_optional_dependency
from liaf_ref._core.safe_load import read_json_object
from liaf_ref._core.system import block_sigint_in_children
from liaf_ref._core.validation.scalars import describe_value
from liaf_ref.experiments.runner.job import Job, JobResult, OnEvent, run_job, run_job_in_worker

EXTRA = "sweep"  # the extra of this package that installs Dask
CONNECT_SECONDS = 10.0  # to wait for a scheduler and its workers
POLL_SECONDS = 2.0  # between two checks for lost workers
NOTICE_SECONDS = 10.0  # without workers before a notice
WORKER_TIMEOUT_SECONDS = 300.0  # without workers before the sweep is stopped
KILLED_MESSAGE = "its worker process was killed, possibly because the system ran out of memory"
Notify = Callable[[str], None]


class Executor(NamedTuple):
    """A function that runs jobs, and the number of its workers."""

    run: Callable[[list[Job]], Generator[JobResult, None, None]]
    workers: int


@contextlib.contextmanager
def open_executor(
    workers: int, dask: str | None, on_event: OnEvent | None, notify: Notify
) -> Iterator[Executor]:
    """Open an executor: this process, local worker processes, or a Dask cluster."""
    if dask is not None:
        with contextlib.closing(connect(dask, notify)) as client:
            yield Executor(lambda jobs: run_on_dask(jobs, client, notify), len(client.nthreads()))
    elif workers == 1:
        yield Executor(lambda jobs: _run_here(jobs, on_event), 1)
    else:
        yield Executor(lambda jobs: _run_in_processes(jobs, workers, notify), workers)


def _run_here(jobs: Iterable[Job], on_event: OnEvent | None) -> Generator[JobResult, None, None]:
    with threadpool_limits(1):  # as in a worker process
        for job in jobs:
            yield run_job(job, on_event)


def _run_in_processes(
    jobs: list[Job], workers: int, notify: Notify
) -> Generator[JobResult, None, None]:
    if jobs:
        with local_cluster(min(workers, len(jobs))) as client:
            yield from run_on_dask(jobs, client, notify)


@contextlib.contextmanager
def local_cluster(workers: int) -> Iterator[Any]:
    """Start worker processes of one thread each; they end with this process."""
    distributed = import_optional_dependency("distributed", EXTRA)
    silent = logging.CRITICAL + 1
    with tempfile.TemporaryDirectory(prefix="liaf-ref-") as scratch:
        with block_sigint_in_children():
            cluster = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # of its HTTP server
                memory_limit=0,
                local_directory=scratch,
                silence_logs=silent,
            )
        with cluster, distributed.Client(cluster, set_as_default=False) as client:
            logging.getLogger("distributed").setLevel(silent)
            yield client


def connect(address: str, notify: Notify) -> Any:
    """Connect to a Dask scheduler by address or scheduler file; check the workers' versions."""
    expected = "expected the address of a Dask scheduler, or its scheduler file"
    if not isinstance(address, str):
        reason = f"{expected}, got {describe_value(address)}"
        raise InputError.for_argument("dask", "a sweep", reason)
    distributed = import_optional_dependency("distributed", EXTRA)
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # errors are raised here
    try:
        target = _check_address(address)
        client = distributed.Client(target, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        reason = f"{expected}, got {address!r}: {error}"
        raise InputError.for_argument("dask", "a sweep", reason) from error
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        _check_versions(client, address, notify)
    except TimeoutError as error:
        client.close()
        raise RunError(f"{address}: the scheduler has no workers; start some first") from error
    except RunError:
        client.close()
        raise
    return client


def _check_address(address: str) -> str:
    """Read a scheduler file; raise ValueError for an invalid address."""
    # Checked here because a client with an invalid address fails only after 20 s, with log output.
    distributed = import_optional_dependency("distributed", EXTRA)
    if address.endswith(".json"):
        if not Path(address).is_file():
            raise ValueError("no such file")
        address = str(read_json_object(Path(address)).get("address"))
    addressing = import_optional_dependency("distributed.comm.addressing", EXTRA)
    addressing.get_address_host_port(address)
    security, is_tls = distributed.Security().get_connection_args("client"), "tls://" in address
    if is_tls and security["ssl_context"] is None:
        names = ("CA_FILE", "CLIENT__CERT", "CLIENT__KEY")
        variables = ", ".join(f"DASK_DISTRIBUTED__COMM__TLS__{name}" for name in names)
        raise ValueError(f"expected certificates in Dask's configuration ({variables}), got none")
    if security["require_encryption"] and not is_tls:
        raise ValueError("expected tls://, as Dask's configuration requires encryption")
    return address


def _check_versions(client: Any, address: str, notify: Notify) -> None:
    """Refuse workers with another Python or liaf_ref; notify about another NumPy."""
    found = client.get_versions(check=False, packages=["liaf_ref"])["workers"]
    own = {"python": platform.python_version(), "liaf_ref": liaf_ref.__version__}
    for worker, versions in found.items():
        packages = versions["packages"] | {"python": versions["host"]["python"]}
        theirs = str(packages["python"]).split(".")[:2]
        if packages.get("liaf_ref") is None:
            raise RunError(
                f"{address}: liaf_ref is not installed on worker {worker}; install it there"
            )
        if theirs != own["python"].split(".")[:2] or packages["liaf_ref"] != own["liaf_ref"]:
            actual = f"Python {packages['python']} with liaf_ref {packages['liaf_ref']}"
            raise RunError(
                f"{address}: expected Python {own['python']} with liaf_ref {own['liaf_ref']}, "
                f"got {actual} on worker {worker}"
            )
        if packages.get("numpy") not in (None, np.__version__):
            notify(
                f"NumPy is {packages['numpy']} on worker {worker} and {np.__version__} here: "
                "results may differ in the last bits"
            )


def run_on_dask(
    jobs: Iterable[Job], client: Any, notify: Notify = print
) -> Generator[JobResult, None, None]:
    """Run jobs on Dask workers, which must see the same files under the same paths."""
    # When a worker dies, the scheduler suspects all jobs that were waiting there, and gives up a
    # job that was suspected too often. Such jobs are run again at the end, one by one.
    suspects = yield from _submit_and_wait(jobs, client, notify)
    for job in suspects:
        if (yield from _submit_and_wait([job], client, notify)):
            yield JobResult(job.name, None, KILLED_MESSAGE)


def _submit_and_wait(
    jobs: Iterable[Job], client: Any, notify: Notify
) -> Generator[JobResult, None, list[Job]]:
    """Yield results of jobs; return those that the scheduler gave up."""
    distributed = import_optional_dependency("distributed", EXTRA)
    done: queue.SimpleQueue[Any] = queue.SimpleQueue()
    sent = {}
    for rank, job in enumerate(jobs):
        future = client.submit(run_job_in_worker, job, pure=False, priority=-rank)
        sent[future.key] = future, job
        future.add_done_callback(done.put)
    given_up = []
    watch = _WorkerWatch(client, notify)
    while sent:
        watch.check()
        try:
            key = done.get(timeout=POLL_SECONDS).key
        except queue.Empty:
            continue
        if key not in sent:  # reported twice
            continue
        future, job = sent[key]
        try:
            result = future.result(timeout=POLL_SECONDS)
        except TimeoutError:  # its worker died with the result; the scheduler runs the job again
            done.put(future)
            continue
        except distributed.KilledWorker:
            given_up.append(job)
            result = None
        except Exception as error:
            if future.status != "error":
                reason = "lost the connection to the Dask scheduler, or it cancelled a job"
                raise SweepError(reason) from error
            result = JobResult(job.name, None, f"worker: {error}")
        del sent[key], future  # and with them the scheduler's memory of it
        if result is not None:
            yield result
    return given_up


class _WorkerWatch:
    """Restarts local workers, notifies when there are none, and stops the sweep after a timeout."""

    def __init__(self, client: Any, notify: Notify) -> None:
        self.client, self.notify = client, notify
        self.last_check = time.monotonic()
        self.missing_since: float | None = None
        self.next_notice = NOTICE_SECONDS

    def check(self) -> None:
        """Check, at intervals, that the scheduler has workers."""
        now = time.monotonic()
        if now < self.last_check + POLL_SECONDS:
            return
        self.last_check = now
        try:
            workers = self.client.nthreads()
        except (OSError, TimeoutError) as error:
            raise SweepError("lost the connection to the Dask scheduler") from error
        if (
            local := self.client.cluster
        ) is not None:  # it stops replacing workers that start slowly
            local.scale(len(local.worker_spec))
        if workers:
            self.missing_since, self.next_notice = None, NOTICE_SECONDS
            return
        self.missing_since = now if self.missing_since is None else self.missing_since
        missing = now - self.missing_since
        if missing >= WORKER_TIMEOUT_SECONDS:
            raise SweepError(f"the scheduler has had no workers for {missing:.0f} s")
        if missing >= self.next_notice:
            self.notify(f"no workers for {missing:.0f} s; waiting for new ones")
            self.next_notice *= 2
