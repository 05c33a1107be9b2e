"""Run a check: case by case, failures once more, then the diagnosis; here or in processes."""

import atexit
import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from itertools import cycle
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from threadpoolctl import threadpool_limits

from liaf_ref._core.errors import RunError
from liaf_ref._core.system import begin_worker, block_sigint_in_children
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.checker.diagnose import diagnose_declared
from liaf_ref.oracle.checker.match import MAX_SECONDS
from liaf_ref.oracle.checker.report import Report
from liaf_ref.oracle.checker.selection import SOURCE, Selection, apply_waivers
from liaf_ref.oracle.checker.verdict import Backend, Finding, Verdict, compare, judge
from liaf_ref.oracle.draw import RandomCases
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.golden.store import no_match
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


def run_check(
    name: str,
    selection: Selection,
    answering: Answering,
    fail_fast: bool = False,
    on_step: Callable[[Step], None] = lambda step: None,
) -> Report:
    """Ask for all answers, for some of them again, and look for the reason of the failures."""
    step, answered = Step(0, 0, 0), dict[int, Verdict]()

    def fails(verdict: Verdict | None) -> bool:
        return verdict is not None and verdict.status == "failed"

    def ask(tasks: Sequence[Task], phase: str) -> Iterator[bool]:
        """Whether each case fails."""
        nonlocal step
        step = Step(0, len(tasks), step.failed, phase)
        for (k, before), verdict in zip(tasks, answering(tasks), strict=True):
            if verdict is not None:
                answered[k] = verdict
            new = fails(verdict) and not fails(before)
            step = step._replace(done=step.done + 1, failed=step.failed + new)
            on_step(step)
            yield fails(verdict)

    any(fails and fail_fast for fails in ask([(k, None) for k in selection.indices], ""))
    if not answered:
        raise no_match(selection.pattern, selection.names, selection.levels, SOURCE)
    not_run = step.total - step.done
    if not not_run:
        again = [k for k, verdict in answered.items() if verdict.arrays]
        every = -(-len(again) // MAX_REPEATED) or 1
        list(ask([(k, answered[k]) for k in again[::every][::-1]], "asking again"))

    def on_time(seconds: float) -> None:
        on_step(Step(int(seconds), int(MAX_SECONDS), step.failed, "looking for the reason", "s"))

    return _report(name, selection, tuple(answered.values()), not_run, on_time)


def _report(
    name: str,
    selection: Selection,
    verdicts: tuple[Verdict, ...],
    not_run: int,
    on_time: Callable[[float], None],
) -> Report:
    unused = (waiver.problem(verdicts, selection.names) for waiver in selection.waivers)
    problems = [] if not_run else [problem for problem in unused if problem]
    if all(verdict.status == "declined" for verdict in verdicts):
        problems.append("the backend declined every selected case")
    coverage, dtype, declared = None, selection.dtype, selection.declaration
    if isinstance(selection.cases, RandomCases):
        coverage = selection.cases.coverage((v.golden, v.status == "declined") for v in verdicts)
    profiles = judge_profiles(verdicts) if selection.is_published and not not_run else ()
    diagnosis = diagnose_declared(verdicts, dtype, declared, on_time)
    return Report(
        name, dtype, verdicts, tuple(problems), diagnosis, coverage, profiles, not_run, declared
    )


def ask_again(backend: Backend, verdict: Verdict, dtype: str) -> Verdict:
    """Ask for an answer again, and fail it if it differs."""
    golden = verdict.golden

    def difference(first: Mapping[str, Array], second: Verdict) -> str:
        """The first array that differs; empty if none does."""
        if not second.arrays:
            return f"at first an answer, then {second.summary() or second.status}"
        # A right backend may sum in another order each time: twice the tolerance is allowed.
        twice = {name: 2 * np.asarray(golden.tolerance[dtype][name]) for name in first}
        expected = {name: array.astype(np.float64) for name, array in first.items()}
        as_first = replace(
            golden, expected=expected, required=frozenset(first), tolerance={dtype: twice}
        )
        found = compare(as_first, second.arrays, dtype).first_finding
        return "" if found is None else found.text.replace(" expected ", " was ", 1)

    changed = difference(verdict.arrays, judge(backend, golden, dtype))
    if not changed:
        return verdict
    first, second = (judge(backend, golden, dtype) for _ in range(2))
    when = RANDOM if difference(first.arrays, second) else STATE
    finding = Finding("", "backend", f"the backend's answers differ {when}: {changed}", (0,))
    return replace(verdict, status="failed", findings=(finding, *verdict.findings))


def answering_here(backend: Backend, selection: Selection) -> Answering:
    """The backend in this process."""
    return lambda tasks: (_answer(backend, selection, before or k) for k, before in tasks)


@contextlib.contextmanager
def answering_in_workers(
    open_backend: OpenBackend, selection: Selection, jobs: int
) -> Iterator[Answering]:
    """Worker processes that each answer a share of the cases; they end with the block."""
    context, cases = multiprocessing.get_context("spawn"), selection.cases
    drawn = isinstance(cases, RandomCases)  # where it is answered; others are sent one by one
    given = open_backend, selection if drawn else replace(selection, cases=(), indices=())
    count, others = min(jobs, len(selection.indices)), set(multiprocessing.active_children())
    pools = [ProcessPoolExecutor(1, context, _begin, given) for _ in range(count)]
    owners = dict(zip(selection.indices, cycle(pools), strict=False))  # always the same

    def answer(tasks: Sequence[Task]) -> Iterator[Verdict | None]:
        asked = [
            (k, owners[k].submit(_answer_task, before or (k if drawn else cases[k])))
            for k, before in tasks
        ]
        for k, future in asked:
            try:
                yield future.result()
            except BrokenProcessPool as error:
                name = selection.names[k]
                reason = f"a worker process has ended while it answered {name}"
                raise RunError(f"{reason}; to run this case alone: --case {name}") from error

    seconds = SECONDS_TO_END
    try:
        with block_sigint_in_children():  # the main process handles it
            for pool in pools:
                pool.submit(os.getpid)  # which starts the process
        yield answer
    except BaseException:
        seconds = 0.0
        raise
    finally:
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            for stop, patience in ((process.terminate, seconds), (process.kill, SECONDS_TO_END)):
                process.join(patience)
                if process.is_alive():
                    stop()


_answers: list[Callable[[Any], Verdict | None]] = []  # of a worker process: its one


def _begin(open_backend: OpenBackend, selection: Selection) -> None:
    signal.signal(signal.SIGTERM, _end)
    begin_worker()
    threadpool_limits(1)
    opened = contextlib.ExitStack()
    atexit.register(opened.close)
    backend = opened.enter_context(open_backend())
    _answers.append(partial(_answer, backend, selection))


def _answer_task(task: Any) -> Verdict | None:
    return _answers[0](task)


def _answer(backend: Backend, selection: Selection, task: Any) -> Verdict | None:
    """The verdict on a case, or on one that is asked again; None for one of another level."""
    task = selection.cases[task] if isinstance(task, int) else task
    skipped = isinstance(task, GoldenCase) and task.case.level not in selection.levels
    return None if skipped else judge_waived(backend, selection, task)


def judge_waived(backend: Backend, selection: Selection, task: GoldenCase | Verdict) -> Verdict:
    """Judge the answer to a case, or one that is asked for again; what is known is waived."""
    asked = ask_again if isinstance(task, Verdict) else judge
    verdict = asked(backend, task, selection.dtype)  # type: ignore[arg-type]
    return apply_waivers(verdict, selection.waivers)


def _end(*_: Any) -> None:
    _answers.clear()  # of what it has been asked for already
    sys.exit()
