"""The search for the smallest case that a backend still fails in the same way."""

import contextlib
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from liaf_ref._core.errors import LiafError
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.checker.verdict import FORWARD_STAGES, Backend, Verdict, array_kind, judge
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.draw.answer import answer_gated, answer_in_words, answer_safe
from liaf_ref.oracle.formats import has_own_cases
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.shrinking.smaller import Move, part, sizes, usual, without

NOT_A_CASE = (LiafError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
MAX_CANDIDATES = 80  # cases that a backend is asked
ORDER = ("up", "fix", "par", "in")  # in which numbers get simpler
MAX_ENTRIES = 200  # of a case, above which single numbers are only replaced by 0
STEPS = (1.0, 0.5, 0.25, 2.0**-4, 2.0**-8, 2.0**-12)
SIMPLE = (1.0, -1.0, 0.5, -0.5, 2.0)


def failure_of(verdict: Verdict) -> tuple[str, list[str]] | None:
    """The stage of a failure, and the kinds of what is wrong there, the first first."""
    first, case = verdict.first_finding, verdict.golden.case
    if verdict.status != "failed" or first is None:
        return None
    if first.stage in {"backend", "names"}:
        return first.stage, [_description(verdict.traceback, first.text)]
    wrong = (f.tensor for f in (first, *verdict.findings) if f.stage == first.stage)
    kinds = [array_kind(case, t) if "." in t else re.sub("in/.*", "in/X", t) for t in wrong]
    return ("forward" if first.stage in FORWARD_STAGES else first.stage), kinds


def _description(traceback: str, text: str) -> str:
    """An exception by its type and place; else what is wrong, without numbers and names."""
    if frames := re.findall(r"^  File .*", traceback, re.MULTILINE):
        return traceback.strip().rpartition("\n")[2].partition(":")[0] + str(frames[-1])
    return " ".join(re.findall(r"(?<!\S)[A-Za-z]+[;:]?(?!\S)", text))


def is_same_failure(verdict: Verdict, before: Verdict) -> bool:
    """Whether a case fails as another one did: in an array of that kind, or behind a cut node."""
    found, other = failure_of(verdict), failure_of(before)
    if found is None or other is None or found[0] != other[0]:
        return False
    kind, names = other[1][0], {node.name for node in verdict.golden.case.nodes}
    first = before.first_finding.tensor if before.first_finding else ""
    node = first.rpartition("/")[2].partition(".")[0]
    return kind in found[1] or ("." in first and node not in names)


@dataclass
class Search:
    """A failing case that becomes smaller."""

    backend: Backend
    verdict: Verdict
    dtype: str
    deadline: float
    declaration: Declaration
    count: int = 0
    tried: set[str] = field(default_factory=set)

    @property
    def case(self) -> Case:
        """The smallest failing case so far."""
        return self.verdict.golden.case

    def run(self) -> bool:
        """Shrink until nothing gets smaller; False if a limit ended the search before."""
        before = None
        with contextlib.suppress(TimeoutError):
            while before is not self.verdict:
                before = self.verdict
                self._network()
                self._sizes()
                self._each(usual(self.case))
                self._numbers()
            return True
        return False

    def _take(self, move: Move) -> bool:
        """Go on with a smaller case if the backend fails it in the same way."""
        if time.monotonic() > self.deadline or self.count >= MAX_CANDIDATES:
            raise TimeoutError
        try:
            case = move(self.case)
            golden = self._answered(case) if self._is_new(case) else None
        except NOT_A_CASE:
            return False
        if golden is None:
            return False
        self.count += 1
        verdict = judge(self.backend, golden, self.dtype)
        if fails := is_same_failure(verdict, self.verdict):
            self.verdict = verdict
        return fails

    def _first(self, moves: Iterable[Move]) -> bool:
        """The first move that the failure bears."""
        return any(map(self._take, moves))

    def _each(self, moves: Iterable[Move]) -> None:
        """All moves, each on what the ones before have left."""
        for move in moves:
            self._take(move)

    def _is_new(self, case: Case) -> bool:
        arrays = [(name, array.tolist()) for name, array in sorted(case.items())]
        key = repr((case.nodes, case.optimizer, case.chunks, arrays))
        known = key in self.tried
        self.tried.add(key)
        return not known

    def _answered(self, case: Case) -> GoldenCase | None:
        """A case with its answer; None where rounding could change a spike, or has no bound."""
        declared, low = self.declaration, has_own_cases(self.dtype)
        dtype = self.dtype if low else "float32"
        case = declared.configure(case).astype(dtype).astype(np.float64)
        variances = (a for name, a in case.items() if name.startswith("fix/") and name[-2:] == ".v")
        if not declared.admits(case) or any((array <= 0).any() for array in variances):
            return None
        if (words := declared.words(self.dtype)) is not None:
            return answer_in_words(case, words, declared)
        with np.errstate(all="ignore"):
            golden = answer_safe(case, declared, dtype)
            if golden is None and self.case.is_gate_forced:
                golden = answer_gated(case, declared, dtype)
            if golden is None:
                return None
            known = (golden.expected, golden.tolerance[self.dtype])
        return golden if all(np.isfinite(a).all() for of in known for a in of.values()) else None

    def _network(self) -> None:
        """No optimizer; the fewest nodes in a row, first those that have a wrong array."""
        self._take(lambda case: replace(case, optimizer=None))
        names = [node.name for node in self.case.nodes]
        wrong = [f.tensor.rpartition("/")[2].partition(".")[0] for f in self.verdict.findings]
        likely = [*dict.fromkeys([*filter(names.__contains__, wrong), *reversed(names)])]
        starts = [*map(names.index, likely)]
        spans = ((k, k + n) for n in range(len(names) - 1) for k in starts if k + n < len(names))
        self._first(partial(part, self.verdict.golden.expected, *span) for span in spans)
        self._each(partial(without, node) for node in self.case.nodes[:-1])

    def _sizes(self) -> None:
        """Each size at its least, else bisected down to where the failure ends, from either end."""
        for k, from_end in product(range(len(sizes(self.case))), (False, True)):
            size = sizes(self.case)[k]
            low, high = size.least - 1, size.now // size.step
            while high > low + 1:
                middle = (low + high) // 2 if low >= size.least else size.least
                taken = self._take(partial(size.chosen, middle * size.step, from_end))
                low, high = (low, middle) if taken else (middle, high)

    def _numbers(self) -> None:
        """Rounder numbers: of each array, then, where these are few, of each entry."""
        for name in sorted(self.case, key=lambda name: ORDER.index(name.partition("/")[0])):
            if name.endswith(".M") or not self.case[name].any():
                continue
            self._first(_with(name, ..., x) for x in _rounder(self.case[name], (0, 1)))
            self._each(self._zeros(name))
            few = sum(array.size for array in self.case.values()) <= MAX_ENTRIES
            for k in np.flatnonzero(self.case[name]) if few else ():
                self._first(_with(name, k, x) for x in _rounder(self.case[name].flat[k], SIMPLE))

    def _zeros(self, name: str) -> Iterator[Move]:
        """As many entries of an array 0 as possible: halves, quarters, and so on."""
        length = np.count_nonzero(self.case[name])
        while length > 1:
            length = -(-length // 2)
            nonzero = np.flatnonzero(self.case[name])
            for start in range(0, len(nonzero), length):
                yield _with(name, nonzero[start : start + length], 0)


def _rounder(x: Any, simple: tuple[float, ...]) -> Iterator[Any]:
    """Rounder numbers than one, or than those of an array, the roundest first."""
    rounded = (np.round(x / step) * step + 0.0 for step in STEPS)  # not -0
    yield from (y for y in (*simple, *rounded) if _cost(y + 0 * x) < _cost(x))


def _cost(x: Any) -> int:
    """More for each bit before and after the binary point, and for a sign."""
    pairs = [(*abs(n).as_integer_ratio(), n < 0) for n in np.ravel(x).tolist()]
    return sum(a.bit_length() + 2 * b.bit_length() + below for a, b, below in pairs)


def _with(name: str, at: Any, x: Any) -> Move:
    def move(case: Case) -> Case:
        array = case[name].copy()
        if at is ...:
            array[...] = x
        else:
            array.flat[at] = x
        return case.with_arrays({name: array})

    return move
