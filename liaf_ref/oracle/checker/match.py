"""Whether a deviation, or arithmetic of fewer bits, explains the answer of a backend to a case."""

# A deviation is run in float64, and its answer is compared with the backend's. Where the
# deviation agrees with the paper, the tolerance of the case applies. Where it deviates, the
# allowed error is the largest tolerance of the tensor plus its relative tolerance (largest
# tolerance over largest entry) times the largest deviation of the tensor, because rounding grows
# with the numbers. An exact case has no tolerance: the median relative tolerance of the set and
# the largest deviation of all tensors are used instead. Spikes have to be equal. After a part of
# the answer in which a required array differs, later parts are not computed.

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from itertools import islice, tee
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.checker.verdict import stage_of
from liaf_ref.oracle.deviations import Deviation, ops_of
from liaf_ref.oracle.deviations.deviation import Edit
from liaf_ref.oracle.error_bounds import ERRORS
from liaf_ref.oracle.formats import format_of, rounded_to
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.table import PAPER as PAPER_TEXT
from liaf_ref.oracle.table import Text, run, stages

ArrayDict = Mapping[str, Array]
Bounds = Callable[[Case, str], ArrayDict]
PAPER = Deviation("the paper's", (Edit("store", lambda store: store),))  # seen everywhere
SAMPLE_SIZE = 8  # failed cases on which every deviation is run
MAX_SECONDS = 20.0  # of CPU time
MAX_ANSWERS = 8000  # that are kept: those to all pairs and more


class OutOfTimeError(Exception):
    """The search has taken as much CPU time as it may."""


class Failure(NamedTuple):
    """A case that a backend failed, what it gave, and what rounding can explain."""

    golden: GoldenCase
    arrays: ArrayDict
    tolerance: ArrayDict
    least: float  # relative tolerance, which exact cases have too
    size: float | None  # of an exact case, how far it is from the paper's answer
    compared: frozenset[str]  # the arrays that a deviation has to give

    def wrong(self, names: Iterable[str]) -> set[str]:
        """Of some arrays, those that are beyond the tolerances of the paper."""
        expected, arrays = self.golden.expected, self.arrays
        return {n for n in names if not _is_within(arrays[n], expected[n], self.tolerance[n])}


class Answers:
    """Answers of deviations, each part computed once, for as long as there is time."""

    def __init__(
        self, text: Text = PAPER_TEXT, on_time: Callable[[float], None] = lambda seconds: None
    ) -> None:
        self._text, self._on_time, self._start = text, on_time, time.process_time()
        self._known: dict[tuple[str, str], Iterator[ArrayDict | None]] = {}

    def check_time(self) -> None:
        """Tell how much time has gone, and end where that is all."""
        seconds = time.process_time() - self._start
        self._on_time(min(seconds, MAX_SECONDS))
        if seconds > MAX_SECONDS:
            raise OutOfTimeError

    def __call__(self, deviation: Deviation, golden: GoldenCase) -> Iterator[ArrayDict | None]:
        """What is forward, backward, and of training; None for what cannot be run."""
        self.check_time()
        key = deviation.name, golden.name
        if key not in self._known:
            if len(self._known) >= MAX_ANSWERS:
                del self._known[next(iter(self._known))]
            how = deviation.how_to_run(golden.case, self._text)
            (self._known[key],) = tee(_parts(golden.case, how), 1)
        return copy(self._known[key])  # which has all that any other copy has computed

    def explains(self, deviation: Deviation, failure: Failure) -> bool:
        """Whether a deviation gives what a backend gave, of the arrays that are compared."""
        return failure.compared <= self.agreeing(deviation, failure)

    def agreeing(self, deviation: Deviation, failure: Failure) -> set[str]:
        """The arrays that a deviation gives as the backend did, until a compared one is another."""
        agree, left = set[str](), set(failure.compared)
        is_other = deviation.applies_to(failure.golden.case)
        for part in self(deviation, failure.golden) if is_other else ():
            if part is None:
                break
            names = failure.arrays.keys() & part.keys()
            agree |= {name for name in names if _is_close(failure, name, part[name])}
            if not left & part.keys() <= agree or not (left := left - part.keys()):
                break
        return agree

    def changes_forward(self, deviation: Deviation, failure: Failure) -> bool:
        """Whether a deviation changes any bit of the forward pass."""
        paper, part = (next(self(c, failure.golden)) for c in (PAPER, deviation))
        if paper is None or part is None or paper.keys() != part.keys():
            return True
        return not all(np.array_equal(paper[n], part[n], equal_nan=True) for n in paper)

    def contradicts(
        self, deviation: Deviation, golden: GoldenCase, dtype: str, names: Iterable[str]
    ) -> bool:
        """Whether a deviation would have failed a case, judged by the arrays named."""
        names, allowed = frozenset(names), golden.tolerance[dtype]
        return deviation.applies_to(golden.case) and any(
            part is None
            or not _is_near({n: part[n] for n in names & part.keys()}, golden.expected, allowed)
            for part in self(deviation, golden)
        )


def _parts(case: Case, how: Mapping[str, Any]) -> Iterator[ArrayDict | None]:
    try:
        yield from stages(case, **how)
    except (ValueError, IndexError, ArithmeticError):  # shapes or sizes that do not fit
        yield None


def make_failure(golden: GoldenCase, arrays: ArrayDict, dtype: str, least: float) -> Failure:
    """Prepare a failed case: compared are the required arrays, all if none of these is wrong."""
    away = [_largest(array - golden.expected[name]) for name, array in arrays.items()]
    size, required = max(away) if golden.exact else None, golden.required & arrays.keys()
    failure = Failure(golden, arrays, golden.tolerance[dtype], least, size, required)
    return failure if failure.wrong(required) else failure._replace(compared=frozenset(arrays))


def median_relative_tolerance(cases: Iterable[GoldenCase], dtype: str, bounds: Bounds) -> float:
    """The median relative tolerance of all tensors of all cases that round."""
    cases = tuple(cases)
    rounding = [(g.expected, g.tolerance[dtype]) for g in cases if not g.exact]
    rounding = rounding or [(g.expected, bounds(g.case, dtype)) for g in cases[:1]]
    found = [_relative_tolerance(e[name], tol[name]) for e, tol in rounding for name in e]
    return float(np.median([r for r in found if r] or [0.0]))


def _relative_tolerance(expected: Array, tolerance: Array) -> float:
    largest = _largest(expected)
    return _largest_finite(tolerance) / largest if largest else 0.0


def _largest_finite(tolerance: Array) -> float:
    """The largest tolerance; an infinite one bounds nothing, and is that of its entry alone."""
    return float(np.max(tolerance, initial=0, where=np.isfinite(tolerance)))


def _is_close(failure: Failure, name: str, found: Array) -> bool:
    """Whether an array is that of a deviation."""
    actual = failure.arrays[name]
    if found.shape != actual.shape or not np.isfinite(found).all():
        return False
    if stage_of(name) == "spikes":
        return bool((found == actual).all())
    expected, own = failure.golden.expected[name], np.asarray(failure.tolerance[name])
    away, share = found - expected, max(_relative_tolerance(expected, own), failure.least)
    maximum = _largest_finite(own) + share * (
        _largest(away) if failure.size is None else failure.size
    )
    off = np.abs(actual.astype(np.float64) - found)
    return bool((off <= np.where(np.abs(away) > own, maximum, own)).all())


def _largest(array: Array) -> float:
    return float(np.abs(array).max(initial=0))


def _is_within(found: Array, expected: Array, tolerance: Array) -> bool:
    """Whether no entry is off by more than is allowed."""
    if found.shape != expected.shape:
        return False
    return bool((np.abs(found.astype(np.float64) - expected) <= tolerance).all())


def _is_near(arrays: ArrayDict, expected: ArrayDict, bound: ArrayDict, share: float = 1) -> bool:
    return all(_is_within(a, expected[n], share * bound[n]) for n, a in arrays.items())


def stratified_sample(failures: list[Failure]) -> list[Failure]:
    """The cheapest of each kind in turn."""
    kinds: dict[Any, list[Failure]] = {}
    for failed in failures:
        key = ops_of(failed.golden.case), failed.golden.exact
        kinds.setdefault(key, []).append(failed)
    rows = max(map(len, kinds.values()), default=0)
    turns = (kind[i] for i in range(rows) for kind in kinds.values() if i < len(kind))
    return list(islice(turns, SAMPLE_SIZE))


# Answers in fewer bits: within the bound of that arithmetic, and not of the check's.
FEWER_BITS = (  # a name, bits, and the format whose bound it has; the narrowest bound first
    ("arithmetic of 24 bits (float32)", 24, "float32"),
    ("arithmetic of 11 bits (TF32, float16)", 11, "float16"),
    ("arithmetic of 8 bits (bfloat16)", 8, "bfloat16"),
)
MIN_SHARE = 0.7  # of all failures, that a format has to explain
MAX_ROUNDINGS = 32  # of an array's largest entry, that rounding adds up to


def recognise_precision(
    left: list[Failure], total: int, passed: Iterable[GoldenCase], dtype: str, bounds: Bounds
) -> tuple[str, list[Failure]] | None:
    """The narrowest format whose rounding explains most of the failures, and which."""
    # A wide bound contains many a small mistake, but a format rounds in nearly every case.
    for name, bits, bound_of in FEWER_BITS:
        if bits >= format_of(dtype).bits or len(left) < max(MIN_SHARE * total, 1):
            continue

        def fit(failures: list[Failure], bits: int = bits, own: str = bound_of) -> list[Failure]:
            return [f for f in failures if _rounds(f, bits, lambda case: bounds(case, own))]

        sample = stratified_sample(left)
        if len(fit(sample)) >= MIN_SHARE * len(sample):
            found = fit(left)
            if len(found) >= MIN_SHARE * total and _is_everywhere(found, passed):
                return name, found
    return None


def _rounds(failure: Failure, bits: int, bounds: Callable[[Case], ArrayDict]) -> bool:
    """Whether rounding explains an answer, to what is given or to that rounded to the format."""
    case, expected = failure.golden.case, failure.golden.expected
    if not (known := bounds(case)):  # the neurons have no bounds
        return False
    # A bound can be wider than rounding leads.
    most = {n: MAX_ROUNDINGS * 2.0**-bits * abs(expected[n]).max(initial=0) for n in failure.arrays}
    if not _is_near(failure.arrays, expected, most):
        return False
    # A run of the format is off by one error; a tolerance has room for some, so for more bits.
    if _is_near(failure.arrays, expected, known, 1 / ERRORS):
        return True
    floats = {n: a for n, a in case.items() if a.dtype.kind == "f"}
    rounded = case.with_arrays({n: rounded_to(bits, a) for n, a in floats.items()})
    with np.errstate(all="ignore"):
        return _is_near(failure.arrays, run(rounded), bounds(rounded), 1 / ERRORS)


def _is_everywhere(fit: Iterable[Failure], passed: Iterable[GoldenCase]) -> bool:
    """Whether more cases of the same operations fail than pass: rounding spares few."""
    cases = [f.golden.case for f in fit]
    kinds = {ops_of(case) for case in cases}
    return len(cases) > sum(not g.exact and ops_of(g.case) in kinds for g in passed)
