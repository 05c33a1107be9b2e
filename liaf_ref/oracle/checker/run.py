"""Run a check: case by case, failures once more, then the diagnosis."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.checker.comparison import (
    Finding,
    allowed_error,
    distinct_numbers,
    location_sort_key,
)
from liaf_ref.oracle.checker.diagnose import diagnose_declared
from liaf_ref.oracle.checker.report import Report
from liaf_ref.oracle.checker.search import MAX_SECONDS
from liaf_ref.oracle.checker.selection import Selection, Waiver, apply_waivers, unused_waivers
from liaf_ref.oracle.checker.verdict import Backend, Verdict, judge
from liaf_ref.oracle.draw import RandomCases
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.specification import judge_profiles

MAX_REPEATED = 120  # cases of a check that are asked again, evenly spaced
RANDOM = "the same case twice in a row (randomness, or a state that every call changes)"
STATE = "after other cases (state kept between calls)"


def cases_to_repeat(verdicts: Sequence[Verdict]) -> list[int]:
    """The indices of the verdicts whose cases are asked again, the last one first."""
    answered = [k for k, verdict in enumerate(verdicts) if verdict.arrays]
    step = -(-len(answered) // MAX_REPEATED) or 1
    return answered[::step][::-1]


def ask_again(backend: Backend, verdict: Verdict, dtype: str) -> Verdict:
    """Ask for an answer again, and fail it if it differs."""
    # A right backend may sum in another order each time: twice the tolerance is allowed.
    golden = verdict.golden
    second = judge(backend, golden, dtype)
    difference = _difference(golden, verdict.arrays, second, dtype)
    if not difference:
        return verdict
    pair = [judge(backend, golden, dtype) for _ in range(2)]
    when = RANDOM if _difference(golden, pair[0].arrays, pair[1], dtype) else STATE
    text = f"the backend's answers differ {when}: {difference}"
    finding = Finding("", "backend", text, (0,))
    return replace(verdict, status="failed", findings=(finding, *verdict.findings))


def _difference(golden: GoldenCase, first: Mapping[str, Array], second: Verdict, dtype: str) -> str:
    """The first array that differs; empty if none does."""
    if not second.arrays:
        return f"at first an answer, then {second.summary() or second.status}"
    names = sorted(
        {*first, *second.arrays}, key=lambda name: location_sort_key(golden.case, name, None)
    )
    for name in names:
        if name not in first or name not in second.arrays:
            return f"{name} is valid in one answer only"
        a, b = first[name], second.arrays[name]
        away = np.abs(a.astype(np.float64) - b)
        far = away > 2 * allowed_error(golden, name, dtype)
        if far.any():
            index = tuple(int(i) for i in np.unravel_index(int((away * far).argmax()), a.shape))
            at = f"[{','.join(map(str, index))}]" if index else ""
            was, now = distinct_numbers(a[index], b[index])
            return f"{name}{at} was {was}, then {now}"
    return ""


class Step(NamedTuple):
    """How far a check is."""

    done: int
    total: int
    failed: int
    phase: str = ""  # what is done after all cases have been answered
    unit: str = "cases"


class Answering(Protocol):
    """The backend in this process, or in worker processes."""

    def judge(self, indices: Sequence[int]) -> Iterator[Verdict | None]:
        """The verdicts on some cases, in their order."""

    def ask_again(self, verdicts: Sequence[tuple[int, Verdict]]) -> Iterator[Verdict]:
        """The verdicts after a second answer, each with the index of its case."""


class AnsweringHere(NamedTuple):
    """The backend in this process."""

    backend: Backend
    selection: Selection

    def judge(self, indices: Sequence[int]) -> Iterator[Verdict | None]:
        """The verdicts on some cases, in their order."""
        cases = self.selection.cases
        return (self.selection.judge(self.backend, cases[k]) for k in indices)

    def ask_again(self, verdicts: Sequence[tuple[int, Verdict]]) -> Iterator[Verdict]:
        """The verdicts after a second answer, each with the index of its case."""
        return (ask_again(self.backend, v, self.selection.dtype) for _, v in verdicts)


def run_check(
    name: str,
    selection: Selection,
    answering: Answering,
    fail_fast: bool = False,
    on_step: Callable[[Step], None] = lambda step: None,
) -> Report:
    """Ask for all answers, for some of them again, and look for the reason of the failures."""
    indices = selection.indices
    counter = Counter(len(indices), selection.waivers, on_step)
    answered: list[tuple[int, Verdict]] = []
    for k, verdict in zip(indices, answering.judge(indices), strict=True):
        answered += [] if verdict is None else [(k, verdict)]
        if counter.add(verdict) and fail_fast:
            break
    if not answered:
        raise selection.no_match()
    not_run = len(indices) - counter.step.done
    if not not_run:
        _ask_again(answering, answered, counter)
    waived = (apply_waivers(verdict, selection.waivers) for _, verdict in answered)
    failed = counter.step.failed

    def on_time(seconds: float) -> None:
        on_step(Step(int(seconds), int(MAX_SECONDS), failed, "looking for the reason", "s"))

    return _report(name, selection, tuple(waived), not_run, on_time)


class Counter:
    """Counts the cases of a check, and tells how far it is."""

    def __init__(
        self, total: int, waivers: Sequence[Waiver], on_step: Callable[[Step], None]
    ) -> None:
        self.step, self.waivers, self.on_step = Step(0, total, 0), waivers, on_step

    def add(self, verdict: Verdict | None, before: Verdict | None = None) -> bool:
        """Count a case; whether it fails, and has not failed before."""
        failed = self._fails(verdict) and not self._fails(before)
        self.step = self.step._replace(done=self.step.done + 1, failed=self.step.failed + failed)
        self.on_step(self.step)
        return failed

    def _fails(self, verdict: Verdict | None) -> bool:
        return verdict is not None and apply_waivers(verdict, self.waivers).status == "failed"

    def repeat(self, total: int) -> None:
        """Count from 0, for the second time."""
        self.step = self.step._replace(done=0, total=total, phase="asking again")


def _ask_again(answering: Answering, answered: list[tuple[int, Verdict]], counter: Counter) -> None:
    """Replace the verdicts on cases whose second answer differs."""
    chosen = cases_to_repeat([verdict for _, verdict in answered])
    counter.repeat(len(chosen))
    again = answering.ask_again([answered[at] for at in chosen])
    for at, verdict in zip(chosen, again, strict=True):
        k, before = answered[at]
        answered[at] = (k, verdict)
        counter.add(verdict, before)


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
