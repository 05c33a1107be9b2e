"""Jobs shared by processes of this machine."""

import contextlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import NamedTuple

from threadpoolctl import threadpool_limits

from liaf_ref.errors import SweepError
from liaf_ref.lock import LOCK, holder
from liaf_ref.sweep.process import DiedError, Process, feeders_awaited
from liaf_ref.sweep.worker import Job, Outcome, work

KILLED = "its process was killed, by the system perhaps, for want of memory"
TRIES = 3  # processes that may die at a job, until that is taken for its own doing
STARTS = 10  # that may die before it has begun
SECONDS = 2.0  # between two looks at processes from which nothing is heard


def here(jobs: Iterable[Job], workers: int) -> Generator[Outcome, None, None]:
    """Run jobs on this machine.

    Every process has a pool of its own, so that one that dies takes none along, and what it
    was at is known.  Its job goes on in another process.

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
        if workers == 1:
            yield from map(work, jobs)
        else:
            yield from _shared(deque(jobs), workers)


class Deaths(NamedTuple):
    """Processes that died with a job: before they had begun it, and after."""

    new: int
    begun: int

    def add(self, job: Job, number: int) -> "Deaths":
        """Count the death of a process.

        Raises
        ------
        SweepError
            If too many have died before they had begun the job.
        """
        if holder(job.folder / LOCK) == number:
            return self._replace(begun=self.begun + 1)
        if self.new + 1 == STARTS:
            raise SweepError("the sweep's processes were killed before they began")
        return self._replace(new=self.new + 1)


def _shared(waiting: deque[Job], workers: int) -> Iterator[Outcome]:
    with feeders_awaited(), contextlib.ExitStack() as stack:
        idle = [stack.enter_context(Process()) for _ in range(min(workers, len(waiting)))]
        busy: dict[Future[Outcome], tuple[Process, Job]] = {}
        deaths: dict[str, Deaths] = {}
        while waiting or busy:
            while waiting and idle:
                process, job = idle.pop(), waiting.popleft()
                busy[process.run(work, job)] = process, job
            for future in _ended(busy):
                process, job = busy.pop(future)
                idle.append(process)
                try:
                    yield process.result(future)
                except DiedError as death:
                    deaths[job.name] = deaths.get(job.name, Deaths(0, 0)).add(job, death.number)
                    if deaths[job.name].begun == TRIES:
                        yield Outcome(job.name, None, KILLED)
                    else:
                        waiting.appendleft(job)


def _ended(busy: dict[Future[Outcome], tuple[Process, Job]]) -> set[Future[Outcome]]:
    """Wait until a job has ended, or its process."""
    while True:
        ended, others = wait(busy, timeout=SECONDS, return_when=FIRST_COMPLETED)
        if ended:
            return ended
        for future in others:
            busy[future][0].look_after(future)
