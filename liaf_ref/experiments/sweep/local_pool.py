"""Jobs shared by processes of this machine."""

import contextlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import NamedTuple

from threadpoolctl import threadpool_limits

from liaf_ref._core.errors import SweepError
from liaf_ref._core.locks import LOCK_FILE, lock_owner
from liaf_ref.experiments.sweep.worker import Job, JobResult, run_job
from liaf_ref.experiments.sweep.worker_process import (
    WorkerDiedError,
    WorkerProcess,
    join_feeder_threads,
)

KILLED_MESSAGE = "its worker process was killed, possibly because the system ran out of memory"
MAX_DEATHS_IN_JOB = 3  # processes that may die at a job, until that is taken for its own doing
MAX_DEATHS_BEFORE_JOB = 10  # that may die before it has begun
POLL_SECONDS = 2.0  # between two looks at processes from which nothing is heard


def run_local(jobs: Iterable[Job], workers: int) -> Generator[JobResult, None, None]:
    """Run jobs on this machine.

    Every process has a pool of its own, so that one that dies takes none along, and what it
    was at is known.  Its job goes on in another process.
    """
    with threadpool_limits(1):  # with one worker as with many
        if workers == 1:
            yield from map(run_job, jobs)
        else:
            yield from _run_in_processes(deque(jobs), workers)


class DeathCount(NamedTuple):
    """Processes that died with a job: before they had begun it, and after."""

    before_job: int
    in_job: int

    def add(self, job: Job, pid: int) -> "DeathCount":
        """Count the death of a process."""
        owner = lock_owner(job.folder / LOCK_FILE)
        if owner is not None and owner.pid == pid:
            return self._replace(in_job=self.in_job + 1)
        if self.before_job + 1 == MAX_DEATHS_BEFORE_JOB:
            raise SweepError("worker processes were killed before they started a job")
        return self._replace(before_job=self.before_job + 1)


def _run_in_processes(waiting: deque[Job], workers: int) -> Iterator[JobResult]:
    with join_feeder_threads(), contextlib.ExitStack() as stack:
        idle = [stack.enter_context(WorkerProcess()) for _ in range(min(workers, len(waiting)))]
        busy: dict[Future[JobResult], tuple[WorkerProcess, Job]] = {}
        deaths: dict[str, DeathCount] = {}
        while waiting or busy:
            while waiting and idle:
                process, job = idle.pop(), waiting.popleft()
                busy[process.submit(run_job, job)] = process, job
            for future in _wait_for_first(busy):
                process, job = busy.pop(future)
                idle.append(process)
                try:
                    yield process.result(future)
                except WorkerDiedError as death:
                    deaths[job.name] = deaths.get(job.name, DeathCount(0, 0)).add(job, death.pid)
                    if deaths[job.name].in_job == MAX_DEATHS_IN_JOB:
                        yield JobResult(job.name, None, KILLED_MESSAGE)
                    else:
                        waiting.appendleft(job)


def _wait_for_first(
    busy: dict[Future[JobResult], tuple[WorkerProcess, Job]],
) -> set[Future[JobResult]]:
    """Wait until a job has ended, or its process."""
    while True:
        ended, others = wait(busy, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        if ended:
            return ended
        for future in others:
            busy[future][0].poll_exit(future)
