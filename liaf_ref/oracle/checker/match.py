"""Whether a deviation explains the answer of a backend to a case."""

# A deviation is run in float64, and its answer is compared with the backend's. Where the
# deviation agrees with the paper, the tolerance of the case applies. Where it deviates, the
# allowed error is the largest tolerance of the tensor plus its relative tolerance (largest
# tolerance over largest entry) times the largest deviation of the tensor, because rounding grows
# with the numbers. An exact case has no tolerance: the median relative tolerance of the set and
# the largest deviation of all tensors are used instead. Spikes have to be equal. The first part
# of the answer that differs decides; later parts are not computed.

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.checker.comparison import stage_of
from liaf_ref.oracle.deviations import Deviation
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.table import PAPER as PAPER_TEXT
from liaf_ref.oracle.table import Text, stages

ArrayDict = Mapping[str, Array]
Tolerances = Callable[[Any, str], ArrayDict]
PAPER = Deviation("the paper's", "", (), frozenset(OPS))
MAX_DEVIATION = sys.float_info.max  # upper limit of a deviation that is not yet known


class LazySolution:
    """The parts of an answer, one after another, each computed once."""

    def __init__(
        self,
        deviation: Deviation,
        golden: GoldenCase,
        text: Text = PAPER_TEXT,
    ) -> None:
        self.stages: list[ArrayDict | None] = []
        self._remaining = stages(golden.case, **deviation.how_to_run(golden.case, text))

    def __iter__(self) -> Iterator[ArrayDict | None]:
        """What is forward, backward, and of training; ``None`` for what cannot be run."""
        at = 0
        while at < len(self.stages) or self._compute_next():
            yield self.stages[at]
            at += 1

    def _compute_next(self) -> bool:
        with np.errstate(all="ignore"):
            try:
                self.stages.append(next(self._remaining))
            except StopIteration:
                return False
            except (ValueError, IndexError, ArithmeticError):  # shapes or sizes that do not fit
                self.stages.append(None)
        return True


Solve = Callable[[Deviation, GoldenCase], LazySolution]


class Failure(NamedTuple):
    """A case that a backend failed, what it gave, and what rounding can explain."""

    golden: GoldenCase
    arrays: ArrayDict
    tolerance: ArrayDict
    relative: Mapping[str, float]


def make_failure(
    golden: GoldenCase, arrays: ArrayDict, dtype: str, min_relative_tolerance: float
) -> Failure:
    """Prepare a failed case."""
    allowed = golden.tolerance[dtype]
    own = {name: _relative_tolerance(golden.expected[name], allowed[name]) for name in arrays}
    return Failure(
        golden, arrays, allowed, {name: max(r, min_relative_tolerance) for name, r in own.items()}
    )


def median_relative_tolerance(
    cases: Iterable[GoldenCase], dtype: str, tolerances: Tolerances
) -> float:
    """The median relative tolerance of all tensors of all cases that round."""
    cases = tuple(cases)
    rounding = [(g.expected, g.tolerance[dtype]) for g in cases if not g.exact]
    rounding = rounding or [(g.expected, tolerances(g.case, dtype)) for g in cases[:1]]
    found = [_relative_tolerance(e[name], tol[name]) for e, tol in rounding for name in e]
    return float(np.median([r for r in found if r] or [0.0]))


def _relative_tolerance(expected: Array, tolerance: Array) -> float:
    largest = float(np.abs(expected).max(initial=0))
    return _largest_finite(tolerance) / largest if largest else 0.0


def _largest_finite(tolerance: Array) -> float:
    """The largest tolerance; an infinite one bounds nothing, and is that of its entry alone."""
    return float(np.max(tolerance, initial=0, where=np.isfinite(tolerance)))


def explains(deviation: Deviation, failure: Failure, solve: Solve = LazySolution) -> bool:
    """Whether a deviation gives all of what a backend gave on a case it failed."""
    if not deviation.applies_to(failure.golden.case):
        return False
    exact, found = failure.golden.exact, dict[str, Array]()
    for part in solve(deviation, failure.golden):
        if part is None or not _part_explains(failure, part):
            return False
        found |= part
    complete = failure.arrays.keys() <= found.keys()
    if not (exact and complete):
        return complete
    maximum = max(_deviations(failure, failure.arrays, found).values(), default=0.0)
    return all(_is_close(failure, name, found[name], maximum) for name in failure.arrays)


def explains_forward(deviation: Deviation, failure: Failure, solve: Solve) -> bool:
    """Whether a deviation gives what a backend gave in the forward pass."""
    part = next(iter(solve(deviation, failure.golden)))
    return part is not None and _part_explains(failure, part)


def changes_forward(deviation: Deviation, failure: Failure, solve: Solve) -> bool:
    """Whether a deviation changes any bit of the forward pass."""
    paper, part = (next(iter(solve(c, failure.golden))) for c in (PAPER, deviation))
    if paper is None or part is None or paper.keys() != part.keys():
        return True
    return not all(np.array_equal(paper[n], part[n], equal_nan=True) for n in paper)


def _part_explains(failure: Failure, part: ArrayDict) -> bool:
    names = failure.arrays.keys() & part.keys()
    if not all(_comparable(failure, name, part) for name in names):
        return False
    exact = failure.golden.exact
    away = dict.fromkeys(names, MAX_DEVIATION) if exact else _deviations(failure, names, part)
    return all(_is_close(failure, name, part[name], away[name]) for name in names)


def _deviations(failure: Failure, names: Iterable[str], found: ArrayDict) -> dict[str, float]:
    """The largest deviation of a deviation from the paper, by tensor."""
    expected = failure.golden.expected
    return {n: float(np.abs(found[n] - expected[n]).max(initial=0)) for n in names}


def _comparable(failure: Failure, name: str, found: ArrayDict) -> bool:
    same = found[name].shape == failure.arrays[name].shape
    return same and bool(np.isfinite(found[name]).all())


def _is_close(failure: Failure, name: str, found: Array, deviation: float) -> bool:
    actual = failure.arrays[name]
    if stage_of(name) == "spikes":
        return bool((found == actual).all())
    own = np.asarray(failure.tolerance[name])
    led = np.abs(found - failure.golden.expected[name]) > own
    maximum = _largest_finite(own) + failure.relative[name] * deviation
    return bool((np.abs(actual.astype(np.float64) - found) <= np.where(led, maximum, own)).all())


def matches_expected(failure: Failure) -> bool:
    """Whether the answer is within the tolerances of the paper."""
    expected = failure.golden.expected
    return all(
        is_within(actual.astype(np.float64), expected[name], failure.tolerance[name])
        for name, actual in failure.arrays.items()
    )


def contradicts(
    deviation: Deviation,
    golden: GoldenCase,
    dtype: str,
    names: Iterable[str],
    solve: Solve = LazySolution,
) -> bool:
    """Whether a deviation would have failed a case, judged by the arrays named."""
    if not deviation.applies_to(golden.case):
        return False
    names = frozenset(names)
    for part in solve(deviation, golden):
        if part is None:
            return True
        for name in names & part.keys():
            if not is_within(part[name], golden.expected[name], golden.tolerance[dtype][name]):
                return True
    return False


def is_within(found: Array, expected: Array, tolerance: Array) -> bool:
    """Whether no entry is off by more than is allowed."""
    return found.shape == expected.shape and bool((np.abs(found - expected) <= tolerance).all())
