"""Run a check: case by case, failures once more, then the diagnosis; here or in processes."""

import atexit
import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import cycle
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from liaf_ref._core.errors import RunError
from liaf_ref._core.system import begin_worker, block_sigint_in_children
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.checker.diagnose import diagnose
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

# The verdicts on cases by their indices; of a case that has one, the verdict on a second answer.
Answering = Callable[[Sequence[int]], Iterator[Verdict | None]]
OpenBackend = Callable[[], contextlib.AbstractContextManager[Backend]]


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
    step, answered, failed = Step(0, 0, 0), dict[int, Verdict](), set[int]()

    def ask(indices: Sequence[int], phase: str) -> Iterator[bool]:
        """Whether each case fails."""
        nonlocal step
        for done, (k, verdict) in enumerate(zip(indices, answering(indices), strict=True), 1):
            if verdict is not None:
                answered[k] = verdict
                failed.update([k] if verdict.status == "failed" else [])
            step = Step(done, len(indices), len(failed), phase)
            on_step(step)
            yield k in failed

    any(fails and fail_fast for fails in ask(selection.indices, ""))
    if not answered:
        raise no_match(selection.pattern, selection.names, selection.levels, SOURCE)
    not_run = step.total - step.done
    if not not_run:
        again = [k for k, verdict in answered.items() if verdict.arrays]
        every = -(-len(again) // MAX_REPEATED) or 1
        list(ask(again[::every][::-1], "asking again"))

    def on_time(seconds: float) -> None:
        on_step(Step(int(seconds), int(MAX_SECONDS), len(failed), "looking for the reason", "s"))

    verdicts, dtype, declared = tuple(answered.values()), selection.dtype, selection.declaration
    used = () if not_run else selection.waivers
    problems = tuple(filter(None, (w.problem(verdicts, selection.names) for w in used)))
    if all(verdict.status == "declined" for verdict in verdicts):
        problems += ("the backend declined every selected case",)
    coverage = None
    if isinstance(selection.cases, RandomCases):
        coverage = selection.cases.coverage((v.golden, v.status == "declined") for v in verdicts)
    profiles = judge_profiles(verdicts) if selection.is_published and not not_run else ()
    diagnosis = diagnose(verdicts, dtype, declared, on_time)
    return Report(name, dtype, verdicts, problems, diagnosis, coverage, profiles, not_run, declared)


def ask_again(backend: Backend, verdict: Verdict, dtype: str) -> Verdict:
    """Ask for an answer again, and fail it if it differs."""
    golden, allowed = verdict.golden, verdict.golden.tolerance[dtype]

    def difference(first: Mapping[str, Array], second: Verdict) -> str:
        """The first array that differs; empty if none does."""
        if not second.arrays:
            return f"at first an answer, then {second.summary() or second.status}"
        # A right backend may sum in another order each time: twice the tolerance is allowed.
        twice = {dtype: {name: 2 * allowed[name] for name in first}}
        expected = {name: array.astype(float) for name, array in first.items()}
        as_first = replace(golden, expected=expected, required=frozenset(first), tolerance=twice)
        found = compare(as_first, second.arrays, dtype).first_finding
        return "" if found is None else found.text.replace(" expected ", " was ", 1)

    changed = difference(verdict.arrays, judge(backend, golden, dtype))
    if not changed:
        return verdict
    first, second = (judge(backend, golden, dtype) for _ in range(2))
    when = RANDOM if difference(first.arrays, second) else STATE
    finding = Finding("", "backend", f"the backend's answers differ {when}: {changed}")
    return replace(verdict, status="failed", findings=(finding, *verdict.findings))


class Judge:
    """The verdicts on a backend's answers; what is known is waived."""

    def __init__(self, backend: Backend, selection: Selection) -> None:
        self.backend, self.selection, self.before = backend, selection, dict[int, Verdict]()

    def __call__(self, k: int, given: GoldenCase | None = None) -> Verdict | None:
        """The verdict on a case by its index; None for one of another level."""
        chosen, dtype = self.selection, self.selection.dtype
        if k in self.before:
            verdict = ask_again(self.backend, self.before[k], dtype)
        else:
            golden = chosen.cases[k] if given is None else given
            if golden.case.level not in chosen.levels:
                return None
            verdict = judge(self.backend, golden, dtype)
        self.before[k] = apply_waivers(verdict, chosen.waivers)
        return self.before[k]


@contextlib.contextmanager
def answering(open_backend: OpenBackend, selection: Selection, jobs: int) -> Iterator[Answering]:
    """A backend in this process, or in workers with a share each, which end with the block."""
    if jobs == 1:
        with open_backend() as backend:
            yield partial(map, Judge(backend, selection))
        return
    context, cases = multiprocessing.get_context("spawn"), selection.cases
    drawn = isinstance(cases, RandomCases)  # where it is answered; others are sent one by one
    given = open_backend, selection if drawn else replace(selection, cases=(), indices=())
    count, others = min(jobs, len(selection.indices)), set(multiprocessing.active_children())
    pools = [ProcessPoolExecutor(1, context, _begin, given) for _ in range(count)]
    owners = dict(zip(selection.indices, cycle(pools), strict=False))  # always the same

    def answer(indices: Sequence[int]) -> Iterator[Verdict | None]:
        asked = [(k, owners[k].submit(_answer, k, None if drawn else cases[k])) for k in indices]
        for k, future in asked:
            try:
                yield future.result()
            except BrokenExecutor as error:
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


_judges: list[Judge] = []  # of a worker process: its one


def _begin(open_backend: OpenBackend, selection: Selection) -> None:
    signal.signal(signal.SIGTERM, _end)
    begin_worker()
    threadpool_limits(1)
    opened = contextlib.ExitStack()
    atexit.register(opened.close)
    _judges.append(Judge(opened.enter_context(open_backend()), selection))


def _answer(k: int, given: GoldenCase | None) -> Verdict | None:
    return _judges[0](k, given)


def _end(*_: Any) -> None:
    _judges.clear()  # of what it has been asked for already
    sys.exit()
