"""A covering array: choices in an order in which every pair of values soon occurs together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from liaf_ref.oracle.random_cases.options import Choice, Rule, Value

Item = tuple[str, Value]
Pair = tuple[Item, Item]


class Space:
    """All choices that some rules allow, as bits: one for each value of each factor."""

    def __init__(self, factors: Mapping[str, Sequence[Value]], rules: Sequence[Rule]) -> None:
        self.items: list[Item] = [(f, v) for f, values in factors.items() for v in values]
        self.number = {item: k for k, item in enumerate(self.items)}
        self.of_factor = {
            f: sum(1 << self.number[f, v] for v in values) for f, values in factors.items()
        }
        everything = (1 << len(self.items)) - 1
        self.goes_with = [
            everything & ~self.of_factor[f] | 1 << k for k, (f, _) in enumerate(self.items)
        ]
        for factor, values, other, allowed in rules:
            for k in self._numbers(factor, values):
                for j in self._numbers(other, [v for v in factors[other] if v not in allowed]):
                    self.goes_with[k] &= ~(1 << j)
                    self.goes_with[j] &= ~(1 << k)

    def _numbers(self, factor: str, values: Iterable[Value]) -> list[int]:
        return [self.number[factor, v] for v in values if (factor, v) in self.number]

    def complete(
        self, pinned: Sequence[int], order: Sequence[str], preference: Callable[[int, int], float]
    ) -> Choice | None:
        """A choice with some values in it, or None; ``preference`` orders the others."""
        open_bits: int | None = (1 << len(self.items)) - 1
        for k in pinned:
            open_bits = self._take(k, open_bits)
            if open_bits is None:
                return None
        return self._search(open_bits, order, preference)

    def _take(self, k: int, open_bits: int | None) -> int | None:
        """What stays open if a value is taken, and others that are then the only one; or None."""
        todo = [k]
        while todo and open_bits is not None:
            k = todo.pop()
            if not open_bits >> k & 1:
                return None
            before, open_bits = open_bits, open_bits & self.goes_with[k]
            for mask in self.of_factor.values():
                left = open_bits & mask
                if not left:
                    return None
                if left != before & mask and not left & (left - 1):
                    todo.append(left.bit_length() - 1)
        return open_bits

    def _search(
        self, open_bits: int | None, order: Sequence[str], preference: Callable[[int, int], float]
    ) -> Choice | None:
        if open_bits is None:
            return None
        undecided = [f for f in order if (left := open_bits & self.of_factor[f]) & (left - 1)]
        if not undecided:
            return dict(self.items[k] for k in bits(open_bits))
        candidates = bits(open_bits & self.of_factor[undecided[0]])
        for k in sorted(candidates, key=lambda k: -preference(k, open_bits)):
            found = self._search(self._take(k, open_bits), undecided[1:], preference)
            if found is not None:
                return found
        return None


def bits(number: int) -> Iterator[int]:
    """The places of the ones of a number."""
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low


class Covering(NamedTuple):
    """Choices that together have every pair of values that can occur."""

    choices: tuple[Choice, ...]
    pairs: frozenset[Pair]


def pairs_of(choice: Choice) -> frozenset[Pair]:
    """The pairs of values of a choice, without those of None."""
    return frozenset(combinations([item for item in choice.items() if item[1] is not None], 2))


def cover(space: Space, rng: np.random.Generator) -> Covering:
    """Greedily: each choice has a pair that is missing, and as many others as it can."""
    chosen: list[Choice] = []
    missing = _candidate_pairs(space)  # by the number of a value: what it has not met yet
    possible: set[Pair] = set()
    while any(missing):
        k = max(range(len(missing)), key=lambda k: missing[k].bit_count())
        j = next(bits(missing[k]))
        jitter = rng.random(len(space.items))

        def gain(item: int, open_bits: int, jitter: np.ndarray = jitter) -> float:
            return (missing[item] & open_bits).bit_count() + 2 * float(jitter[item])

        order = [str(f) for f in rng.permutation(list(space.of_factor))]
        choice = space.complete((k, j), order, gain)
        if choice is None:  # the two cannot occur together
            missing[k] &= ~(1 << j)
            missing[j] &= ~(1 << k)
            continue
        chosen.append(choice)
        met = sum(1 << space.number[item] for item in choice.items())
        for item in bits(met):
            missing[item] &= ~met
        possible |= pairs_of(choice)
    return Covering(tuple(chosen), frozenset(possible))


def _candidate_pairs(space: Space) -> list[int]:
    given = sum(1 << k for k, (_, value) in enumerate(space.items) if value is not None)
    return [
        space.goes_with[k] & given & ~space.of_factor[factor] if value is not None else 0
        for k, (factor, value) in enumerate(space.items)
    ]


def free_choice(
    space: Space, rng: np.random.Generator, theme: Mapping[str, Value]
) -> Choice | None:
    """A choice with the values of a theme; None if the space has none."""
    jitter = rng.random(len(space.items))
    order = [str(f) for f in rng.permutation(list(space.of_factor))]
    if any(item not in space.number for item in theme.items()):
        return None
    pinned = [space.number[item] for item in theme.items()]
    return space.complete(pinned, order, lambda k, _: float(jitter[k]))
