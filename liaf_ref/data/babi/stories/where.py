"""Generated stories of people who move between rooms: tasks 1, 6, 11, 12 and 13.

A family keeps what the reader of the story can know, and asks about nothing else.
"""

from collections.abc import Collection

import numpy as np

from liaf_ref.data.babi.stories.people import (
    QUESTIONS,
    Known,
    Whereabouts,
    elsewhere,
    move,
    subject,
)
from liaf_ref.data.babi.stories.script import Script, pick
from liaf_ref.data.babi.stories.words import DROPPED, PEOPLE, PRONOUNS, ROOMS, THEN, THINGS, TOOK

MOVES = 0.62  # share of moves among the sentences of task 6


def _rooms(where: Whereabouts, people: Collection[str]) -> list[str]:
    return [where[person].room for person in people if person in where]


def _move_twice(
    script: Script,
    rng: np.random.Generator,
    where: Whereabouts,
    people: tuple[str, ...],
    pronoun: str,
) -> None:
    through = elsewhere(rng, _rooms(where, people))
    room = elsewhere(rng, [through])
    first = move(script, rng, " and ".join(people), through)
    second = move(script, rng, f"{pick(rng, THEN)} {pronoun}", room)
    where.update(dict.fromkeys(people, Known(room, (first, second))))


def _pair(rng: np.random.Generator) -> tuple[str, str]:
    first = pick(rng, PEOPLE)
    return first, pick(rng, [person for person in PEOPLE if person != first])


def _ask_where(script: Script, rng: np.random.Generator, where: Whereabouts) -> None:
    person = subject(script, rng, where)
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
            room = elsewhere(rng, _rooms(where, [person]))
            where[person] = Known(room, (move(script, rng, person, room),))
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
            room = house.room[person] = elsewhere(rng, [house.room[person]])
            where[person] = Known(room, (move(script, rng, person, room),))
        person = subject(script, rng, where)
        room, proof = where[person]
        asked = room if truth else elsewhere(rng, [room])
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
            room = before = elsewhere(rng, [before, *_rooms(where, people)])
            line = move(script, rng, " and ".join(people), room)
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
