"""A process that runs one call after another, and is replaced when it has died."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError
from types import TracebackType
from typing import Any, Self

from liaf_ref.errors import SweepError
from liaf_ref.extras import require
from liaf_ref.interrupts import kept_from_children

EXTRA = "sweep"  # of this package, which brings joblib and Dask
ONE_THREAD = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR")
}
SECONDS = 60  # that a process has to start
LOOK = 1.0  # seconds between two looks at whether the one that began a process is there
STARTS = 10  # processes that may die idle, one after the other
FEEDER = "QueueFeederThread"  # of a pool, which sends calls to its process
PATIENCE = 10.0  # seconds for which the end of those threads is waited for


def _end_with(owner: int) -> None:
    """Let this process end when ``owner`` has, which began it; idle, it would wait for ever."""
    threading.Thread(target=_watch, args=(owner,), daemon=True).start()


def _watch(owner: int) -> None:
    while os.getppid() == owner:
        time.sleep(LOOK)
    os._exit(1)  # every file is whole at any moment


class DiedError(Exception):
    """A process ended before its call did.

    Attributes
    ----------
    number : int
        The process's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Process:
    """A pool of joblib's with one process in it.

    Raises
    ------
    LiafError
        If joblib is not installed.
    """

    _missed: bool  # whether it has been found to have ended once

    def __init__(self) -> None:
        require("joblib", EXTRA)
        self._loky = require("joblib.externals.loky", EXTRA)
        # It unblocks signals when it begins: before there are any processes, then.
        require("joblib.externals.loky.backend.resource_tracker", EXTRA).ensure_running()
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, kill_workers=kind is not None)

    def run(self, call: Callable[..., Any], *args: Any) -> Future[Any]:
        """Begin a call, in a new process if this one has died since.

        Returns
        -------
        Future
            To be opened by :meth:`result`.

        Raises
        ------
        SweepError
            If no process starts.
        """
        for _ in range(STARTS):
            with contextlib.suppress(self._loky.BrokenProcessPool, TimeoutError):
                self._number = self._started.result(timeout=SECONDS)
                future: Future[Any] = self._pool.submit(call, *args)
                return future
            self._replace()
        raise SweepError("no process of the sweep starts, or none stays alive")

    def result(self, future: Future[Any]) -> Any:
        """What a call returned.

        Raises
        ------
        DiedError
            If the process ended first.  The next call has a new one.
        """
        try:
            return future.result()
        except (self._loky.BrokenProcessPool, DiedError):
            number = self._number
            self._replace()
            raise DiedError(number) from None

    def look_after(self, future: Future[Any]) -> None:
        """End a call whose process has ended: at the second look, for it may be heard of yet."""
        if not _exited(self._number):
            return
        if self._missed:
            with contextlib.suppress(InvalidStateError):
                future.set_exception(DiedError(self._number))
        self._missed = True

    def _begin(self) -> None:
        self._pool = self._loky.ProcessPoolExecutor(
            max_workers=1, env=ONE_THREAD, initializer=_end_with, initargs=(os.getpid(),)
        )
        with kept_from_children():
            self._started: Future[int] = self._pool.submit(_ready)
        self._missed = False

    def _replace(self) -> None:
        self._pool.shutdown(wait=False, kill_workers=True)
        self._begin()


@contextlib.contextmanager
def feeders_awaited() -> Iterator[None]:
    """Wait, at the end of a block, for the threads of the pools that were begun in it.

    A pool does not wait for its own, which is the last to let go of semaphores.  If Python ends
    between their removal and the word of it, joblib warns that they have leaked.
    """
    before = set(threading.enumerate())
    try:
        yield
    finally:
        deadline = time.monotonic() + PATIENCE
        for thread in set(threading.enumerate()) - before:
            if thread.name == FEEDER:
                thread.join(max(0.0, deadline - time.monotonic()))


def _ready() -> int:
    """Number of the process; whoever finds this function has imported the package."""
    return os.getpid()


def _exited(number: int) -> bool:
    """Whether a child has ended; its status stays for whoever waits for it."""
    try:
        return os.waitid(os.P_PID, number, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # waited for already
        return True
