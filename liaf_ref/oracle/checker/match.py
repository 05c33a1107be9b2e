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
from liaf_ref.oracle.checker.solution import Solution
from liaf_ref.oracle.conventions import Convention
from liaf_ref.oracle.golden import Golden

Named = Mapping[str, Array]
Tolerances = Callable[[Any, str], Named]
Solve = Callable[[Convention, Golden], Solution]
FARTHEST = sys.float_info.max  # how far a convention may lead, before it is known


class Failure(NamedTuple):
    """A case that a backend failed, what it gave, and what rounding can explain."""

    golden: Golden
    arrays: Named
    tolerance: Named
    relative: Mapping[str, float]


def failure(golden: Golden, arrays: Named, dtype: str, usual: float) -> Failure:
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
    own = {name: _relative(golden.expected[name], allowed[name]) for name in arrays}
    return Failure(golden, arrays, allowed, {name: max(r, usual) for name, r in own.items()})


def usual_relative(goldens: Iterable[Golden], dtype: str, tolerances: Tolerances) -> float:
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
    goldens = tuple(goldens)
    rounding = [(g.expected, g.tolerance[dtype]) for g in goldens if not g.exact]
    rounding = rounding or [(g.expected, tolerances(g.case, dtype)) for g in goldens[:1]]
    found = [_relative(e[name], tol[name]) for e, tol in rounding for name in e]
    return float(np.median([r for r in found if r] or [0.0]))


def _relative(expected: Array, allowed: Array) -> float:
    largest = float(np.abs(expected).max(initial=0))
    return float(np.max(allowed, initial=0)) / largest if largest else 0.0


def gives(convention: Convention, failed: Failure, solve: Solve = Solution) -> bool:
    """Whether a convention gives all of what a backend gave on a case it failed."""
    if not convention.applies(failed.golden.case):
        return False
    exact, found = failed.golden.exact, dict[str, Array]()
    for part in solve(convention, failed.golden):
        if part is None:
            return False
        names = failed.arrays.keys() & part.keys()
        if not all(_comparable(failed, name, part) for name in names):
            return False
        away = dict.fromkeys(names, FARTHEST) if exact else _away(failed, names, part)
        if not all(_near(failed, name, part[name], away[name]) for name in names):
            return False
        found |= part
    complete = failed.arrays.keys() <= found.keys()
    if not (exact and complete):
        return complete
    most = max(_away(failed, failed.arrays, found).values(), default=0.0)
    return all(_near(failed, name, found[name], most) for name in failed.arrays)


def _away(failed: Failure, names: Iterable[str], found: Named) -> dict[str, float]:
    """How far a convention leads."""
    expected = failed.golden.expected
    return {n: float(np.abs(found[n] - expected[n]).max(initial=0)) for n in names}


def _comparable(failed: Failure, name: str, found: Named) -> bool:
    same = found[name].shape == failed.arrays[name].shape
    return same and bool(np.isfinite(found[name]).all())


def _near(failed: Failure, name: str, found: Array, away: float) -> bool:
    came = failed.arrays[name]
    if stage_of(name) == "spikes":
        return bool((found == came).all())
    own = np.asarray(failed.tolerance[name])
    led = np.abs(found - failed.golden.expected[name]) > own
    most = np.max(own, initial=0) + failed.relative[name] * away
    return bool((np.abs(came.astype(np.float64) - found) <= np.where(led, most, own)).all())


def is_right(failed: Failure) -> bool:
    """Whether what came is what was expected."""
    return all(
        (np.abs(came.astype(np.float64) - failed.golden.expected[name]) <= allowed).all()
        for name, came in failed.arrays.items()
        for allowed in (failed.tolerance[name],)
    )


def departs(
    convention: Convention,
    golden: Golden,
    dtype: str,
    names: Iterable[str],
    solve: Solve = Solution,
) -> bool:
    """Whether a convention would have failed a case, judged by the arrays named."""
    if not convention.applies(golden.case):
        return False
    names = frozenset(names)
    for part in solve(convention, golden):
        if part is None:
            return True
        if not all(_as_expected(golden, n, part[n], dtype) for n in names & part.keys()):
            return True
    return False


def _as_expected(golden: Golden, name: str, found: Array, dtype: str) -> bool:
    expected, allowed = golden.expected[name], golden.tolerance[dtype][name]
    return found.shape == expected.shape and bool((np.abs(found - expected) <= allowed).all())
