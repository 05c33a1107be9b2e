"""Which known deviations explain what a backend gave."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.checker.explanation import Diagnosis
from liaf_ref.oracle.checker.finding import (
    FIRST_VALUE_STAGE,
    FORWARD_STAGES,
    STAGES,
    array_kind,
    stage_of,
)
from liaf_ref.oracle.checker.match import (
    Failure,
    LazySolution,
    Solve,
    Tolerances,
    make_failure,
    median_relative_tolerance,
)
from liaf_ref.oracle.checker.precision import recognise_precision
from liaf_ref.oracle.checker.search import (
    Found,
    Search,
    SolutionCache,
    case_names,
    uncovered,
)
from liaf_ref.oracle.checker.truncation import long_truncations
from liaf_ref.oracle.checker.verdict import Verdict
from liaf_ref.oracle.deviations import DEVIATIONS, Deviation
from liaf_ref.oracle.golden import GoldenCase

MAX_FACTOR_ERROR = 1e-4  # of the largest number, where arrays are a multiple of the expected ones
MAX_PAIRS = 6000  # pairs of deviations that are run on a case that no single one explains


def diagnose(
    verdicts: Iterable[Verdict],
    dtype: str,
    tolerances: Tolerances,
    catalog: Sequence[Deviation] = DEVIATIONS,
    solve: Solve = LazySolution,
) -> Diagnosis:
    """Look for the deviations that give what a backend gave."""
    verdicts = tuple(verdicts)
    failed = [v for v in verdicts if v.status == "failed" and _has_value_findings(v)]
    usual = (
        median_relative_tolerance((v.golden for v in verdicts), dtype, tolerances)
        if failed
        else 0.0
    )
    failures = [make_failure(v.golden, v.arrays, dtype, usual) for v in failed]
    failures.sort(key=lambda f: _cost(f.golden))
    passed = tuple(v for v in verdicts if v.status == "passed")
    known = (*catalog, *long_truncations(failures, solve))
    whole = Search(known, passed, dtype, SolutionCache(solve), MAX_PAIRS)
    recognise = partial(
        recognise_precision,
        total=len(failures),
        passed=[v.golden for v in passed],
        dtype=dtype,
        bounds=tolerances,
    )
    found = _find(whole, failures, recognise)
    left = uncovered(found, failures)
    forward = whole._replace(compared=lambda golden, name: stage_of(name) in FORWARD_STAGES)
    partly = forward.find(Search.best_single, [], left)
    partly = forward.supported(partly, forward.view(left))
    found += [one._replace(scope="forward") for one in partly]
    explanations = [one.explanation(len(failures)) for one in found]
    names = case_names(left)
    wrong, right = _array_kinds([v for v in failed if v.name in names])
    return Diagnosis(tuple(explanations), tuple(f.golden.name for f in left), wrong, right)


def _find(
    whole: Search,
    failures: list[Failure],
    recognise: Callable[[list[Failure]], list[Found]],
) -> list[Found]:
    """By all arrays, then by those that must be returned: an optional one hides no answer."""
    required = whole._replace(compared=lambda golden, name: name in golden.required)
    found: list[Found] = []
    for method in (
        Search.best_single,
        Search.best_placed,
        Search.best_pair,
    ):
        if method is Search.best_pair:  # two at once imitate much; rounding does not
            found = [*found, *recognise(uncovered(found, failures))]
        found = whole.find(method, found, failures)
        known = len(found)
        found = required.find(method, found, failures)
        found = [*found[:known], *(required.with_optional(f, failures) for f in found[known:])]
    return whole.supported(_merged(found), failures)


def _merged(found: list[Found]) -> list[Found]:
    """What one deviation explains by all arrays, and by the required ones, as one."""
    kept: list[Found] = []
    for one in found:
        names = {c.name for c in one.deviations}
        for k, other in enumerate(kept):
            if same := [c for c in other.deviations if c.name in names]:
                kept[k] = one._replace(
                    deviations=tuple(same),
                    failures=other.failures + one.failures,
                    contradicted=max(one.contradicted, other.contradicted),
                )
                break
        else:
            kept.append(one)
    return kept


def _cost(golden: GoldenCase) -> int:
    repeated = 1 if golden.case.optimizer is None else int(golden.case.optimizer["steps"])
    return repeated * sum(array.size for array in golden.expected.values())


def _has_value_findings(verdict: Verdict) -> bool:
    return any(STAGES.index(f.stage) >= FIRST_VALUE_STAGE for f in verdict.findings)


def _array_kinds(verdicts: Iterable[Verdict]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Kinds of arrays that are wrong somewhere, with how often, and that are right everywhere."""
    wrong: dict[str, int] = {}
    pairs: dict[str, list[tuple[Array, Array]]] = {}
    seen: dict[str, int] = {}
    for verdict in verdicts:
        off = {f.tensor for f in verdict.findings if STAGES.index(f.stage) >= FIRST_VALUE_STAGE}
        for name in verdict.arrays:
            kind = array_kind(verdict.golden.case, name)
            seen[kind] = seen.get(kind, 0) + 1
            wrong[kind] = wrong.get(kind, 0) + (name in off)
            pairs.setdefault(kind, []).append((verdict.arrays[name], verdict.golden.expected[name]))
    ordered = sorted(seen, key=lambda kind: (STAGES.index(stage_of(kind)), kind))
    return (
        tuple(
            f"{kind} ({wrong[kind]} of {seen[kind]}{_common_factor(pairs[kind])})"
            for kind in ordered
            if wrong[kind]
        ),
        tuple(kind for kind in ordered if not wrong[kind]),
    )


def _common_factor(pairs: list[tuple[Array, Array]]) -> str:
    """What all arrays of a kind are times the expected ones, if it is one number."""
    expected = np.concatenate([array.ravel() for _, array in pairs])
    found = np.concatenate([array.ravel() for array, _ in pairs]).astype(np.float64)
    factor = float(found @ expected / (expected @ expected)) if expected.any() else 1.0
    same = np.abs(found - factor * expected).max() <= MAX_FACTOR_ERROR * np.abs(expected).max()
    return f", {factor:.4g} times the expected" if same else ""
