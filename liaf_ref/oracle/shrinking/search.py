"""The greedy search for the smallest case that still fails the same way."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from liaf_ref._core.errors import LiafError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.golden import GoldenCase
from liaf_ref.oracle.shrinking.attempt import Attempts, Failure
from liaf_ref.oracle.shrinking.axes import Dimension, dimensions, keep
from liaf_ref.oracle.shrinking.parts import parts
from liaf_ref.oracle.shrinking.simpler import (
    MAX_ENTRIES,
    cost,
    differing_options,
    free_names,
    rounder_arrays,
    rounder_cases,
    rounder_entries,
    simpler_options,
)

NOT_A_CASE = (LiafError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class TimeIsUpError(Exception):
    """The time limit has ended the search."""


class Search:
    """A failing case that becomes smaller."""

    def __init__(
        self, attempts: Attempts, golden: GoldenCase, failure: Failure, deadline: float
    ) -> None:
        self.attempts, self.deadline = attempts, deadline
        self.history = [golden.case]
        self.failure = failure
        self.answer: Mapping[str, Array] = golden.expected
        self.complete = False
        self.tried: set[bytes] = set()

    @property
    def case(self) -> Case:
        """The smallest failing case so far."""
        return self.history[-1]

    def run(self) -> None:
        """Shrink to a fixed point, or until the time is up."""
        try:
            while any(
                [
                    self._shrink_network(),
                    self._simplify_arrays(),
                    self._shrink_sizes(None),
                    self._simplify_entries(),
                ]
            ):
                pass
            self.complete = True
        except TimeIsUpError:
            pass

    def _failure(self, draft: Callable[[], Case]) -> tuple[Case, Failure, dict[str, Array]] | None:
        if time.monotonic() > self.deadline:
            raise TimeIsUpError
        try:
            case = draft()
            if (key := _digest(case)) in self.tried:
                return None
            self.tried.add(key)
            found = self.attempts.failure(case, self.failure)
        except NOT_A_CASE:
            return None
        return None if found is None else (case, *found)

    def _accept(self, draft: Callable[[], Case]) -> bool:
        """Go on with a candidate if it is simpler and fails the same way."""
        found = self._failure(lambda: _simpler(draft(), self.case))
        if found is None:
            return False
        case, self.failure, self.answer = found
        self.history.append(case)
        return True

    def _accept_case(self, case: Case) -> bool:
        return self._accept(lambda: case)

    def _shrink_network(self) -> bool:
        changed = False
        while self._shrink_parts() or self._shrink_sizes(2) or self._shrink_options():
            changed = True
        return changed

    def _shrink_parts(self) -> bool:
        return any(map(self._accept_case, parts(self.case, self.answer)))

    def _shrink_sizes(self, max_chunks: int | None) -> bool:
        """Leave out indices of each size; with 2 chunks, halve it as often as possible."""
        keys = [_key(dimension) for dimension in dimensions(self.case)]
        return any([self._shrink_dimension(key, max_chunks) for key in keys])  # noqa: C419 - all

    def _shrink_dimension(self, key: tuple[str, str, int], max_chunks: int | None) -> bool:
        found = [d for d in dimensions(self.case) if _key(d) == key]
        if not found:
            return False
        (dimension,), base = found, self.case

        def fails(indices: list[int]) -> bool:
            return self._accept(lambda: keep(base, {dimension: np.array(indices)}))

        indices = list(range(dimension.size))
        return len(minimal_subset(indices, fails, max_chunks)) < dimension.size

    def _shrink_options(self) -> bool:
        return any(self._accept(draft) for draft in simpler_options(self.case))

    def _simplify_arrays(self) -> bool:
        changed = any(map(self._accept_case, rounder_cases(self.case)))
        for name in free_names(self.case):
            changed |= self._replace_array(name, rounder_arrays(self.case, name))
        return changed

    def _simplify_entries(self) -> bool:
        changed = False
        for name in free_names(self.case):
            changed |= self._zero_entries(name)
        if sum(array.size for array in self.case.values()) <= MAX_ENTRIES:
            for name in free_names(self.case):
                for index in range(self.case[name].size):
                    changed |= self._replace_array(name, rounder_entries(self.case[name], index))
        return changed

    def _replace_array(self, name: str, arrays: Iterable[Array]) -> bool:
        return any(self._accept_case(self.case.with_arrays({name: array})) for array in arrays)

    def _zero_entries(self, name: str) -> bool:
        """Set as many entries of an array as possible to 0."""
        base = self.case
        nonzero = np.flatnonzero(base[name]).tolist()

        def fails(indices: list[int]) -> bool:
            array = np.zeros_like(base[name])
            array.flat[indices] = base[name].flat[indices]
            return self._accept(lambda: base.with_arrays({name: array}))

        return len(nonzero) > 1 and len(minimal_subset(nonzero, fails)) < len(nonzero)


def minimal_subset(
    items: list[int], fails: Callable[[list[int]], bool], max_chunks: int | None = None
) -> list[int]:
    """A subset that fails and does not without any one of its items (Zeller's ddmin)."""
    chunks = 2
    while len(items) > 1:
        parts = [part.tolist() for part in np.array_split(items, chunks)]
        rests = [[i for i in items if i not in part] for part in parts] if chunks > 2 else []
        smaller = next((subset for subset in (*parts, *rests) if fails(subset)), None)
        if smaller is not None:
            chunks = min(2 if smaller in parts else max(chunks - 1, 2), len(smaller))
            items = smaller
        elif chunks >= min(max_chunks or len(items), len(items)):
            break
        else:
            chunks = min(2 * chunks, len(items))
    return items


def _digest(case: Case) -> bytes:
    """Equal for equal cases."""
    digest = hashlib.sha256(repr((case.nodes, case.optimizer, case.chunks)).encode())
    for name, array in sorted(case.items()):
        digest.update(f"{name}{array.shape}".encode() + array.tobytes())
    return digest.digest()


def _simpler(case: Case, before: Case) -> Case:
    """The case, if it is simpler than the one before."""
    size, limit = complexity(case), complexity(before)
    if size > limit or (size == limit and cost(case) >= cost(before)):
        raise ValueError("expected a simpler case")
    return case


def complexity(case: Case) -> tuple[int, ...]:
    """What is reduced, the most important first; after it come the numbers."""
    return (
        len(case.nodes),
        0 if case.optimizer is None else case.optimizer["steps"],
        0 if case.chunks is None else len(case.chunks.steps),
        sum(array.size for array in case.values()),
        sum(array.ndim for array in case.values()),
        sum(1 for node in case.nodes for _ in differing_options(node)) + _optimizer_terms(case),
    )


def _optimizer_terms(case: Case) -> int:
    return sum(1 for value in (case.optimizer or {}).values() if value not in {0.0, 1.0})


def _key(dimension: Dimension) -> tuple[str, str, int]:
    return dimension.owner, dimension.option, dimension.axis
