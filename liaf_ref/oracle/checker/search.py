"""The search for deviations that give what a backend gave: one, one in some nodes, or two."""

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import Any, NamedTuple

from liaf_ref._core.text import count
from liaf_ref.oracle.checker.match import Answers, Failure, OutOfTimeError, stratified_sample
from liaf_ref.oracle.checker.verdict import FORWARD_STAGES, Verdict, array_kind, fields, stage_of
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.deviations.deviation import PLACES, Deviation, nodes_with, separating_condition
from liaf_ref.oracle.golden import GoldenCase

MAX_PAIRS = 6000  # pairs of deviations that are run on a case that no single one explains
MAX_REJECTED = 40  # deviations that explain a case and would have failed more that passed
MAX_TIES = 8  # of the deviations that explain the same, those for which a condition is searched
MAX_NAMED = 3  # conventions beside the most likely one
MAX_EXPLORED = 3  # explained cases whose optional arrays are compared
MAX_MISSED = 10  # per explained failure, failures that the deviation reaches and does not explain


@dataclass(frozen=True)
class Explanation:
    """The most likely convention, others that no case can tell from it, and what it explains."""

    deviations: tuple[Deviation, ...]
    cases: frozenset[str]  # names of the failures that it explains
    contradicted: int = 0
    where: str = ""  # the options that all nodes with the convention have
    optional: tuple[str, ...] = ()  # arrays that need not be returned, and that disagree
    scope: str = ""
    total: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the conventions."""
        return tuple(c.name.removesuffix(f", with {self.where}") for c in self.deviations)

    @property
    def explained(self) -> int:
        """How many failures it explains, of ``total``."""
        return len(self.cases)

    def __str__(self) -> str:
        name, *others = self.names
        what = f"the {self.scope} pass of " if self.scope else ""
        where = f", all with {self.where}" if self.where else ""
        explained = f"{what}{self.explained} of {count(self.total, 'failure')}{where}"
        text = f"{name}: explains {explained}."
        if self.optional:
            text += f"  (Optional arrays disagree: {', '.join(self.optional)}.)"
        if self.contradicted:
            text += f"  (Contradicted by {count(self.contradicted, 'passed case')}.)"
        if others:
            more = f", and {len(others) - MAX_NAMED} more" * (len(others) > MAX_NAMED)
            text += f"\n  indistinguishable on these cases: {', '.join(others[:MAX_NAMED])}{more}"
        return text

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """The explanation as JSON takes it."""
        shown = fields(self, "explained total contradicted scope where optional")
        return shown | {"conventions": self.names}


Candidates = list[tuple[Deviation, list[Failure]]]
Finalists = tuple[list[Deviation], list[Failure]]  # and the failures that they are weighed by
# Of what is left, what is found, and the names of what is rejected.
Method = Callable[["Search", list[Failure], list[Explanation], set[str]], Finalists]


class Search(NamedTuple):
    """What is searched, and against what."""

    catalog: tuple[Deviation, ...]
    failures: list[Failure]
    passed: tuple[Verdict, ...]
    dtype: str
    declaration: Declaration
    answers: Answers

    def find(self, method: Method, found: list[Explanation]) -> list[Explanation]:
        """The deviations that explain most of what is left, and so on."""
        rejected = set[str]()
        with contextlib.suppress(OutOfTimeError):
            while left := uncovered(found, self.failures):
                best = self.best_of(*method(self, left, found, rejected))
                if not best or len(rejected) > MAX_REJECTED:
                    break
                new = self.weigh(best)
                if new.contradicted < new.explained:
                    found = [*(f for f in found if not f.cases <= new.cases), new]
                else:
                    rejected |= {c.name for c, _ in best}
        return found

    def single(self, left: list[Failure], _: list[Explanation], rejected: set[str]) -> Finalists:
        """One deviation in all nodes."""
        return self.shortlist(self.catalog, stratified_sample(left), rejected), left

    def placed(self, left: list[Failure], _: list[Explanation], rejected: set[str]) -> Finalists:
        """One in some nodes of the network, on the cheapest case where that is possible."""
        for failed in left:
            if several := [c for c in self.catalog if len(c.nodes_of(failed.golden.case)) > 1]:
                tried = (c.restricted(*place) for c in several for place in PLACES.items())
                return self.shortlist(tried, [failed], rejected), self.failures
        return [], []

    def pair(self, left: list[Failure], found: list[Explanation], rejected: set[str]) -> Finalists:
        """Two at once, those found first, on the cheapest case that is left; then on all."""
        sample = stratified_sample(self.failures)
        fit = [c for c in self.catalog if c.applies_to(left[0].golden.case)]
        # Those that explain a case by themselves come first, most those with all its arrays.
        fit.sort(key=lambda c: max(self.answers.explains(c, f) for f in sample), reverse=True)
        for some in ([c for one in found for c in one.deviations], fit):
            both = (a.combined_with(b) for a, b in combinations(some, 2))
            if able := self.shortlist(islice(both, MAX_PAIRS), left[:1], rejected):
                return self.shortlist(able, sample), self.failures
        return [], []

    def shortlist(
        self, candidates: Iterable[Deviation], sample: list[Failure], rejected: Collection[str] = ()
    ) -> list[Deviation]:
        """Those that explain most of a sample, none tried further than it can still be one."""
        paths = [(c, iter(sample)) for c in candidates if c.name not in rejected]
        for _ in sample:  # each time, one more failure may be left unexplained
            if ends := [c for c, path in paths if all(self.answers.explains(c, f) for f in path)]:
                return ends
        return []

    def best_of(self, finalists: list[Deviation], failures: list[Failure]) -> Candidates:
        """Those that explain most of all failures, and of these most with all their arrays."""
        ranks = [(c, [(f, self.answers.explains(c, f)) for f in failures]) for c in finalists]
        ranked = [(c, [f for f, rank in fit if rank], sum(r for _, r in fit)) for c, fit in ranks]
        best = max(((len(fit), whole) for _, fit, whole in ranked), default=(0, 0))
        found = [(c, fit) for c, fit, whole in ranked if fit and (len(fit), whole) == best]
        return [entry for entry in found if case_names(entry[1]) == case_names(found[0][1])]

    def weigh(self, best: Candidates) -> Explanation:
        """Of those that explain the same, keep those that the passed cases speak least against."""
        explained = best[0][1]
        optional = self.disagreeing(best[0][0], explained)
        against = [(c, self.contradicting(c, not optional)) for c, _ in best]
        minimum = min(len(verdicts) for _, verdicts in against)
        tried = against[:MAX_TIES] if minimum else []
        if clear := [one for c, verdicts in tried for one in self.limit(c, explained, verdicts)]:
            best_one = min(clear, key=lambda found: (-found.explained, len(found.where)))
            return replace(best_one, optional=optional)
        saved = tuple(c for c, verdicts in against if len(verdicts) == minimum)
        return Explanation(saved, case_names(explained), minimum, optional=optional)

    def disagreeing(self, deviation: Deviation, explained: list[Failure]) -> tuple[str, ...]:
        """The kinds of optional arrays that disagree with what the compared ones show."""
        tried = ((f, self.answers.agreeing(deviation, f)) for f in explained[:MAX_EXPLORED])
        off = ((f.golden.case, name) for f, agree in tried for name in f.arrays.keys() - agree)
        return tuple(sorted({array_kind(case, name) for case, name in off}))

    def contradicting(self, deviation: Deviation, whole: bool) -> list[Verdict]:
        """The passed cases that a deviation would have failed, by all arrays or the required."""
        names = ((v, v.arrays if whole else v.golden.required) for v in self.passed)
        return [v for v, compared in names if self.fails(deviation, v.golden, compared)]

    def fails(self, deviation: Deviation, golden: GoldenCase, names: Iterable[str]) -> bool:
        """Whether a deviation would have failed a case, judged by the arrays named."""
        allowed = golden.tolerance[self.dtype]
        return self.answers.contradicts(deviation, golden, {n: allowed[n] for n in names})

    def limit(
        self, deviation: Deviation, explained: Sequence[Failure], against: Sequence[Verdict]
    ) -> Iterator[Explanation]:
        """The deviation under a condition that no passed case speaks against."""
        inside, outside = ([each.golden.case for each in part] for part in (explained, against))
        condition = separating_condition(deviation, inside, outside)
        if condition is None:
            return
        where = ", ".join(f"{name}={' or '.join(sorted(of))}" for name, of in condition.items())
        limited = deviation.restricted(f"with {where}", nodes_with(condition))
        fit = [f for f in self.failures if self.answers.explains(limited, f)]
        # One case shares some options with itself: a condition needs more cases than options.
        enough = len(fit) > len(condition) or len(fit) == len(self.failures)
        if enough and len(fit) >= len(explained) and not self.contradicting(limited, whole=True):
            yield Explanation((limited,), case_names(fit), where=where)

    def supported(self, found: list[Explanation]) -> list[Explanation]:
        """Without those that reach many failures and explain hardly one of them."""
        left = uncovered(found, self.failures)

        def is_supported(one: Explanation) -> bool:
            try:
                missed = [f for f in left if self.fails(one.deviations[0], f.golden, f.compared)]
            except OutOfTimeError:
                return one.explained > 1
            return len(missed) < (2 if one.explained == 1 else MAX_MISSED * one.explained)

        return list(filter(is_supported, found))


def uncovered(found: Iterable[Explanation], failures: list[Failure]) -> list[Failure]:
    """The failures that nothing found explains."""
    covered = frozenset[str]().union(*(f.cases for f in found))
    return [f for f in failures if f.golden.name not in covered]


def case_names(failures: Iterable[Failure]) -> frozenset[str]:
    """Names of the failed cases."""
    return frozenset(failed.golden.name for failed in failures)


def is_forward(name: str) -> bool:
    """Whether an array is of the forward pass."""
    return stage_of(name) in FORWARD_STAGES
