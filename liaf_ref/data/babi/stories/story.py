"""The lines of a story, random choices, and what its reader knows: used by all families."""

from bisect import bisect
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from liaf_ref.data.babi.stories.words import MOVED, ROOMS

Item = TypeVar("Item")

# The published files print a space before the first tab in these tasks only.
_SPACE_BEFORE_TAB = {1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}


class Story:
    """The lines of one story, numbered as they are added."""

    def __init__(self, task: int) -> None:
        self.lines: list[str] = []
        self._gap = " " if task in _SPACE_BEFORE_TAB else ""

    def add_sentence(self, sentence: str) -> int:
        """Add a sentence."""
        self.lines.append(f"{len(self.lines) + 1} {sentence}.\n")
        return len(self.lines)

    def add_question(self, question: str, answer: str, supports: Iterable[int]) -> None:
        """Add a question."""
        cited = " ".join(map(str, supports))
        number = len(self.lines) + 1
        self.lines.append(f"{number} {question}?{self._gap}\t{answer}\t{cited}\n")

    def lines_before_first_question(self) -> tuple[str, ...]:
        """Sentences before the first question."""
        first = next(i for i, line in enumerate(self.lines) if "\t" in line)
        return tuple(self.lines[:first])

    def all_lines(self) -> tuple[str, ...]:
        """All lines."""
        return tuple(self.lines)


def choice(rng: np.random.Generator, items: Sequence[Item]) -> Item:
    """Draw one item."""
    return items[int(rng.integers(len(items)))]


def weighted_choice(rng: np.random.Generator, items: Sequence[Item], odds: Sequence[float]) -> Item:
    """Draw one item by odds."""
    edges = list(accumulate(odds))
    return items[bisect(edges, rng.random() * edges[-1], hi=len(items) - 1)]


def recent_choice(rng: np.random.Generator, items: Sequence[Item]) -> Item:
    """Draw one item; the odds halve with every step back from the last one."""
    return weighted_choice(rng, items, [0.5**age for age in range(len(items), 0, -1)])


def shuffled(rng: np.random.Generator, items: Sequence[Item]) -> list[Item]:
    """Draw an order."""
    return [items[i] for i in rng.permutation(len(items))]


QUESTIONS = 5
LINES_PER_BLOCK = 3


class Supported(Protocol):
    """Any fact that sentences prove."""

    @property
    def supports(self) -> tuple[int, ...]:
        """IDs of the sentences, in order."""


class KnownLocation(NamedTuple):
    """Where somebody or something is, and the sentences that say so."""

    room: str
    supports: tuple[int, ...]


KnownLocations = dict[str, KnownLocation]


def elsewhere(
    rng: np.random.Generator, excluded: Collection[str | None], places: tuple[str, ...] = ROOMS
) -> str:
    """Draw a place other than the given ones."""
    return choice(rng, [place for place in places if place not in excluded])


def tell_move(story: Story, rng: np.random.Generator, who: str, room: str) -> int:
    """Tell that somebody moves."""
    return story.add_sentence(f"{who} {choice(rng, MOVED)} the {room}")


def draw_subject(story: Story, rng: np.random.Generator, known: Mapping[str, Supported]) -> str:
    """Draw whom to ask about; the odds halve with every block since the person was mentioned."""
    people = list(known)
    now = len(story.lines)
    ages = [(now - known[person].supports[-1]) // LINES_PER_BLOCK for person in people]
    odds = np.exp2(-np.array(ages, dtype=float))
    return people[int(rng.choice(len(people), p=odds / odds.sum()))]
