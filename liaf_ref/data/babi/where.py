"""Generated stories of people who move between rooms: tasks 1, 6, 11, 12 and 13.

A family keeps what the reader of the story can know, and asks about nothing else.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from liaf_ref.data.babi.script import Script, pick
from liaf_ref.data.babi.words import (
    DROPPED,
    MOVED,
    PEOPLE,
    PRONOUNS,
    ROOMS,
    THEN,
    THINGS,
    TOOK,
)

QUESTIONS = 5
MOVES = 0.62  # share of moves among the sentences of task 6
LINES_PER_BLOCK = 3


class Known(NamedTuple):
    """Where somebody is, and the sentences that say so."""

    room: str
    proof: tuple[int, ...]


Whereabouts = dict[str, Known]


def _elsewhere(rng: np.random.Generator, rooms: Collection[str | None]) -> str:
    return pick(rng, [room for room in ROOMS if room not in rooms])


def _rooms(where: Whereabouts, people: Collection[str]) -> list[str]:
    return [where[person].room for person in people if person in where]


def _move(script: Script, rng: np.random.Generator, who: str, room: str) -> int:
    return script.tell(f"{who} {pick(rng, MOVED)} the {room}")


def _move_twice(
    script: Script,
    rng: np.random.Generator,
    where: Whereabouts,
    people: tuple[str, ...],
    pronoun: str,
) -> None:
    through = _elsewhere(rng, _rooms(where, people))
    room = _elsewhere(rng, [through])
    first = _move(script, rng, " and ".join(people), through)
    second = _move(script, rng, f"{pick(rng, THEN)} {pronoun}", room)
    where.update(dict.fromkeys(people, Known(room, (first, second))))


def _pair(rng: np.random.Generator) -> tuple[str, str]:
    first = pick(rng, PEOPLE)
    return first, pick(rng, [person for person in PEOPLE if person != first])


def _subject(script: Script, rng: np.random.Generator, where: Whereabouts) -> str:
    """Draw whom to ask about: the odds halve with every block since the last news."""
    people = list(where)
    now = len(script.lines)
    ages = [(now - where[person].proof[-1]) // LINES_PER_BLOCK for person in people]
    odds = np.exp2(-np.array(ages, dtype=float))
    return people[int(rng.choice(len(people), p=odds / odds.sum()))]


def _ask_where(script: Script, rng: np.random.Generator, where: Whereabouts) -> None:
    person = _subject(script, rng, where)
    script.ask(f"Where is {person}", *where[person])


def single_fact(script: Script, rng: np.random.Generator) -> None:
    """Task 1: two moves, then the room of one person.

    Parameters
    ----------
    script : Script
        Empty; the story is added to it.
    rng : numpy.random.Generator
        Decides the story.
    """
    where: Whereabouts = {}
    for _ in range(QUESTIONS):
        for _ in range(2):
            person = pick(rng, PEOPLE)
            room = _elsewhere(rng, _rooms(where, [person]))
            where[person] = Known(room, (_move(script, rng, person, room),))
        _ask_where(script, rng, where)


class _House:
    """Task 6's world: everybody and everything is somewhere from the start."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.room = {each: pick(rng, ROOMS) for each in (*PEOPLE, *THINGS)}
        self.holder: dict[str, str] = {}

    def carry(self, script: Script, rng: np.random.Generator) -> None:
        """Let somebody drop or take a thing, if anybody can."""
        held = [(who, thing, DROPPED) for thing, who in self.holder.items()]
        free = [
            (who, thing, TOOK)
            for thing in THINGS
            for who in PEOPLE
            if thing not in self.holder and self.room[who] == self.room[thing]
        ]
        if not held and not free:
            return
        who, thing, verbs = pick(rng, held + free)
        if verbs is TOOK:
            self.holder[thing] = who
        else:
            self.room[thing] = self.room[self.holder.pop(thing)]
        script.tell(f"{who} {pick(rng, verbs)} the {thing}{pick(rng, ('', ' there'))}")


def yes_no(script: Script, rng: np.random.Generator) -> None:
    """Task 6: moves among takes and drops, then whether a person is in a room.

    Parameters
    ----------
    script, rng
        As in :func:`single_fact`.
    """
    where: Whereabouts = {}
    house = _House(rng)
    truths = [True, True, False, False, pick(rng, (True, False))]
    rng.shuffle(truths)
    for truth in truths:
        start = len(script.lines)
        while len(script.lines) < start + 2 or not where:
            if rng.random() > MOVES:
                house.carry(script, rng)
                continue
            person = pick(rng, PEOPLE)
            room = house.room[person] = _elsewhere(rng, [house.room[person]])
            where[person] = Known(room, (_move(script, rng, person, room),))
        person = _subject(script, rng, where)
        room, proof = where[person]
        asked = room if truth else _elsewhere(rng, [room])
        script.ask(f"Is {person} in the {asked}", "yes" if truth else "no", proof)


def coreference(script: Script, rng: np.random.Generator) -> None:
    """Task 11: a move by name, the next one by pronoun, then a person's room.

    Parameters
    ----------
    script, rng
        As in :func:`single_fact`.
    """
    where: Whereabouts = {}
    for _ in range(QUESTIONS):
        person = pick(rng, PEOPLE)
        _move_twice(script, rng, where, (person,), PRONOUNS[person])
        _ask_where(script, rng, where)


def conjunction(script: Script, rng: np.random.Generator) -> None:
    """Task 12: two moves of two people each, then a person's room.

    Parameters
    ----------
    script, rng
        As in :func:`single_fact`.
    """
    where: Whereabouts = {}
    for _ in range(QUESTIONS):
        before = None
        for _ in range(2):
            people = _pair(rng)
            room = before = _elsewhere(rng, [before, *_rooms(where, people)])
            line = _move(script, rng, " and ".join(people), room)
            where.update(dict.fromkeys(people, Known(room, (line,))))
        _ask_where(script, rng, where)


def compound_coreference(script: Script, rng: np.random.Generator) -> None:
    """Task 13: a move of two people, the next one as *they*, then a person's room.

    Parameters
    ----------
    script, rng
        As in :func:`single_fact`.
    """
    where: Whereabouts = {}
    for _ in range(QUESTIONS):
        _move_twice(script, rng, where, _pair(rng), "they")
        _ask_where(script, rng, where)
