"""A story: its lines, and what its writer draws and knows.  Used by all families."""

from bisect import bisect
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple, TypeVar

import numpy as np

from liaf_ref.data.babi.stories.words import MOVED, ROOMS

Item = TypeVar("Item")

# The published files print a space before the first tab in these tasks only.
_SPACE_BEFORE_TAB = {1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
QUESTIONS = 5
LINES_PER_BLOCK = 3


class Known(NamedTuple):
    """What sentences say of where somebody or something is."""

    places: tuple[str, ...]  # one; or two, in either of which they may be
    supports: tuple[int, ...]  # IDs of the sentences, in order
    denied: bool = False  # they are not there


class Story:
    """The lines of one story, numbered as they are added, and its random draws."""

    def __init__(self, task: int, rng: np.random.Generator) -> None:
        self.lines: list[str] = []
        self.known: dict[str, Known] = {}  # of people
        self.rng = rng
        self._gap = " " if task in _SPACE_BEFORE_TAB else ""

    def tell(self, sentence: str) -> int:
        """Add a sentence; return its ID."""
        self.lines.append(f"{len(self.lines) + 1} {sentence}.\n")
        return len(self.lines)

    def tell_move(self, who: str, room: str) -> int:
        """Tell that somebody moves."""
        return self.tell(f"{who} {self.choice(MOVED)} the {room}")

    def ask(self, question: str, answer: str, supports: Iterable[int]) -> None:
        """Add a question."""
        cited = " ".join(map(str, supports))
        number = len(self.lines) + 1
        self.lines.append(f"{number} {question}?{self._gap}\t{answer}\t{cited}\n")

    def choice(self, items: Sequence[Item]) -> Item:
        """Draw one item."""
        return items[int(self.rng.integers(len(items)))]

    def weighted_choice(self, items: Sequence[Item], odds: Sequence[float]) -> Item:
        """Draw one item by odds."""
        edges = list(accumulate(odds))
        return items[bisect(edges, self.rng.random() * edges[-1], hi=len(items) - 1)]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """Draw an order."""
        return [items[i] for i in self.rng.permutation(len(items))]

    def elsewhere(self, excluded: Collection[str | None], places: tuple[str, ...] = ROOMS) -> str:
        """Draw a place other than the given ones."""
        return self.choice([place for place in places if place not in excluded])

    def places(self, *people: str) -> list[str]:
        """Where people are, as far as sentences say."""
        return [place for who in people if who in self.known for place in self.known[who].places]

    def move(self, people: Collection[str], *excluded: str) -> str:
        """Tell that people move together to another room; return it."""
        room = self.elsewhere([*excluded, *self.places(*people)])
        line = self.tell_move(" and ".join(people), room)
        self.known |= dict.fromkeys(people, Known((room,), (line,)))
        return room

    def draw_subject(self) -> tuple[str, Known]:
        """Draw whom to ask about; the odds halve with every block since they were mentioned."""
        people, now = list(self.known), len(self.lines)
        ages = [(now - each.supports[-1]) // LINES_PER_BLOCK for each in self.known.values()]
        odds = np.exp2(-np.array(ages, dtype=float))
        who = people[int(self.rng.choice(len(people), p=odds / odds.sum()))]
        return who, self.known[who]

    def ask_whether(self, who: str, place: str, answer: str, supports: Iterable[int]) -> None:
        """Ask whether somebody is at a place."""
        self.ask(f"Is {who} in the {place}", answer, supports)
