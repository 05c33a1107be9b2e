"""Generated stories of where people are, are not or may be: tasks 1, 6 and 9 to 13."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from liaf_ref.data.babi.stories.story import (
    QUESTIONS,
    KnownLocation,
    KnownLocations,
    Story,
    choice,
    draw_subject,
    elsewhere,
    tell_move,
)
from liaf_ref.data.babi.stories.words import (
    DROPPED,
    NEIGHBORS,
    PEOPLE,
    PLACES,
    PRONOUNS,
    ROOMS,
    THEN,
    THINGS,
    TOOK,
)

MOVE_SHARE = 0.62  # share of moves among the sentences of task 6


def _known_rooms(known: KnownLocations, people: Collection[str]) -> list[str]:
    return [known[person].room for person in people if person in known]


def _move_twice(
    story: Story,
    rng: np.random.Generator,
    known: KnownLocations,
    people: tuple[str, ...],
    pronoun: str,
) -> None:
    through = elsewhere(rng, _known_rooms(known, people))
    room = elsewhere(rng, [through])
    first = tell_move(story, rng, " and ".join(people), through)
    second = tell_move(story, rng, f"{choice(rng, THEN)} {pronoun}", room)
    known.update(dict.fromkeys(people, KnownLocation(room, (first, second))))


def _draw_pair(rng: np.random.Generator) -> tuple[str, str]:
    first = choice(rng, PEOPLE)
    return first, choice(rng, [person for person in PEOPLE if person != first])


def _ask_where(story: Story, rng: np.random.Generator, known: KnownLocations) -> None:
    person = draw_subject(story, rng, known)
    story.add_question(f"Where is {person}", *known[person])


def single_fact(story: Story, rng: np.random.Generator) -> None:
    """Task 1: two moves, then the room of one person."""
    where: KnownLocations = {}
    for _ in range(QUESTIONS):
        for _ in range(2):
            person = choice(rng, PEOPLE)
            room = elsewhere(rng, _known_rooms(where, [person]))
            where[person] = KnownLocation(room, (tell_move(story, rng, person, room),))
        _ask_where(story, rng, where)


class _SimpleWorld:
    """Task 6's world: everybody and everything is somewhere from the start."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.room = {each: choice(rng, ROOMS) for each in (*PEOPLE, *THINGS)}
        self.holder: dict[str, str] = {}

    def carry(self, story: Story, rng: np.random.Generator) -> None:
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
        who, thing, verbs = choice(rng, held + free)
        if verbs is TOOK:
            self.holder[thing] = who
        else:
            self.room[thing] = self.room[self.holder.pop(thing)]
        story.add_sentence(f"{who} {choice(rng, verbs)} the {thing}{choice(rng, ('', ' there'))}")


def yes_no(story: Story, rng: np.random.Generator) -> None:
    """Task 6: moves among takes and drops, then whether a person is in a room."""
    where: KnownLocations = {}
    house = _SimpleWorld(rng)
    truths = [True, True, False, False, choice(rng, (True, False))]
    rng.shuffle(truths)
    for truth in truths:
        start = len(story.lines)
        while len(story.lines) < start + 2 or not where:
            if rng.random() > MOVE_SHARE:
                house.carry(story, rng)
                continue
            person = choice(rng, PEOPLE)
            room = house.room[person] = elsewhere(rng, [house.room[person]])
            where[person] = KnownLocation(room, (tell_move(story, rng, person, room),))
        person = draw_subject(story, rng, where)
        room, proof = where[person]
        asked = room if truth else elsewhere(rng, [room])
        story.add_question(f"Is {person} in the {asked}", "yes" if truth else "no", proof)


def coreference(story: Story, rng: np.random.Generator) -> None:
    """Task 11: a move by name, the next one by pronoun, then a person's room."""
    where: KnownLocations = {}
    for _ in range(QUESTIONS):
        person = choice(rng, PEOPLE)
        _move_twice(story, rng, where, (person,), PRONOUNS[person])
        _ask_where(story, rng, where)


def conjunction(story: Story, rng: np.random.Generator) -> None:
    """Task 12: two moves of two people each, then a person's room."""
    where: KnownLocations = {}
    for _ in range(QUESTIONS):
        before = None
        for _ in range(2):
            people = _draw_pair(rng)
            room = before = elsewhere(rng, [before, *_known_rooms(where, people)])
            line = tell_move(story, rng, " and ".join(people), room)
            where.update(dict.fromkeys(people, KnownLocation(room, (line,))))
        _ask_where(story, rng, where)


def compound_coreference(story: Story, rng: np.random.Generator) -> None:
    """Task 13: a move of two people, the next one as *they*, then a person's room."""
    where: KnownLocations = {}
    for _ in range(QUESTIONS):
        _move_twice(story, rng, where, _draw_pair(rng), "they")
        _ask_where(story, rng, where)


POSSIBLE_SHARE = 0.55  # share of questions of task 10 about a place where the person may be


class _Belief(NamedTuple):
    """The last information about a person: where they may be, or where they are not."""

    places: tuple[str, ...]
    supports: tuple[int, ...]
    denied: bool = False


_Beliefs = dict[str, _Belief]


def negation(story: Story, rng: np.random.Generator) -> None:
    """Task 9: where people are, or are not, then whether one is in a room."""
    news: _Beliefs = {}
    for _ in range(QUESTIONS):
        for _ in range(2):
            tell = choice(rng, (_affirm, _affirm, _affirm, _deny))
            tell(story, rng, news, choice(rng, PEOPLE), ROOMS)
        person = draw_subject(story, rng, news)
        (place,), proof, denied = news[person]
        truth = not denied and choice(rng, (True, False))
        asked = place if truth or denied else elsewhere(rng, [place])
        story.add_question(f"Is {person} in the {asked}", "yes" if truth else "no", proof)


def indefinite(story: Story, rng: np.random.Generator) -> None:
    """Task 10: where people are, or in which of two places, then whether one is in one."""
    news: _Beliefs = {}
    for _ in range(QUESTIONS):
        for _ in range(2):
            tell = choice(rng, (_affirm, _affirm, _affirm, _leave_open))
            tell(story, rng, news, choice(rng, NEIGHBORS), PLACES)
        person = draw_subject(story, rng, news)
        places, proof, _ = news[person]
        possible = rng.random() < POSSIBLE_SHARE
        asked = choice(rng, places) if possible else elsewhere(rng, places, PLACES)
        answer = ("yes" if len(places) == 1 else "maybe") if possible else "no"
        story.add_question(f"Is {person} in the {asked}", answer, proof)


def _affirm(
    story: Story, rng: np.random.Generator, beliefs: _Beliefs, who: str, places: tuple[str, ...]
) -> None:
    """Tell that a person is at, or moves to, another place than the last one."""
    place = elsewhere(rng, beliefs[who].places if who in beliefs else (), places)
    if choice(rng, (True, True, False)):
        line = tell_move(story, rng, who, place)
    else:
        line = story.add_sentence(f"{who} is in the {place}")
    beliefs[who] = _Belief((place,), (line,))


def _deny(
    story: Story, rng: np.random.Generator, beliefs: _Beliefs, who: str, places: tuple[str, ...]
) -> None:
    """Tell that a person is not, or no longer, at a place: the last known one, if any."""
    last = beliefs.get(who)
    if last is None or last.denied:
        place = elsewhere(rng, last.places if last else (), places)
    else:
        (place,) = last.places
    line = story.add_sentence(f"{who} is {choice(rng, ('not', 'no longer'))} in the {place}")
    beliefs[who] = _Belief((place,), (line,), denied=True)


def _leave_open(
    story: Story, rng: np.random.Generator, beliefs: _Beliefs, who: str, places: tuple[str, ...]
) -> None:
    """Tell that a person is in one of two places."""
    before = beliefs[who].places if who in beliefs else ()
    place = elsewhere(rng, before, places)
    other = elsewhere(rng, [*before, place], places)
    line = story.add_sentence(f"{who} is either in the {place} or the {other}")
    beliefs[who] = _Belief((place, other), (line,))
