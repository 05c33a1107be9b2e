"""The search for the smallest case that a backend still fails in the same way."""

import hashlib
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from liaf_ref._core.errors import LiafError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.checker.verdict import FORWARD_STAGES, Backend, Verdict, array_kind, judge
from liaf_ref.oracle.declaration import Declaration
from liaf_ref.oracle.draw.answer import answer_gated, answer_in_words, answer_safe
from liaf_ref.oracle.formats import has_own_cases
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.shrinking.smaller import Move, is_simpler, part, sizes, usual, without

NOT_A_CASE = (LiafError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
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
    same = (finding for finding in verdict.findings if finding.stage == first.stage)
    return first.stage, [_kind(case, finding.tensor) for finding in (first, *same)]


def is_same_failure(verdict: Verdict, before: Verdict) -> bool:
    """Whether a case fails as another one did, which may have had more nodes."""
    found, other = failure_of(verdict), failure_of(before)
    if found is None or other is None:
        return False
    (stage, kinds), (old_stage, (kind, *_)) = found, other
    if stage == old_stage and kind in kinds:
        return True
    first = before.first_finding.tensor if before.first_finding else ""
    node, case = first.rpartition("/")[2].partition(".")[0], verdict.golden.case
    if node in {node.name for node in case.nodes}:
        return False
    if old_stage == "gradients":  # the array of a cut stands for those behind it
        return stage == old_stage and "grad/in/X" in kinds
    op = case.nodes[-1].op
    return {stage, old_stage} <= FORWARD_STAGES and kinds[0] == f"exp/{op}.{OPS[op].output}"


def _kind(case: Case, tensor: str) -> str:
    """The name of an array with the operation in place of the node; all inputs are X."""
    return array_kind(case, tensor) if "." in tensor else re.sub("in/.*", "in/X", tensor)


def _description(traceback: str, text: str) -> str:
    """An exception by its type and place; else what is wrong, without numbers and names."""
    if frames := re.findall(r"^  File .*", traceback, re.MULTILINE):
        return traceback.strip().rpartition("\n")[2].partition(":")[0] + str(frames[-1])
    return " ".join(re.findall(r"(?<!\S)[A-Za-z]+[;:]?(?!\S)", text))


class Search:
    """A failing case that becomes smaller."""

    def __init__(
        self, backend: Backend, verdict: Verdict, dtype: str, deadline: float, declared: Declaration
    ) -> None:
        self.backend, self.dtype, self.declaration = backend, dtype, declared
        self.verdict, self.deadline = verdict, deadline
        self.count, self.tried = 0, set[bytes]()

    @property
    def case(self) -> Case:
        """The smallest failing case so far."""
        return self.verdict.golden.case

    def run(self) -> bool:
        """Shrink until nothing gets smaller; False if the time is up before."""
        try:
            while any(
                [self._network(), self._sizes(), self._any(usual(self.case)), self._numbers()]
            ):
                pass
        except TimeoutError:
            return False
        return True

    def _take(self, move: Move) -> bool:
        """Go on with a smaller case if the backend fails it in the same way."""
        if time.monotonic() > self.deadline:
            raise TimeoutError
        try:
            case = move(self.case)
            is_new = is_simpler(case, self.case) and self._is_new(case)
            golden = self._answered(case) if is_new else None
        except NOT_A_CASE:
            return False
        if golden is None:
            return False
        self.count += 1
        verdict = judge(self.backend, golden, self.dtype)
        if fails := is_same_failure(verdict, self.verdict):
            self.verdict = verdict
        return fails

    def _any(self, moves: Iterable[Move]) -> bool:
        """Try all moves, each on what the ones before have left."""
        return any([self._take(move) for move in moves])  # noqa: C419 - all of them

    def _is_new(self, case: Case) -> bool:
        digest = hashlib.sha256(repr((case.nodes, case.optimizer, case.chunks)).encode())
        for name, array in sorted(case.items()):
            digest.update(f"{name}{array.shape}".encode() + array.tobytes())
        known = digest.digest() in self.tried
        self.tried.add(digest.digest())
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

    def _network(self) -> bool:
        """No optimizer; one node alone, else fewer from either end and between."""
        changed = self._take(lambda case: replace(case, optimizer=None))
        if len(self.case.nodes) > 1 and any(self._part(k, k) for k in self._likely()):
            return True
        while len(self.case.nodes) > 1 and (
            self._part(0, len(self.case.nodes) - 2) or self._part(1, len(self.case.nodes) - 1)
        ):
            changed = True
        return self._any(partial(without, node.name) for node in self.case.nodes[:-1]) or changed

    def _part(self, first: int, last: int) -> bool:
        return self._take(lambda case: part(case, self.verdict.golden.expected, first, last))

    def _likely(self) -> Iterable[int]:
        """The nodes, first those that have a wrong array."""
        names = [node.name for node in self.case.nodes]
        wrong = [f.tensor.rpartition("/")[2].partition(".")[0] for f in self.verdict.findings]
        blamed = [names.index(name) for name in wrong if name in names]
        return dict.fromkeys([*blamed, *reversed(range(len(names)))])

    def _sizes(self) -> bool:
        """Each size at its least, else bisected down to where the failure ends, from either end."""
        changed = False
        for size in sizes(self.case):
            for from_end in (False, True):
                start = high = size.read(self.case) // size.step
                low = size.least - 1
                while high > low + 1:
                    middle = (low + high) // 2 if low >= size.least else size.least
                    taken = self._take(partial(size.chosen, middle * size.step, from_end))
                    low, high = (low, middle) if taken else (middle, high)
                changed |= high < start
        return changed

    def _numbers(self) -> bool:
        """Rounder numbers: of each array, then, where these are few, of each entry."""
        changed = False
        for name in sorted(self.case, key=lambda name: ORDER.index(name.partition("/")[0])):
            if name.endswith(".M"):
                continue
            changed |= any(self._take(_with(name, ..., x)) for x in _rounder(self.case[name]))
            changed |= self._any(self._zeros(name))
            few = sum(array.size for array in self.case.values()) <= MAX_ENTRIES
            for k in np.flatnonzero(self.case[name]) if few else ():
                x = self.case[name].flat[k]
                simpler = (*SIMPLE, *(np.round(x / step) * step for step in STEPS))
                changed |= any(self._take(_with(name, k, x)) for x in simpler)
        return changed

    def _zeros(self, name: str) -> Iterator[Move]:
        """As many entries of an array 0 as possible: halves, quarters, and so on."""
        length = np.count_nonzero(self.case[name])
        while length > 1:
            length = -(-length // 2)
            nonzero = np.flatnonzero(self.case[name])
            for start in range(0, len(nonzero), length):
                yield _with(name, nonzero[start : start + length], 0)


def _rounder(array: Array) -> Iterator[Any]:
    """Simpler values of an array, the simplest first."""
    yield from (0, 1)
    if array.dtype.kind == "f":
        yield from (np.round(array / step) * step + 0.0 for step in STEPS)  # not -0


def _with(name: str, at: Any, x: Any) -> Move:
    def move(case: Case) -> Case:
        array = case[name].copy()
        if at is ...:
            array[...] = x
        else:
            array.flat[at] = x
        return case.with_arrays({name: array})

    return move
