"""Jobs shared by processes: joblib's on this machine, or those of a Dask cluster."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from typing import Any

from threadpoolctl import threadpool_limits

from liaf_ref.door.values import describe
from liaf_ref.errors import InputError, RunError, SweepError
from liaf_ref.extras import require
from liaf_ref.sweep.worker import LOCK, Job, Outcome, work

KILLED = "its process was killed, by the system perhaps, for want of memory"
EXTRA = "sweep"
SECONDS = 10  # that a Dask scheduler and its workers have to answer


def here(jobs: Iterable[Job], workers: int) -> Iterator[Outcome]:
    """Run jobs on this machine.

    A process that dies takes those beside it along.  Jobs that had begun are therefore run
    again when all others have ended, one by one: whose process then dies is at fault.

    Parameters
    ----------
    jobs : iterable of Job
        In the order in which they are to begin.
    workers : int
        Processes; with one, jobs run in this one.

    Yields
    ------
    Outcome
        As jobs end.

    Raises
    ------
    LiafError
        If joblib is not installed.
    SweepError
        If processes die before they have begun a job.
    """
    with threadpool_limits(1):  # with one worker as with many
        yield from _here(jobs, workers)


def _here(jobs: Iterable[Job], workers: int) -> Iterator[Outcome]:
    waiting, suspects = deque(jobs), []
    while waiting:
        sent: dict[str, Job] = {}
        try:
            for outcome in _parallel(_taken(waiting, sent), workers):
                del sent[outcome.name]
                yield outcome
        except _broken():
            begun = [job for job in sent.values() if (job.folder / LOCK).exists()]
            if not begun:
                raise SweepError("the sweep's processes were killed before they began") from None
            suspects += begun
            waiting.extendleft(reversed([job for job in sent.values() if job not in begun]))
    for job in suspects:
        try:
            yield from _parallel([job], 2)  # with 1 it would be this process
        except _broken():
            yield Outcome(job.name, None, KILLED)


def _taken(waiting: deque[Job], sent: dict[str, Job]) -> Iterator[Job]:
    while waiting:
        job = waiting.popleft()
        sent[job.name] = job
        yield job


def _parallel(jobs: Iterable[Job], workers: int) -> Iterator[Outcome]:
    joblib = require("joblib", EXTRA)
    with joblib.parallel_config("loky", n_jobs=workers, inner_max_num_threads=1):
        parallel = joblib.Parallel(return_as="generator_unordered", batch_size=1)
        yield from parallel(joblib.delayed(work)(job) for job in jobs)


def _broken() -> type[Exception]:
    error: type[Exception] = require(
        "joblib.externals.loky.process_executor", EXTRA
    ).TerminatedWorkerError
    return error


def on_dask(jobs: Iterable[Job], client: Any) -> Iterator[Outcome]:
    """Run jobs on a cluster, whose workers see the same files under the same names.

    A scheduler suspects every job that waits where a worker dies.  Those it has given up are
    run again when all others have ended, one by one.

    Parameters
    ----------
    jobs : iterable of Job
        In the order in which they are to begin.
    client : distributed.Client
        From :func:`connect`.

    Yields
    ------
    Outcome
        As jobs end.

    Raises
    ------
    SweepError
        If the scheduler has gone.
    """
    suspects = yield from _submitted(jobs, client)
    for job in suspects:
        if (yield from _submitted([job], client)):
            yield Outcome(job.name, None, KILLED)


def _submitted(jobs: Iterable[Job], client: Any) -> Generator[Outcome, None, list[Job]]:
    """Outcomes of jobs; returns those that the scheduler gave up."""
    distributed = require("distributed", EXTRA)
    sent = {
        client.submit(work, job, pure=False, priority=-rank): job for rank, job in enumerate(jobs)
    }
    given_up = []
    for future in distributed.as_completed(sent, loop=client.loop):
        job = sent.pop(future)  # and with it the scheduler's memory of it
        try:
            yield future.result()
        except distributed.KilledWorker:
            given_up.append(job)
        except CancelledError:
            raise SweepError("the Dask scheduler has gone, or has cancelled a job") from None
    return given_up


def connect(address: str) -> Any:
    """Reach a Dask scheduler.

    Parameters
    ----------
    address : str
        Such as ``tcp://127.0.0.1:8786``.

    Returns
    -------
    distributed.Client
        To be closed by whoever asked for it.

    Raises
    ------
    InputError
        If it is no address, or nobody answers there.
    RunError
        If it has no workers.
    LiafError
        If Dask is not installed.
    """
    wanted = "expected the address of a Dask scheduler"
    if not isinstance(address, str):
        raise InputError.of("dask", "a sweep", f"{wanted}, got {describe(address)}")
    distributed = require("distributed", EXTRA)
    try:
        require("distributed.comm.addressing", EXTRA).get_address_host_port(address)
        client = distributed.Client(address, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError.of("dask", "a sweep", f"{wanted}, got {address!r}: {error}") from error
    try:
        client.wait_for_workers(1, timeout=SECONDS)
    except TimeoutError as error:
        client.close()
        raise RunError(f"{address}: the scheduler has no workers") from error
    return client
