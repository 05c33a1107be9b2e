"""Which known conventions explain what a backend gave."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, NamedTuple

from liaf_ref.oracle.checker.explanation import Diagnosis, Explanation
from liaf_ref.oracle.checker.finding import FIRST_VALUE_STAGE, STAGES, stage_of
from liaf_ref.oracle.checker.match import (
    Failure,
    LazySolution,
    Solve,
    Tolerances,
    contradicts,
    explains,
    make_failure,
    matches_expected,
    median_relative_tolerance,
)
from liaf_ref.oracle.checker.verdict import Verdict
from liaf_ref.oracle.conventions import CATALOG, Convention, ops_of
from liaf_ref.oracle.golden import GoldenCase

SAMPLE_SIZE = 8  # failed cases on which every convention is run
MAX_PAIRS = 3000  # pairs of conventions that are run on a case that no single one explains


def diagnose(
    verdicts: Iterable[Verdict],
    dtype: str,
    tolerances: Tolerances,
    catalog: Sequence[Convention] = CATALOG,
    solve: Solve = LazySolution,
) -> Diagnosis:
    """Look for the conventions that give what a backend gave."""
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
    search = ConventionSearch(tuple(catalog), passed, dtype, solve, MAX_PAIRS)
    explanations, left = search.explain(failures)
    if forward := [part for f in left if (part := _forward_part(f))]:
        found, _ = search._replace(max_pairs=0).explain(forward)
        explanations += [replace(explanation, scope="forward") for explanation in found]
    names = _case_names(left)
    wrong, right = _array_kinds([v for v in failed if v.name in names])
    return Diagnosis(tuple(explanations), tuple(f.golden.case.name for f in left), wrong, right)


Candidates = list[tuple[Convention, list[Failure]]]


class ConventionSearch(NamedTuple):
    """What is searched, and against what."""

    catalog: tuple[Convention, ...]
    passed: tuple[Verdict, ...]
    dtype: str
    solve: Solve
    max_pairs: int

    def explain(self, failures: list[Failure]) -> tuple[list[Explanation], list[Failure]]:
        """The one that explains most, then of the rest the one that explains most, and so on."""
        explanations: list[Explanation] = []
        left = failures
        while left and (best := self.best_single(left) or self.best_pair(left, failures)):
            if explanations and _case_names(best[0][1]) >= _case_names(failures):
                explanations, left = [], failures  # two at once that explain everything
            explanations.append(self.make_explanation(best, len(left)))
            left = [f for f in left if f.golden.case.name not in _case_names(best[0][1])]
        return explanations, left

    def make_explanation(self, best: Candidates, total: int) -> Explanation:
        """Of those that explain the same, keep those that the passed cases speak least against."""
        counts = [
            sum(contradicts(c, v.golden, self.dtype, v.arrays, self.solve) for v in self.passed)
            for c, _ in best
        ]
        minimum = min(counts)
        saved = [c for (c, _), count in zip(best, counts, strict=True) if count == minimum]
        return Explanation(
            tuple(c.name for c in saved), saved[0].description, len(best[0][1]), total, minimum
        )

    def best_single(self, failures: list[Failure]) -> Candidates:
        """The conventions that explain most by themselves."""
        return self.best_of(self.shortlist(self.catalog, _stratified_sample(failures)), failures)

    def best_pair(self, left: list[Failure], failures: list[Failure]) -> Candidates:
        """Two at once, on the cheapest case that is left; then on all."""
        sample = _stratified_sample(failures)
        fit = [c for c in self.catalog if self.max_pairs and c.applies_to(left[0].golden.case)]
        # Those that explain a case by themselves come first.
        fit.sort(key=lambda c: not any(explains(c, failed, self.solve) for failed in sample))
        both = (a.combined_with(b) for a, b in _compatible_pairs(fit))
        tried = (c for c, _ in zip(both, range(self.max_pairs), strict=False))
        found = [c for c in tried if explains(c, left[0], self.solve)]
        return self.best_of(self.shortlist(found, sample), failures)

    def shortlist(
        self, candidates: Iterable[Convention], sample: list[Failure]
    ) -> list[Convention]:
        """Those that explain most of a sample, none tried further than it can still be one."""
        paths = [(c, iter(sample)) for c in candidates]
        for _ in sample:  # each time, one more failure may be left unexplained
            if ends := [c for c, path in paths if all(explains(c, f, self.solve) for f in path)]:
                return ends
        return []

    def best_of(self, finalists: list[Convention], failures: list[Failure]) -> Candidates:
        """Of those that explain most of a sample, those that explain most of all failures."""
        found = [(c, [f for f in failures if explains(c, f, self.solve)]) for c in finalists]
        maximum = max((len(explained) for _, explained in found), default=0)
        best = [entry for entry in found if len(entry[1]) == maximum]
        return [entry for entry in best if _case_names(entry[1]) == _case_names(best[0][1])]


def _forward_part(failure: Failure) -> Failure | None:
    """What the forward pass gave, if it is wrong."""
    arrays = {name: a for name, a in failure.arrays.items() if name.startswith("exp/")}
    part = failure._replace(arrays=arrays)
    return None if not arrays or matches_expected(part) else part


def _case_names(failures: list[Failure]) -> frozenset[str]:
    return frozenset(failed.golden.case.name for failed in failures)


def _compatible_pairs(catalog: Sequence[Convention]) -> Iterator[tuple[Convention, Convention]]:
    touched = {c.name: c.replaced_equations() for c in catalog}
    return ((a, b) for a, b in combinations(catalog, 2) if not touched[a.name] & touched[b.name])


def _stratified_sample(failures: list[Failure]) -> list[Failure]:
    """The cheapest of each kind in turn."""
    kinds: dict[Any, list[Failure]] = {}
    for failed in failures:
        key = ops_of(failed.golden.case), failed.golden.exact
        kinds.setdefault(key, []).append(failed)
    rows = max(map(len, kinds.values()), default=0)
    turns = (kind[i] for i in range(rows) for kind in kinds.values() if i < len(kind))
    return [failed for _, failed in zip(range(SAMPLE_SIZE), turns, strict=False)]


def _cost(golden: GoldenCase) -> int:
    repeated = 1 if golden.case.optimizer is None else int(golden.case.optimizer["steps"])
    return repeated * sum(array.size for array in golden.expected.values())


def _has_value_findings(verdict: Verdict) -> bool:
    return any(STAGES.index(f.stage) >= FIRST_VALUE_STAGE for f in verdict.findings)


def _array_kinds(verdicts: Iterable[Verdict]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Kinds of arrays that are wrong somewhere, with how often, and that are right everywhere."""
    wrong: dict[str, int] = {}
    seen: dict[str, int] = {}
    for verdict in verdicts:
        off = {f.tensor for f in verdict.findings if STAGES.index(f.stage) >= FIRST_VALUE_STAGE}
        for name in verdict.arrays:
            kind = _array_kind(verdict.golden, name)
            seen[kind] = seen.get(kind, 0) + 1
            wrong[kind] = wrong.get(kind, 0) + (name in off)
    ordered = sorted(seen, key=lambda kind: (STAGES.index(stage_of(kind)), kind))
    return (
        tuple(f"{kind} ({wrong[kind]} of {seen[kind]})" for kind in ordered if wrong[kind]),
        tuple(kind for kind in ordered if not wrong[kind]),
    )


def _array_kind(golden: GoldenCase, name: str) -> str:
    """The array's name with the operation in place of the node."""
    head, _, rest = name.rpartition("/")
    node, dot, quantity = rest.partition(".")
    ops = {n.name: n.op for n in golden.case.nodes}
    return f"{head}/{ops.get(node, node)}{dot}{quantity}"
