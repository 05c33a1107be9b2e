"""Worker processes that each answer a share of the cases."""

import contextlib
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from liaf_ref._core.errors import LiafError, RunError
from liaf_ref._core.system import block_sigint_in_children
from liaf_ref.oracle.checker.run import ask_again
from liaf_ref.oracle.checker.selection import Selection
from liaf_ref.oracle.checker.verdict import Backend, Verdict
from liaf_ref.oracle.draw import RandomCases

OpenBackend = Callable[[], AbstractContextManager[Backend]]
SECONDS_TO_END = 2.0  # after a signal


class Worker(NamedTuple):
    """A process, and the pipe to it."""

    process: Any
    pipe: Connection


class AnsweringInWorkers:
    """The backend in several processes; a case is always answered by the same one."""

    def __init__(self, selection: Selection, workers: Sequence[Worker]) -> None:
        self.selection, self.workers = selection, workers
        self.drawn = isinstance(selection.cases, RandomCases)
        self.owners = {k: at % len(workers) for at, k in enumerate(selection.indices)}

    def judge(self, indices: Sequence[int]) -> Iterator[Verdict | None]:
        """The verdicts on some cases, in their order."""
        cases = self.selection.cases
        tasks = [(k, k if self.drawn else cases[k]) for k in indices]
        for k, verdict in zip(indices, self._ask("judge", tasks), strict=True):
            known = verdict is None or self.drawn
            yield verdict if known else replace(verdict, golden=cases[k])

    def ask_again(self, verdicts: Sequence[tuple[int, Verdict]]) -> Iterator[Verdict]:
        """The verdicts after a second answer, each with the index of its case."""
        return self._ask("again", verdicts)

    def _ask(self, method: str, tasks: Iterable[tuple[int, Any]]) -> Iterator[Any]:
        """Send each worker its share, and yield the results in the order of the tasks."""
        order, shares = [], [list[Any]() for _ in self.workers]
        waiting: list[list[int]] = [[] for _ in self.workers]
        for k, task in tasks:
            order.append(k)
            shares[self.owners[k]].append(task)
            waiting[self.owners[k]].append(k)
        for worker, share, left in zip(self.workers, shares, waiting, strict=True):
            with self._unless_ended(worker, left):
                worker.pipe.send((method, share))
        results: dict[int, Any] = {}
        for k in order:
            while k not in results:
                self._receive(waiting, results)
            yield results.pop(k)

    def _receive(self, waiting: list[list[int]], results: dict[int, Any]) -> None:
        pipes = {w.pipe: k for k, w in enumerate(self.workers) if waiting[k]}
        for pipe in wait(list(pipes)):
            worker = pipes[pipe]  # type: ignore[index]
            with self._unless_ended(self.workers[worker], waiting[worker]):
                result, failure = self.workers[worker].pipe.recv()
                if failure is not None:
                    raise RunError(failure)
                results[waiting[worker].pop(0)] = result

    @contextlib.contextmanager
    def _unless_ended(self, worker: Worker, left: list[int]) -> Iterator[None]:
        """Turn the end of a worker process into an error that names its case."""
        try:
            yield
        except (EOFError, OSError) as error:
            worker.process.join(SECONDS_TO_END)
            name = self.selection.names[left[0]]
            raise RunError(
                f"a worker process has ended with exit code {worker.process.exitcode} while it "
                f"answered {name}; to run this case alone: --case {name}"
            ) from error


@contextlib.contextmanager
def answering_in_workers(
    open_backend: OpenBackend, selection: Selection, jobs: int
) -> Iterator[AnsweringInWorkers]:
    """Start worker processes; they end with the block."""
    workers: list[Worker] = []
    drawn = isinstance(selection.cases, RandomCases)
    sent = selection if drawn else replace(selection, cases=(), indices=())  # cases come one by one
    context = multiprocessing.get_context("spawn")
    try:
        for _ in range(min(jobs, len(selection.indices))):
            here, there = context.Pipe()
            process = context.Process(target=worker_main, args=(there, open_backend, sent))
            with block_sigint_in_children():  # the main process handles it
                process.start()
            there.close()
            workers.append(Worker(process, here))
        yield AnsweringInWorkers(selection, workers)
    except BaseException:
        for worker in workers:
            worker.process.terminate()
        raise
    finally:
        for worker in workers:
            _end(worker)


def _end(worker: Worker) -> None:
    """Close the pipe, at which a worker ends; kill one that does not."""
    worker.pipe.close()
    worker.process.join(SECONDS_TO_END)
    if worker.process.is_alive():
        worker.process.terminate()
        worker.process.join(SECONDS_TO_END)
        worker.process.kill()
    worker.process.join()


def worker_main(pipe: Connection, open_backend: OpenBackend, selection: Selection) -> None:
    """Answer requests until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for where it cannot be blocked
    signal.signal(signal.SIGTERM, _raise_keyboard_interrupt)
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt), threadpool_limits(1):
        try:
            with open_backend() as backend:
                _serve(pipe, backend, selection)
        except LiafError as error:
            pipe.send((None, str(error)))


def _serve(pipe: Connection, backend: Backend, selection: Selection) -> None:
    """Answer each task of each request with ``(result, failure)``."""

    def judge(task: Any) -> Verdict | None:
        drawn = isinstance(selection.cases, RandomCases)
        verdict = selection.judge(backend, selection.cases[task] if drawn else task)
        return verdict if drawn or verdict is None else replace(verdict, golden=None)  # type: ignore[arg-type]

    def again(verdict: Verdict) -> Verdict:
        return ask_again(backend, verdict, selection.dtype)

    while True:
        method, tasks = pipe.recv()
        for task in tasks:
            pipe.send(((judge if method == "judge" else again)(task), None))


def _raise_keyboard_interrupt(*_: Any) -> None:
    raise KeyboardInterrupt
