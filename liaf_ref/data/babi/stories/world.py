"""A world of people who carry things between rooms: tasks 2, 3, 5, 7 and 8.

Every person and thing has a location from the start, which the reader does not know.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.data.babi.stories.knowledge import elsewhere, tell_move
from liaf_ref.data.babi.stories.story import Story, choice, weighted_choice
from liaf_ref.data.babi.stories.words import DROPPED, GAVE, PEOPLE, ROOMS, THINGS, TOOK


class Odds(NamedTuple):
    """Relative frequency of each action among those that are possible."""

    move: float
    take: float
    drop: float
    give: float


class Action(NamedTuple):
    """The action that a sentence tells."""

    kind: str  # a field of :class:`Odds`
    line: int  # the sentence's ID
    who: str
    thing: str  # empty for a move
    room: str  # where it happens; for a move, the destination
    to: str  # who receives the thing; empty for other actions


_Choice = tuple[str, str, str]  # who, thing, to


class World:
    """The location of each person and thing, and who holds what."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._room = {each: choice(rng, ROOMS) for each in (*PEOPLE, *THINGS)}
        self._holder: dict[str, str] = {}

    def act(self, story: Story, rng: np.random.Generator, odds: Odds) -> Action:
        """Let a person do a random action, and add the sentence that tells it."""
        choices = {kind: found for kind, found in self._choices().items() if found}
        kind = weighted_choice(rng, list(choices), [getattr(odds, kind) for kind in choices])
        who, thing, to = choice(rng, choices[kind])
        if kind == "move":
            self._room[who] = room = elsewhere(rng, [self._room[who]])
            return Action(kind, tell_move(story, rng, who, room), who, thing, room, to)
        if kind == "drop":
            self._room[thing] = self._room[self._holder.pop(thing)]
        else:
            self._holder[thing] = to or who
        line = story.add_sentence(_sentence(rng, kind, who, thing, to))
        return Action(kind, line, who, thing, self._room[who], to)

    def _choices(self) -> dict[str, list[_Choice]]:
        held = list(self._holder.items())
        free = [thing for thing in THINGS if thing not in self._holder]
        room = self._room
        return {
            "move": [(who, "", "") for who in PEOPLE],
            "take": [(w, thing, "") for thing in free for w in PEOPLE if room[w] == room[thing]],
            "drop": [(who, thing, "") for thing, who in held],
            "give": [
                (who, thing, to)
                for thing, who in held
                for to in PEOPLE
                if to != who and room[to] == room[who]
            ],
        }


def _sentence(rng: np.random.Generator, kind: str, who: str, thing: str, to: str) -> str:
    if kind == "give":
        return f"{who} {choice(rng, GAVE)} the {thing} to {to}"
    verb = choice(rng, TOOK if kind == "take" else DROPPED)
    return f"{who} {verb} the {thing}{choice(rng, ('', ' there'))}"
