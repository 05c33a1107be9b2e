"""The search for deviations that give what a backend gave: one, one in some nodes, or two."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, islice
from typing import Any, NamedTuple

from liaf_ref.oracle.checker.comparison import array_kind
from liaf_ref.oracle.checker.explanation import Explanation
from liaf_ref.oracle.checker.match import (
    Failure,
    LazySolution,
    Solve,
    changes_forward,
    contradicts,
    explains,
    explains_forward,
    matches_expected,
)
from liaf_ref.oracle.checker.verdict import Verdict
from liaf_ref.oracle.deviations import Deviation, ops_of
from liaf_ref.oracle.deviations.deviation import placed, separating_condition
from liaf_ref.oracle.golden import GoldenCase

SAMPLE_SIZE = 8  # failed cases on which every deviation is run
MAX_REJECTED = 40  # deviations that explain a case and would have failed more that passed
MAX_TIES = 8  # of the deviations that explain the same, those for which a condition is searched
MAX_EXPLORED = 3  # explained cases whose optional arrays are compared one by one
MAX_MISSED = 10  # per explained failure, failures that the deviation reaches and does not explain
MAX_SECONDS = 20.0  # of CPU time
MAX_SOLUTIONS = 8000  # answers of deviations that are kept: those to all pairs and more

Candidates = list[tuple[Deviation, list[Failure]]]


class Found(NamedTuple):
    """Deviations that explain the same failures."""

    deviations: tuple[Deviation, ...]
    failures: tuple[Failure, ...]
    contradicted: int = 0
    where: str = ""
    optional: tuple[str, ...] = ()
    scope: str = ""

    @property
    def cases(self) -> frozenset[str]:
        """Names of the explained cases."""
        return case_names(self.failures)

    @property
    def plausible(self) -> bool:
        """Whether it explains more cases than it would have failed of those that passed."""
        return self.contradicted < len(self.failures)

    def explanation(self, total: int) -> Explanation:
        """What is printed."""
        names = tuple(c.name.removesuffix(f", with {self.where}") for c in self.deviations)
        return Explanation(
            names,
            self.deviations[0].sentence,
            len(self.failures),
            total,
            self.contradicted,
            self.scope,
            self.where,
            self.optional,
        )


class OutOfTimeError(Exception):
    """The search has taken as much CPU time as it may."""


class Solutions:
    """Answers of deviations, the latest of them kept, for as long as there is time."""

    def __init__(
        self, solve: Solve, on_time: Callable[[float], None] = lambda seconds: None
    ) -> None:
        self._solve, self._on_time, self._start = solve, on_time, time.process_time()
        self._known: dict[tuple[str, str], LazySolution] = {}

    def check_time(self) -> None:
        """Tell how much time has gone, and end where that is all."""
        seconds = time.process_time() - self._start
        self._on_time(min(seconds, MAX_SECONDS))
        if seconds > MAX_SECONDS:
            raise OutOfTimeError

    def __call__(self, deviation: Deviation, golden: GoldenCase) -> LazySolution:
        """The answer to a case."""
        self.check_time()
        key = deviation.name, golden.name
        if key not in self._known:
            if len(self._known) >= MAX_SOLUTIONS:
                del self._known[next(iter(self._known))]
            self._known[key] = self._solve(deviation, golden)
        return self._known[key]


class Search(NamedTuple):
    """What is searched, against what, and by which arrays."""

    catalog: tuple[Deviation, ...]
    passed: tuple[Verdict, ...]
    dtype: str
    solve: Solve
    max_pairs: int
    compared: Callable[[GoldenCase, str], bool] = lambda golden, name: True

    def view(self, failures: Iterable[Failure]) -> list[Failure]:
        """The failures by the compared arrays alone, where one of these is wrong."""
        found = []
        for f in failures:
            arrays = {n: a for n, a in f.arrays.items() if self.compared(f.golden, n)}
            part = f._replace(arrays=arrays)
            if len(arrays) == len(f.arrays) or not matches_expected(part):
                found.append(part)
        return found

    def find(
        self,
        method: Callable[["Search", list[Failure], list[Failure], frozenset[str]], Any],
        found: list[Found],
        failures: list[Failure],
    ) -> list[Found]:
        """The deviations that explain most of what is left, and so on."""
        failures, rejected = self.view(failures), frozenset[str]()
        with contextlib.suppress(OutOfTimeError):
            while left := uncovered(found, failures):
                best: Candidates = method(self, left, failures, rejected)
                if not best or len(rejected) > MAX_REJECTED:
                    break
                new = self.weigh(best, failures)
                if new.plausible:
                    found = [*(f for f in found if not f.cases <= new.cases), new]
                else:
                    rejected |= {c.name for c, _ in best}
        return found

    def best_single(
        self, left: list[Failure], failures: list[Failure], rejected: frozenset[str]
    ) -> Candidates:
        """The deviations that explain most by themselves."""
        tried = (c for c in self.catalog if c.name not in rejected)
        return self.best_of(self.shortlist(tried, stratified_sample(left)), left)

    def best_placed(
        self, left: list[Failure], failures: list[Failure], rejected: frozenset[str]
    ) -> Candidates:
        """One in some nodes of the network, on the cheapest case where that is possible."""
        for failed in left:
            if several := [c for c in self.catalog if len(c.nodes_of(failed.golden.case)) > 1]:
                tried = (c for one in several for c in placed(one) if c.name not in rejected)
                fit = [c for c in tried if explains(c, failed, self.solve)]
                return self.best_of(fit, failures)
        return []

    def best_pair(
        self, left: list[Failure], failures: list[Failure], rejected: frozenset[str]
    ) -> Candidates:
        """Two at once, on the cheapest case that is left; then on all."""
        sample = stratified_sample(failures)
        fit = [c for c in self.catalog if c.applies_to(left[0].golden.case)]
        # Those that explain a case by themselves come first.
        fit.sort(key=lambda c: not any(explains(c, failed, self.solve) for failed in sample))
        both = (a.combined_with(b) for a, b in self.possible_pairs(fit, left[0]))
        tried = (c for c in islice(both, self.max_pairs) if c.name not in rejected)
        found = [c for c in tried if explains(c, left[0], self.solve)]
        return self.best_of(self.shortlist(found, sample), failures)

    def possible_pairs(
        self, fit: list[Deviation], failed: Failure
    ) -> Iterator[tuple[Deviation, Deviation]]:
        """Two that can be had at once, but not one without effect beside a wrong forward pass."""
        changes = {c.name for c in fit if changes_forward(c, failed, self.solve)}
        wrong = {c.name for c in fit if not explains_forward(c, failed, self.solve)}

        def is_possible(a: Deviation, b: Deviation) -> bool:
            return not (
                (a.name in wrong and b.name not in changes)
                or (b.name in wrong and a.name not in changes)
            )

        return (pair for pair in _compatible_pairs(fit) if is_possible(*pair))

    def shortlist(self, candidates: Iterable[Deviation], sample: list[Failure]) -> list[Deviation]:
        """Those that explain most of a sample, none tried further than it can still be one."""
        paths = [(c, iter(sample)) for c in candidates]
        for _ in sample:  # each time, one more failure may be left unexplained
            if ends := [c for c, path in paths if all(explains(c, f, self.solve) for f in path)]:
                return ends
        return []

    def best_of(self, finalists: list[Deviation], failures: list[Failure]) -> Candidates:
        """Of those that explain most of a sample, those that explain most of all failures."""
        found = [(c, [f for f in failures if explains(c, f, self.solve)]) for c in finalists]
        maximum = max((len(explained) for _, explained in found), default=0)
        best = [entry for entry in found if entry[1] and len(entry[1]) == maximum]
        return [entry for entry in best if case_names(entry[1]) == case_names(best[0][1])]

    def weigh(self, best: Candidates, failures: list[Failure]) -> Found:
        """Of those that explain the same, keep those that the passed cases speak least against."""
        explained = best[0][1]
        against = [(c, self.contradicting(c)) for c, _ in best]
        minimum = min(len(verdicts) for _, verdicts in against)
        saved = tuple(c for c, verdicts in against if len(verdicts) == minimum)
        if minimum:
            limited = [
                self.limit(c, explained, verdicts, failures) for c, verdicts in against[:MAX_TIES]
            ]
            if clear := [found for found in limited if found is not None]:
                shortest = min(clear, key=lambda found: (-len(found.failures), len(found.where)))
                same = [f for f in clear if (f.where, f.cases) == (shortest.where, shortest.cases)]
                return shortest._replace(deviations=tuple(f.deviations[0] for f in same))
        return Found(saved, tuple(explained), minimum)

    def contradicting(self, deviation: Deviation) -> list[Verdict]:
        """The passed cases that a deviation would have failed."""
        return [v for v in self.passed if self.reaches(deviation, v.golden, v.arrays)]

    def reaches(self, deviation: Deviation, golden: GoldenCase, names: Iterable[str]) -> bool:
        """Whether a deviation changes an array that is compared."""
        compared = [name for name in names if self.compared(golden, name)]
        return contradicts(deviation, golden, self.dtype, compared, self.solve)

    def limit(
        self,
        deviation: Deviation,
        explained: Sequence[Failure],
        against: Sequence[Verdict],
        failures: list[Failure],
    ) -> Found | None:
        """The deviation under a condition that no passed case speaks against."""
        condition = separating_condition(
            deviation,
            [f.golden.case for f in explained],
            [v.golden.case for v in against],
        )
        if condition is None:
            return None
        limited = condition.restrict(deviation)
        fit = tuple(f for f in failures if explains(limited, f, self.solve))
        # One case shares some options with itself: a condition needs more cases than options.
        enough = len(fit) > len(condition.values) or len(fit) == len(failures)
        if not enough or len(fit) < len(explained) or self.contradicting(limited):
            return None
        return Found((limited,), fit, where=str(condition))

    def with_optional(self, found: Found, failures: list[Failure]) -> Found:
        """Which optional arrays disagree with what the required ones show."""
        whole = {f.golden.name: f for f in failures}
        kinds = set[str]()
        with contextlib.suppress(OutOfTimeError):
            for part in found.failures[:MAX_EXPLORED]:
                given = whole[part.golden.name].arrays
                for name in given.keys() - part.arrays.keys():
                    tried = part._replace(arrays={**part.arrays, name: given[name]})
                    if not explains(found.deviations[0], tried, self.solve):
                        kinds.add(array_kind(part.golden.case, name))
        return found._replace(optional=tuple(sorted(kinds)))

    def supported(self, found: list[Found], failures: list[Failure]) -> list[Found]:
        """Without those that reach many failures and explain hardly one of them."""
        left = uncovered(found, failures)

        def is_supported(one: Found) -> bool:
            deviation = one.deviations[0]
            try:
                missed = [f for f in left if self.reaches(deviation, f.golden, f.arrays)]
            except OutOfTimeError:
                return len(one.failures) > 1
            if not missed:
                return True
            few = len(one.failures) == 1 and len(missed) > 1
            kinds = frozenset[str]().union(*map(wrong_kinds, one.failures))
            alike = sum(wrong_kinds(f) <= kinds for f in missed)  # no second mistake is seen there
            explained = len(one.failures)
            return not few and len(missed) < MAX_MISSED * explained and 2 * alike < explained

        return [one for one in found if is_supported(one)]


def uncovered(found: Iterable[Found], failures: list[Failure]) -> list[Failure]:
    """The failures that nothing found explains."""
    covered = frozenset[str]().union(*(f.cases for f in found))
    return [f for f in failures if f.golden.name not in covered]


def wrong_kinds(failure: Failure) -> frozenset[str]:
    """The kinds of the arrays that a backend gave wrong."""
    case = failure.golden.case
    return frozenset(
        array_kind(case, name)
        for name, array in failure.arrays.items()
        if not matches_expected(failure._replace(arrays={name: array}))
    )


def case_names(failures: Iterable[Failure]) -> frozenset[str]:
    """Names of the failed cases."""
    return frozenset(failed.golden.name for failed in failures)


def stratified_sample(failures: list[Failure]) -> list[Failure]:
    """The cheapest of each kind in turn."""
    kinds: dict[Any, list[Failure]] = {}
    for failed in failures:
        key = ops_of(failed.golden.case), failed.golden.exact
        kinds.setdefault(key, []).append(failed)
    rows = max(map(len, kinds.values()), default=0)
    turns = (kind[i] for i in range(rows) for kind in kinds.values() if i < len(kind))
    return list(islice(turns, SAMPLE_SIZE))


def _compatible_pairs(catalog: Sequence[Deviation]) -> Iterator[tuple[Deviation, Deviation]]:
    return ((a, b) for a, b in combinations(catalog, 2) if a.goes_with(b))
