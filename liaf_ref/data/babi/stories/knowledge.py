"""What the reader of a story knows about locations, and whom to ask about."""

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

import numpy as np

from liaf_ref.data.babi.stories.story import Story, choice
from liaf_ref.data.babi.stories.words import MOVED, ROOMS

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
