"""Generated stories of places and shapes on a grid: tasks 4, 17 and 19."""

from typing import NamedTuple

import numpy as np

from liaf_ref.data.babi.stories.script import Script, pick, shuffled
from liaf_ref.data.babi.stories.words import ROOMS, SHAPES

_Step = tuple[int, int]

WINDS: dict[str, _Step] = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
SIDES: dict[str, _Step] = {
    "above": (0, 1),
    "below": (0, -1),
    "to the right of": (1, 0),
    "to the left of": (-1, 0),
}
QUESTIONS = 8  # of a story of task 17


class Side(NamedTuple):
    """The first is on this side of the second."""

    first: str
    side: str
    second: str

    def turned(self, sides: dict[str, _Step]) -> "Side":
        """Say the same of the second."""
        return Side(self.second, _opposite(self.side, sides), self.first)


def _opposite(side: str, sides: dict[str, _Step]) -> str:
    x, y = sides[side]
    return next(other for other, step in sides.items() if step == (-x, -y))


def _told(rng: np.random.Generator, fact: Side, sides: dict[str, _Step]) -> Side:
    """Draw from which end a fact is told."""
    return pick(rng, (fact, fact.turned(sides)))


def two_arguments(script: Script, rng: np.random.Generator) -> None:
    """Task 4: three rooms in a line, two facts; then which is on one side of another.

    In two questions of three, as in the published text, the other is the room in the
    middle, of which both facts speak.

    Parameters
    ----------
    script : Script
        Empty; the story is added to it.
    rng : numpy.random.Generator
        Decides the story.
    """
    first, middle, last = shuffled(rng, ROOMS)[:3]
    wind = pick(rng, tuple(WINDS))
    facts = shuffled(rng, [Side(first, wind, middle), Side(middle, wind, last)])
    lines = []
    for fact in facts:
        a, side, b = _told(rng, fact, WINDS)
        lines.append(script.tell(f"The {a} is {side} of the {b}"))
    asked = int(rng.integers(2))
    room = pick(rng, (middle, middle, first if first in facts[asked] else last))
    fact = facts[asked] if room == facts[asked].second else facts[asked].turned(WINDS)
    there, back = fact.side, fact.turned(WINDS).side
    question = pick(rng, (f"What is {there} of the {room}", f"What is the {room} {back} of"))
    script.ask(question, fact.first, [lines[asked]])


def positions(script: Script, rng: np.random.Generator) -> None:
    """Task 17: two shapes beside a third; then on which sides of each other they are.

    Asked is only after sides on which one of them is.

    Parameters
    ----------
    script, rng
        As in :func:`two_arguments`.
    """
    middle, *ends = shuffled(rng, SHAPES)[:3]
    sides = shuffled(rng, tuple(SIDES))[:2]
    lines = {}
    for end, side in zip(ends, sides, strict=True):
        a, said, b = _told(rng, Side(end, side, middle), SIDES)
        lines[end] = script.tell(f"The {a} is {said} the {b}")
    place = {end: SIDES[side] for end, side in zip(ends, sides, strict=True)}
    for _ in range(QUESTIONS):
        first, second = shuffled(rng, tuple(ends))
        truth = pick(rng, (True, False))
        ahead, behind = (first, second) if truth else (second, first)
        side = pick(rng, _sides(place[ahead], place[behind]))
        answer = "yes" if truth else "no"
        script.ask(f"Is the {first} {side} the {second}", answer, (lines[first], lines[second]))


def _sides(spot: _Step, other: _Step) -> list[str]:
    """Sides of the other place on which the first is."""
    x, y = spot[0] - other[0], spot[1] - other[1]
    return [side for side, step in SIDES.items() if x * step[0] + y * step[1] > 0]


def path(script: Script, rng: np.random.Generator) -> None:
    """Task 19: six rooms, joined by five facts; then the way from one to another by a third.

    Facts join the rooms without a circle, and no room is where a way as short
    could lead.

    Parameters
    ----------
    script, rng
        As in :func:`two_arguments`.
    """
    start, middle, end, *others = shuffled(rng, ROOMS)
    first = pick(rng, tuple(WINDS))
    second = pick(rng, [wind for wind in WINDS if wind != _opposite(first, WINDS)])
    way = [Side(middle, first, start), Side(end, second, middle)]
    place = {start: (0, 0), middle: WINDS[first]}
    place[end] = _after(place[middle], WINDS[second])
    facts = way + _join(rng, others, place, _after(place[start], WINDS[second]))
    lines = {}
    for fact in shuffled(rng, facts):
        a, side, b = _told(rng, fact, WINDS)
        lines[fact] = script.tell(f"The {a} is {side} of the {b}")
    question = f"How do you get from the {start} to the {end}"
    script.ask(question, f"{first[0]},{second[0]}", [lines[fact] for fact in way])


def _join(
    rng: np.random.Generator, rooms: list[str], place: dict[str, _Step], shut: _Step
) -> list[Side]:
    """Put rooms beside those that have a place, one after the other, but not where it is shut."""
    place = dict(place)
    facts = []
    for room in rooms:
        free = [
            (beside, wind)
            for beside, spot in place.items()
            for wind, step in WINDS.items()
            if _after(spot, step) not in {*place.values(), shut}
        ]
        beside, wind = pick(rng, free)
        place[room] = _after(place[beside], WINDS[wind])
        facts.append(Side(room, wind, beside))
    return facts


def _after(spot: _Step, step: _Step) -> _Step:
    return spot[0] + step[0], spot[1] + step[1]
