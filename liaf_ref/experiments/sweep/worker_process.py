"""A process that runs one call after another, and is replaced when it has died."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError
from types import TracebackType
from typing import Any, Self

from liaf_ref._core.errors import SweepError
from liaf_ref._core.optional import import_optional_dependency
from liaf_ref._core.signals import block_sigint_in_children

EXTRA = "sweep"  # of this package, which brings joblib and Dask
ONE_THREAD = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR")
}
START_TIMEOUT = 60  # that a process has to start
PARENT_POLL_SECONDS = (
    1.0  # seconds between two looks at whether the one that began a process is there
)
MAX_START_FAILURES = 10  # processes that may die idle, one after the other
FEEDER_THREAD_NAME = "QueueFeederThread"  # of a pool, which sends calls to its process
JOIN_TIMEOUT = 10.0  # seconds for which the end of those threads is waited for


def _exit_with_parent(parent_pid: int) -> None:
    """End this process when its parent ``parent_pid`` has ended; idle, it would wait for ever."""
    threading.Thread(target=_poll_parent, args=(parent_pid,), daemon=True).start()


def _poll_parent(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(PARENT_POLL_SECONDS)
    os._exit(1)  # every file is whole at any moment


class WorkerDiedError(Exception):
    """A process ended before its call did.

    Attributes
    ----------
    pid : int
        The process's.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(pid)
        self.pid = pid


class WorkerProcess:
    """A pool of joblib's with one process in it."""

    _exit_seen: bool  # whether it has been found to have ended once

    def __init__(self) -> None:
        import_optional_dependency("joblib", EXTRA)
        self._loky = import_optional_dependency("joblib.externals.loky", EXTRA)
        # It unblocks signals when it begins: before there are any processes, then.
        import_optional_dependency(
            "joblib.externals.loky.backend.resource_tracker", EXTRA
        ).ensure_running()
        self._start_pool()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, kill_workers=exc_type is not None)

    def submit(self, call: Callable[..., Any], *args: Any) -> Future[Any]:
        """Begin a call, in a new process if this one has died since."""
        for _ in range(MAX_START_FAILURES):
            with contextlib.suppress(self._loky.BrokenProcessPool, TimeoutError):
                self._pid = self._pid_future.result(timeout=START_TIMEOUT)
                future: Future[Any] = self._pool.submit(call, *args)
                return future
            self._restart_pool()
        raise SweepError("worker processes do not start or do not stay alive")

    def result(self, future: Future[Any]) -> Any:
        """What a call returned."""
        try:
            return future.result()
        except (self._loky.BrokenProcessPool, WorkerDiedError):
            number = self._pid
            self._restart_pool()
            raise WorkerDiedError(number) from None

    def poll_exit(self, future: Future[Any]) -> None:
        """End a call whose process has ended: at the second look, for it may be heard of yet."""
        if not _has_exited(self._pid):
            return
        if self._exit_seen:
            with contextlib.suppress(InvalidStateError):
                future.set_exception(WorkerDiedError(self._pid))
        self._exit_seen = True

    def _start_pool(self) -> None:
        self._pool = self._loky.ProcessPoolExecutor(
            max_workers=1, env=ONE_THREAD, initializer=_exit_with_parent, initargs=(os.getpid(),)
        )
        with block_sigint_in_children():
            self._pid_future: Future[int] = self._pool.submit(_worker_pid)
        self._exit_seen = False

    def _restart_pool(self) -> None:
        self._pool.shutdown(wait=False, kill_workers=True)
        self._start_pool()


@contextlib.contextmanager
def join_feeder_threads() -> Iterator[None]:
    """Wait, at the end of a block, for the threads of the pools that were begun in it.

    A pool does not wait for its own, which is the last to let go of semaphores.  If Python ends
    between their removal and the word of it, joblib warns that they have leaked.
    """
    before = set(threading.enumerate())
    try:
        yield
    finally:
        deadline = time.monotonic() + JOIN_TIMEOUT
        for thread in set(threading.enumerate()) - before:
            if thread.name == FEEDER_THREAD_NAME:
                thread.join(max(0.0, deadline - time.monotonic()))


def _worker_pid() -> int:
    """Process id; a worker that can call this has imported the package."""
    return os.getpid()


def _has_exited(pid: int) -> bool:
    """Whether a child has ended; its status stays for the parent to collect."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # waited for already
        return True
