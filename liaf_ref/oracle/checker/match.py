"""Whether a convention gives what a backend gave on a case.

A convention is run in float64 and its answer compared with what came.  Where it stays
with the paper, the case's own tolerance is allowed.  An entry that it leads away may be
off by the tensor's largest tolerance, and by the tensor's relative tolerance (the largest
tolerance over the largest entry) of how far away it leads: rounding grows with the
numbers it befalls.  An exact case has no tolerance: there the relative tolerance of the
set's median tensor stands for it, and how far the convention leads away is that of its
farthest tensor.  Spikes have to be equal.

The first part of an answer that is not what came decides, and no later one is computed.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.checker.finding import stage_of
from liaf_ref.oracle.checker.lazy_solution import LazySolution
from liaf_ref.oracle.conventions import Convention
from liaf_ref.oracle.golden import GoldenCase

ArrayDict = Mapping[str, Array]
Tolerances = Callable[[Any, str], ArrayDict]
Solve = Callable[[Convention, GoldenCase], LazySolution]
MAX_DEVIATION = sys.float_info.max  # how far a convention may lead, before it is known


class Failure(NamedTuple):
    """A case that a backend failed, what it gave, and what rounding can explain."""

    golden: GoldenCase
    arrays: ArrayDict
    tolerance: ArrayDict
    relative: Mapping[str, float]


def make_failure(
    golden: GoldenCase, arrays: ArrayDict, dtype: str, min_relative_tolerance: float
) -> Failure:
    """Prepare a failed case.

    Parameters
    ----------
    golden : Golden
        The case with its answer.
    arrays : mapping of str to ndarray
        What came and could be compared.
    dtype : str
        In which it came.
    usual : float
        The least relative tolerance of a tensor, :func:`usual_relative`: an exact case's
        own is zero, but only as long as the paper's equations are followed.

    Returns
    -------
    Failure
        For :func:`gives`.
    """
    allowed = golden.tolerance[dtype]
    own = {name: _relative_tolerance(golden.expected[name], allowed[name]) for name in arrays}
    return Failure(
        golden, arrays, allowed, {name: max(r, min_relative_tolerance) for name, r in own.items()}
    )


def median_relative_tolerance(
    cases: Iterable[GoldenCase], dtype: str, tolerances: Tolerances
) -> float:
    """The median relative tolerance of all tensors of all cases that round.

    Parameters
    ----------
    goldens : iterable of Golden
        The cases.
    dtype : str
        Whose tolerance is meant.
    tolerances : callable
        From a case and a dtype to its tolerances; asked once if every case is exact.

    Returns
    -------
    float
        Largest allowed error over largest entry.
    """
    cases = tuple(cases)
    rounding = [(g.expected, g.tolerance[dtype]) for g in cases if not g.exact]
    rounding = rounding or [(g.expected, tolerances(g.case, dtype)) for g in cases[:1]]
    found = [_relative_tolerance(e[name], tol[name]) for e, tol in rounding for name in e]
    return float(np.median([r for r in found if r] or [0.0]))


def _relative_tolerance(expected: Array, tolerance: Array) -> float:
    largest = float(np.abs(expected).max(initial=0))
    return float(np.max(tolerance, initial=0)) / largest if largest else 0.0


def explains(convention: Convention, failure: Failure, solve: Solve = LazySolution) -> bool:
    """Whether a convention gives all of what a backend gave on a case it failed."""
    if not convention.applies_to(failure.golden.case):
        return False
    exact, found = failure.golden.exact, dict[str, Array]()
    for part in solve(convention, failure.golden):
        if part is None:
            return False
        names = failure.arrays.keys() & part.keys()
        if not all(_comparable(failure, name, part) for name in names):
            return False
        away = dict.fromkeys(names, MAX_DEVIATION) if exact else _deviations(failure, names, part)
        if not all(_is_close(failure, name, part[name], away[name]) for name in names):
            return False
        found |= part
    complete = failure.arrays.keys() <= found.keys()
    if not (exact and complete):
        return complete
    maximum = max(_deviations(failure, failure.arrays, found).values(), default=0.0)
    return all(_is_close(failure, name, found[name], maximum) for name in failure.arrays)


def _deviations(failure: Failure, names: Iterable[str], found: ArrayDict) -> dict[str, float]:
    """How far a convention leads."""
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
    maximum = np.max(own, initial=0) + failure.relative[name] * deviation
    return bool((np.abs(actual.astype(np.float64) - found) <= np.where(led, maximum, own)).all())


def matches_expected(failure: Failure) -> bool:
    """Whether what came is what was expected."""
    return all(
        (np.abs(actual.astype(np.float64) - failure.golden.expected[name]) <= allowed).all()
        for name, actual in failure.arrays.items()
        for allowed in (failure.tolerance[name],)
    )


def contradicts(
    convention: Convention,
    golden: GoldenCase,
    dtype: str,
    names: Iterable[str],
    solve: Solve = LazySolution,
) -> bool:
    """Whether a convention would have failed a case, judged by the arrays named."""
    if not convention.applies_to(golden.case):
        return False
    names = frozenset(names)
    for part in solve(convention, golden):
        if part is None:
            return True
        if not all(_as_expected(golden, n, part[n], dtype) for n in names & part.keys()):
            return True
    return False


def _as_expected(golden: GoldenCase, name: str, found: Array, dtype: str) -> bool:
    expected, allowed = golden.expected[name], golden.tolerance[dtype][name]
    return found.shape == expected.shape and bool((np.abs(found - expected) <= allowed).all())
