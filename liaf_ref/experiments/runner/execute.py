"""Run jobs in this process, in local worker processes, or on a Dask cluster."""

import contextlib
import logging
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from liaf_ref._core.errors import InputError, RunError, SweepError
from liaf_ref._core.imports import import_optional_dependency
from liaf_ref._core.safe_load import read_json_object
from liaf_ref._core.system import block_sigint_in_children
from liaf_ref.experiments.runner.jobs import (
    Ended,
    Job,
    OnEvent,
    Order,
    as_message,
    run_job,
    run_job_in_worker,
)

EXTRA = "sweep"  # the extra of this package that installs Dask
POLL_SECONDS, CHECK_SECONDS = 0.05, 2.0  # between two looks for a result, and for workers
WORKERS_SECONDS = 300.0  # to wait for new workers when all have gone
KILLED_MESSAGE = "its worker process was killed, possibly because the system ran out of memory"
Notify = Callable[[str], None]


# Runs jobs; events come of one worker alone.
Run = Callable[[list[Job], Order, OnEvent], Ended]


@contextlib.contextmanager
def open_executor(workers: int, dask: str | None, notify: Notify) -> Iterator[tuple[Run, int]]:
    """Yield what runs jobs, and its workers: this process, local processes, or a Dask cluster."""
    if dask is not None:
        with connect(dask) as client:
            threads = len(client.nthreads())
            yield lambda jobs, order, _: run_on_dask(jobs, order, client, notify), threads
    elif workers == 1:
        yield _run_here, 1
    else:
        yield lambda jobs, order, _: _run_in_processes(jobs, order, workers, notify), workers


def _run_here(jobs: Iterable[Job], order: Order, on_event: OnEvent) -> Ended:
    with threadpool_limits(1):  # as in a worker process
        for job in jobs:
            yield run_job(job, order, on_event)


def _run_in_processes(jobs: list[Job], order: Order, workers: int, notify: Notify) -> Ended:
    if jobs:
        with local_cluster(min(workers, len(jobs))) as client:
            yield from run_on_dask(jobs, order, client, notify)


@contextlib.contextmanager
def local_cluster(workers: int) -> Iterator[Any]:
    """Start worker processes of one thread each; they end with this process."""
    distributed = import_optional_dependency("distributed", EXTRA)
    dask = import_optional_dependency("dask", EXTRA)
    import_optional_dependency("cryptography", EXTRA)  # by which Dask makes certificates
    silent = logging.CRITICAL + 1
    # Whoever can talk to a scheduler can run code: only holders of this cluster's certificate may,
    # and its HTTP servers have no pages.
    settings: dict[str, Any] = {
        "distributed.scheduler.allowed-failures": 0,  # run_on_dask tries them again
        "distributed.deploy.lost-worker-timeout": WORKERS_SECONDS,
    } | {f"distributed.{who}.http.routes": [] for who in ("scheduler", "worker", "nanny")}
    with dask.config.set(settings), block_sigint_in_children():
        try:
            # With fewer files than a cluster opens, workers may start and then wait for ever.
            with Path(os.devnull).open("rb") as null, contextlib.ExitStack() as files:
                for _ in range(20 + 11 * workers):
                    files.callback(os.close, os.dup(null.fileno()))
            cluster = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                security=True,
                dashboard_address=None,
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # of its HTTP server
                memory_limit=0,
                silence_logs=silent,
            )
        except (OSError, RuntimeError) as error:
            reason = f"{workers} worker processes cannot be started: {error.__cause__ or error}"
            advice = "use fewer (--jobs), or raise the limit (ulimit -n)"
            raise RunError(f"{reason}; {advice}") from error
    with cluster, distributed.Client(cluster, set_as_default=False) as client:
        logging.getLogger("distributed").setLevel(silent)
        # The cluster reads its timeout when it loses a worker; after that, it kills the one that
        # starts in its place, whatever job that has.
        with dask.config.set(settings):
            yield client


@contextlib.contextmanager
def connect(address: str, seconds: float = 10.0) -> Iterator[Any]:
    """Connect to a Dask scheduler by address or scheduler file."""
    distributed = import_optional_dependency("distributed", EXTRA)
    addressing = import_optional_dependency("distributed.comm.addressing", EXTRA)
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # errors are raised here
    try:
        named = read_json_object(Path(address)) if address.endswith(".json") else {}
        target = str(named.get("address", address))
        addressing.get_address_host_port(target)  # as the client would try for 20 s
        client = distributed.Client(target, timeout=seconds, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        reason = "expected the address of a Dask scheduler, or its scheduler file"
        reason += f", got {address!r}: {error}"
        raise InputError.for_argument("dask", "a sweep", reason) from error
    with contextlib.closing(client):
        try:
            client.wait_for_workers(1, timeout=seconds)
        except TimeoutError as error:
            raise RunError(f"{address}: the scheduler has no workers; start some first") from error
        yield client


def run_on_dask(jobs: Iterable[Job], order: Order, client: Any, notify: Notify = print) -> Ended:
    """Run jobs on Dask workers, which must see the same files under the same paths."""
    # When a worker dies, the scheduler suspects all jobs that were waiting there, and gives up a
    # job that was suspected too often. Such jobs are run again at the end, one by one.
    suspects = yield from _submit_and_wait(jobs, order, client, notify)
    for job in suspects:
        if (yield from _submit_and_wait([job], order, client, notify)):
            yield job.failed(KILLED_MESSAGE)


def _submit_and_wait(
    jobs: Iterable[Job], order: Order, client: Any, notify: Notify
) -> Generator[Job, None, list[Job]]:
    """Yield results of jobs; return those that the scheduler gave up."""
    distributed = import_optional_dependency("distributed", EXTRA)
    sent = {
        client.submit(
            run_job_in_worker, as_message(job, order), order, pure=False, priority=-rank
        ): job
        for rank, job in enumerate(jobs)
    }
    given_up, ended = [], distributed.as_completed(sent, loop=client.loop)
    last_check = time.monotonic()
    while not ended.is_empty():
        if time.monotonic() > last_check + CHECK_SECONDS:
            _wait_for_workers(client, notify)
            last_check = time.monotonic()
        if not ended.has_ready():
            time.sleep(POLL_SECONDS)
            continue
        future = next(ended)
        job = sent.pop(future)
        try:
            yield future.result()._replace(config=job.config)
        except distributed.KilledWorker:
            given_up.append(job)
        except Exception as error:
            if future.status != "error":
                reason = "lost the connection to the Dask scheduler, or it cancelled a job"
                raise SweepError(reason) from error
            yield job.failed(f"worker: {error}")
    return given_up


def _wait_for_workers(client: Any, notify: Notify) -> None:
    """Wait until the scheduler has workers; stop the sweep if none comes."""
    try:
        if not client.nthreads():
            notify("no workers; waiting for new ones")
            client.wait_for_workers(1, timeout=WORKERS_SECONDS)
    except TimeoutError as error:
        raise SweepError(f"the scheduler has had no workers for {WORKERS_SECONDS:g} s") from error
    except OSError as error:
        raise SweepError("lost the connection to the Dask scheduler") from error
