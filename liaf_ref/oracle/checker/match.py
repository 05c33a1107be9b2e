"""Whether a deviation, or arithmetic of fewer bits, explains the answer of a backend to a case."""

# A deviation is run in float64, and its answer is compared with the backend's. Where the
# deviation agrees with the paper, the tolerance of the case applies. Where it deviates, the
# allowed error is the largest tolerance of the tensor plus its relative tolerance (largest
# tolerance over largest entry) times the largest deviation of the tensor, because rounding grows
# with the numbers. An exact case has no tolerance: some units of roundoff and the largest
# deviation of all tensors are used instead. Spikes have to be equal. After a part of the answer
# in which a required array differs, later parts are not computed.

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Set
from copy import copy
from itertools import count, tee
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.oracle.case import Array, Case
from liaf_ref.oracle.checker.verdict import Verdict, stage_of
from liaf_ref.oracle.deviations import Deviation, ops_of
from liaf_ref.oracle.error_bounds import ARITHMETICS
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.table.interpreter import PAPER, Pass, Text

ArrayDict = Mapping[str, Array]
SAMPLE_SIZE = 8  # failed cases on which every deviation is run
MAX_SECONDS = 20.0  # of CPU time
# A relative tolerance that exact cases have too: so many units of roundoff, but at most a part.
LEAST_UNITS, MAX_LEAST = 128, 1 / 16


class OutOfTimeError(Exception):
    """The search has taken as much CPU time as it may."""


class Failure(NamedTuple):
    """A case that a backend failed, what it gave, and what rounding can explain."""

    golden: GoldenCase
    arrays: ArrayDict
    wrong: Set[str]  # those that are beyond the tolerances of the paper
    compared: Set[str]  # those that a deviation has to give
    tolerance: ArrayDict
    least: float  # relative tolerance
    size: float | None  # of an exact case, how far it is from the paper's answer


class Answers:
    """Answers of deviations, each part computed once, for as long as there is time."""

    def __init__(
        self, text: Text = PAPER, on_time: Callable[[float], None] = lambda seconds: None
    ) -> None:
        self._text, self._on_time, self._start = text, on_time, time.process_time()
        self._known: dict[tuple[str, str], Iterator[ArrayDict]] = {}

    def check_time(self) -> None:
        """Tell how much time has gone, and end where that is all."""
        seconds = time.process_time() - self._start
        self._on_time(min(seconds, MAX_SECONDS))
        if seconds > MAX_SECONDS:
            raise OutOfTimeError

    def __call__(self, deviation: Deviation, golden: GoldenCase) -> Iterator[ArrayDict]:
        """What is forward, backward, and of training; an empty part for what cannot be run."""
        self.check_time()
        if not deviation.applies_to(golden.case):
            return iter(())
        key = deviation.name, golden.name
        if key not in self._known:
            how = deviation.how_to_run(golden.case, self._text)
            (self._known[key],) = tee(_parts(golden.case, how), 1)
        return copy(self._known[key])  # which has all that any other copy has computed

    def explains(self, deviation: Deviation, failure: Failure) -> int:
        """1 if a deviation gives the arrays that are compared, 2 if all, as a backend gave them."""
        names = self.agreeing(deviation, failure)
        return (failure.compared <= names) + (failure.arrays.keys() <= names)

    def agreeing(self, deviation: Deviation, failure: Failure) -> set[str]:
        """The arrays that a deviation gives as the backend did, until a compared one is another."""
        agree, left = set[str](), set(failure.compared)
        for part in self(deviation, failure.golden):
            names = failure.arrays.keys() & part.keys()
            agree |= {name for name in names if _is_close(failure, name, part[name])}
            if not left & part.keys() <= agree or not (left := left - part.keys()):
                break
        return agree

    def contradicts(self, deviation: Deviation, golden: GoldenCase, allowed: ArrayDict) -> bool:
        """Whether a deviation would have failed a case, by arrays with what is allowed."""
        parts = self(deviation, golden)
        return any(not part or not is_near(part, golden.expected, allowed) for part in parts)


def _parts(case: Case, how: Mapping[str, Any]) -> Iterator[ArrayDict]:
    try:
        yield from Pass(case, **how).stages()
    except (ValueError, IndexError, ArithmeticError):  # shapes or sizes that do not fit
        yield {}


def make_failure(verdict: Verdict, dtype: str) -> Failure:
    """Prepare a failed case: compared are the required arrays, all if none of these is wrong."""
    golden, arrays = verdict.golden, verdict.arrays
    away = [_largest(array - golden.expected[name]) for name, array in arrays.items()]
    wrong = arrays.keys() & {finding.tensor for finding in verdict.findings}
    compared = (arrays.keys() & golden.required) if wrong & golden.required else arrays.keys()
    u = ARITHMETICS[dtype].u if dtype in ARITHMETICS else 0.0
    known = golden.tolerance[dtype], min(LEAST_UNITS * u, MAX_LEAST)
    return Failure(golden, arrays, wrong, compared, *known, max(away) if golden.exact else None)


def _is_close(failure: Failure, name: str, found: Array) -> bool:
    """Whether an array is that of a deviation."""
    actual = failure.arrays[name]
    if found.shape != actual.shape or not np.isfinite(found).all():
        return False
    if stage_of(name) == "spikes":
        return np.array_equal(found, actual)
    expected, own = failure.golden.expected[name], np.asarray(failure.tolerance[name])
    away, most = found - expected, _largest(own[np.isfinite(own)])
    share = max(most / (_largest(expected) or np.inf), failure.least)
    maximum = most + share * (_largest(away) if failure.size is None else failure.size)
    return _is_within(actual, found, np.where(np.abs(away) > own, maximum, own))


def _largest(array: Array) -> float:
    return float(np.abs(array).max(initial=0))


def _is_within(found: Array, expected: Array, allowed: Array) -> bool:
    """Whether no entry is off by more than is allowed."""
    same = found.shape == expected.shape
    return same and bool((np.abs(found.astype(np.float64) - expected) <= allowed).all())


def is_near(arrays: ArrayDict, expected: ArrayDict, allowed: ArrayDict, share: float = 1) -> bool:
    """Whether no array is off by more than a share of what is allowed, where that is said."""
    judged = arrays.keys() & allowed.keys()
    return all(_is_within(arrays[n], expected[n], share * allowed[n]) for n in judged)


def stratified_sample(failures: list[Failure]) -> list[Failure]:
    """The cheapest of each kind in turn."""
    turns = defaultdict[Any, Iterator[int]](count)
    ranked = sorted(failures, key=lambda f: next(turns[ops_of(f.golden.case), f.golden.exact]))
    return ranked[:SAMPLE_SIZE]
