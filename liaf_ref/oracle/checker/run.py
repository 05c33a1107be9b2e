"""Run a check: case by case, failures once more, then the diagnosis; here or in processes."""

import contextlib
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from itertools import cycle
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from threadpoolctl import threadpool_limits

from liaf_ref._core.errors import LiafError, RunError
from liaf_ref._core.system import block_sigint_in_children
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.checker.diagnose import diagnose_declared
from liaf_ref.oracle.checker.match import MAX_SECONDS
from liaf_ref.oracle.checker.report import Report
from liaf_ref.oracle.checker.selection import Selection, apply_waivers, unused_waivers
from liaf_ref.oracle.checker.verdict import (
    Backend,
    Finding,
    Verdict,
    allowed_error,
    distinct_numbers,
    index_text,
    judge,
    location_sort_key,
)
from liaf_ref.oracle.draw import RandomCases
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.specification import judge_profiles

MAX_REPEATED = 120  # cases of a check that are asked again, evenly spaced
RANDOM = "the same case twice in a row (randomness, or a state that every call changes)"
STATE = "after other cases (state kept between calls)"
SECONDS_TO_END = 2.0  # after a signal

# The index of a case, and the verdict on it if it is asked again.
Task: TypeAlias = tuple[int, Verdict | None]
Answering = Callable[[Sequence[Task]], Iterator[Any]]
OpenBackend = Callable[[], AbstractContextManager[Backend]]


class Step(NamedTuple):
    """How far a check is."""

    done: int
    total: int
    failed: int
    phase: str = ""  # what is done after all cases have been answered
    unit: str = "cases"

    def next(self, failed: bool) -> "Step":
        """After one more case."""
        return self._replace(done=self.done + 1, failed=self.failed + failed)


def run_check(
    name: str,
    selection: Selection,
    answering: Answering,
    fail_fast: bool = False,
    on_step: Callable[[Step], None] = lambda step: None,
) -> Report:
    """Ask for all answers, for some of them again, and look for the reason of the failures."""

    def fails(verdict: Verdict | None) -> bool:
        waived = verdict and apply_waivers(verdict, selection.waivers)
        return waived is not None and waived.status == "failed"

    step, answered = Step(0, len(selection.indices), 0), dict[int, Verdict]()
    tasks: list[Task] = [(k, None) for k in selection.indices]
    for (k, _), verdict in zip(tasks, answering(tasks), strict=True):
        answered |= {} if verdict is None else {k: verdict}
        step = step.next(fails(verdict))
        on_step(step)
        if fails(verdict) and fail_fast:
            break
    if not answered:
        raise selection.no_match()
    not_run = step.total - step.done
    if not not_run:
        tasks = [(k, answered[k]) for k in _to_repeat(answered)]
        step = step._replace(done=0, total=len(tasks), phase="asking again")
        for (k, before), verdict in zip(tasks, answering(tasks), strict=True):
            answered[k] = verdict
            step = step.next(fails(verdict) and not fails(before))
            on_step(step)

    def on_time(seconds: float) -> None:
        on_step(Step(int(seconds), int(MAX_SECONDS), step.failed, "looking for the reason", "s"))

    verdicts = tuple(apply_waivers(each, selection.waivers) for each in answered.values())
    return _report(name, selection, verdicts, not_run, on_time)


def _report(
    name: str,
    selection: Selection,
    verdicts: tuple[Verdict, ...],
    not_run: int,
    on_time: Callable[[float], None],
) -> Report:
    problems = [] if not_run else unused_waivers(selection.waivers, verdicts, selection.names)
    if all(verdict.status == "declined" for verdict in verdicts):
        problems.append("the backend declined every selected case")
    coverage = None
    if isinstance(selection.cases, RandomCases):
        coverage = selection.cases.coverage((v.golden, v.status == "declined") for v in verdicts)
    complete = selection.is_published and not not_run
    return Report(
        name,
        selection.dtype,
        verdicts,
        tuple(problems),
        diagnose_declared(verdicts, selection.dtype, selection.declaration, on_time),
        coverage,
        judge_profiles(verdicts) if complete else (),
        not_run,
        selection.declaration,
    )


def _to_repeat(verdicts: Mapping[int, Verdict]) -> list[int]:
    """The cases that are asked again, the last one first."""
    answered = [k for k, verdict in verdicts.items() if verdict.arrays]
    step = -(-len(answered) // MAX_REPEATED) or 1
    return answered[::step][::-1]


def ask_again(backend: Backend, verdict: Verdict, dtype: str) -> Verdict:
    """Ask for an answer again, and fail it if it differs."""
    # A right backend may sum in another order each time: twice the tolerance is allowed.
    golden = verdict.golden
    difference = _difference(golden, verdict.arrays, judge(backend, golden, dtype), dtype)
    if not difference:
        return verdict
    first, second = (judge(backend, golden, dtype) for _ in range(2))
    when = RANDOM if _difference(golden, first.arrays, second, dtype) else STATE
    text = f"the backend's answers differ {when}: {difference}"
    finding = Finding("", "backend", text, (0,))
    return replace(verdict, status="failed", findings=(finding, *verdict.findings))


def _difference(golden: GoldenCase, first: Mapping[str, Array], second: Verdict, dtype: str) -> str:
    """The first array that differs; empty if none does."""
    if not second.arrays:
        return f"at first an answer, then {second.summary() or second.status}"
    names = {*first, *second.arrays}
    for name in sorted(names, key=lambda n: (location_sort_key(golden.case, n, None), n)):
        if name not in first or name not in second.arrays:
            return f"{name} is valid in one answer only"
        a, b = first[name], second.arrays[name]
        away = np.abs(a.astype(np.float64) - b)
        far = away > 2 * allowed_error(golden, name, dtype)
        if far.any():
            index = tuple(int(i) for i in np.unravel_index(int((away * far).argmax()), a.shape))
            was, now = distinct_numbers(a[index], b[index])
            return f"{name}{index_text(index)} was {was}, then {now}"
    return ""


def answering_here(backend: Backend, selection: Selection) -> Answering:
    """The backend in this process."""

    def answer(task: Task) -> Verdict | None:
        k, before = task
        if before is not None:
            return ask_again(backend, before, selection.dtype)
        return selection.judge(backend, selection.cases[k])

    return lambda tasks: map(answer, tasks)


class Worker(NamedTuple):
    """A process, the pipe to it, and the thread that asks it."""

    process: Any
    pipe: Connection
    thread: ThreadPoolExecutor

    def ask(self, task: Any, name: str) -> Any:
        """The answer to a task; an error that names the case where the process has ended."""
        try:
            self.pipe.send(task)
            result, failure = self.pipe.recv()
        except (EOFError, OSError) as error:
            self.process.join(SECONDS_TO_END)
            raise RunError(
                f"a worker process has ended with exit code {self.process.exitcode} while it "
                f"answered {name}; to run this case alone: --case {name}"
            ) from error
        if failure is not None:
            raise RunError(failure)
        return result

    def end(self) -> None:
        """Ask it to end; stop one that does not."""
        self.thread.shutdown(wait=False, cancel_futures=True)
        with contextlib.suppress(OSError):
            self.pipe.send(None)
        for stop in (self.process.terminate, self.process.kill, lambda: None):
            self.process.join(SECONDS_TO_END)
            if self.process.is_alive():
                stop()
        self.thread.shutdown()
        self.pipe.close()


@contextlib.contextmanager
def answering_in_workers(
    open_backend: OpenBackend, selection: Selection, jobs: int
) -> Iterator[Answering]:
    """Worker processes that each answer a share of the cases; they end with the block."""
    workers: list[Worker] = []
    sent = selection if _draws(selection) else replace(selection, cases=(), indices=())
    context = multiprocessing.get_context("spawn")
    try:
        for _ in range(min(jobs, len(selection.indices))):
            here, there = context.Pipe()
            process = context.Process(target=worker_main, args=(there, open_backend, sent))
            with block_sigint_in_children():  # the main process handles it
                process.start()
            there.close()
            workers.append(Worker(process, here, ThreadPoolExecutor(1)))
        yield partial(_ask, selection, workers)
    except BaseException:
        for worker in workers:
            worker.process.terminate()
        raise
    finally:
        for worker in workers:
            worker.end()


def _draws(selection: Selection) -> bool:
    """Whether a case is drawn where it is answered; others are sent one by one."""
    return isinstance(selection.cases, RandomCases)


def _ask(selection: Selection, workers: Sequence[Worker], tasks: Sequence[Task]) -> Iterator[Any]:
    """Ask each worker for its share, always the same cases, and yield the results in order."""
    drawn, cases, asked = _draws(selection), selection.cases, list[tuple[int, Future[Any]]]()
    owners = dict(zip(selection.indices, cycle(workers), strict=False))
    for k, before in tasks:
        worker, task = owners[k], before or (k if drawn else cases[k])
        asked.append((k, worker.thread.submit(worker.ask, task, selection.names[k])))
    for k, future in asked:
        verdict = future.result()
        known = verdict is None or verdict.golden is not None
        yield verdict if known else replace(verdict, golden=cases[k])


def worker_main(pipe: Connection, open_backend: OpenBackend, selection: Selection) -> None:
    """Answer each task with ``(result, failure)``, until there is none or the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for where it cannot be blocked
    signal.signal(signal.SIGTERM, _raise_keyboard_interrupt)
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt), threadpool_limits(1):
        try:
            with open_backend() as backend:
                while (task := pipe.recv()) is not None:
                    pipe.send((_answer(backend, selection, task), None))
        except LiafError as error:
            pipe.send((None, str(error)))


def _answer(backend: Backend, selection: Selection, task: Any) -> Verdict | None:
    if isinstance(task, Verdict):
        return ask_again(backend, task, selection.dtype)
    verdict = selection.judge(backend, selection.cases[task] if _draws(selection) else task)
    if _draws(selection) or verdict is None:
        return verdict
    return replace(verdict, golden=None)  # type: ignore[arg-type]


def _raise_keyboard_interrupt(*_: Any) -> None:
    raise KeyboardInterrupt
