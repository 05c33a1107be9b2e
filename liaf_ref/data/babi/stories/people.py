"""What is told of where people are, and about whom to ask."""

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

import numpy as np

from liaf_ref.data.babi.stories.script import Script, pick
from liaf_ref.data.babi.stories.words import MOVED, ROOMS

QUESTIONS = 5
LINES_PER_BLOCK = 3


class Proved(Protocol):
    """Anything that sentences prove."""

    @property
    def proof(self) -> tuple[int, ...]:
        """IDs of the sentences, the last one told last."""


class Known(NamedTuple):
    """Where somebody or something is, and the sentences that say so."""

    room: str
    proof: tuple[int, ...]


Whereabouts = dict[str, Known]


def elsewhere(
    rng: np.random.Generator, rooms: Collection[str | None], places: tuple[str, ...] = ROOMS
) -> str:
    """Draw a place that is none of some.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the draw comes from.
    rooms : collection of str or None
        Those that are not drawn.
    places : tuple of str
        All there are.

    Returns
    -------
    str
        One of the others, each as likely as the next.
    """
    return pick(rng, [place for place in places if place not in rooms])


def move(script: Script, rng: np.random.Generator, who: str, room: str) -> int:
    """Tell that somebody moves.

    Parameters
    ----------
    script : Script
        The sentence is added to it.
    rng : numpy.random.Generator
        Chooses the verb.
    who, room : str
        Subject and goal of the sentence.

    Returns
    -------
    int
        The sentence's ID.
    """
    return script.tell(f"{who} {pick(rng, MOVED)} the {room}")


def subject(script: Script, rng: np.random.Generator, where: Mapping[str, Proved]) -> str:
    """Draw whom to ask about: the odds halve with every block since the last news.

    Parameters
    ----------
    script : Script
        The story so far.
    rng : numpy.random.Generator
        Where the draw comes from.
    where : mapping of str
        Everybody of whom something is known, with its proof.

    Returns
    -------
    str
        One of its keys.
    """
    people = list(where)
    now = len(script.lines)
    ages = [(now - where[person].proof[-1]) // LINES_PER_BLOCK for person in people]
    odds = np.exp2(-np.array(ages, dtype=float))
    return people[int(rng.choice(len(people), p=odds / odds.sum()))]
