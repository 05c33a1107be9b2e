"""Generated stories of places and shapes on a grid: tasks 4, 17 and 19."""

from typing import NamedTuple

import numpy as np

from liaf_ref.data.babi.stories.story import Story, choice, shuffled
from liaf_ref.data.babi.stories.words import ROOMS, SHAPES

_Step = tuple[int, int]

COMPASS_DIRECTIONS: dict[str, _Step] = {
    "north": (0, 1),
    "south": (0, -1),
    "east": (1, 0),
    "west": (-1, 0),
}
SIDES: dict[str, _Step] = {
    "above": (0, 1),
    "below": (0, -1),
    "to the right of": (1, 0),
    "to the left of": (-1, 0),
}
QUESTIONS = 8  # of a story of task 17


class SpatialRelation(NamedTuple):
    """The first is on this side of the second."""

    first: str
    side: str
    second: str

    def inverse(self, sides: dict[str, _Step]) -> "SpatialRelation":
        """The same relation, seen from the second."""
        return SpatialRelation(self.second, _opposite(self.side, sides), self.first)


def _opposite(side: str, sides: dict[str, _Step]) -> str:
    x, y = sides[side]
    return next(other for other, step in sides.items() if step == (-x, -y))


def _either_way(
    rng: np.random.Generator, fact: SpatialRelation, sides: dict[str, _Step]
) -> SpatialRelation:
    """Draw whether a fact is told as it is or inverted."""
    return choice(rng, (fact, fact.inverse(sides)))


def two_arguments(story: Story, rng: np.random.Generator) -> None:
    """Task 4: two facts about three rooms in a line; then which room is on a side of another."""
    # In two questions of three, as in the published text, the other room is the one in the
    # middle, which both facts name.
    first, middle, last = shuffled(rng, ROOMS)[:3]
    wind = choice(rng, tuple(COMPASS_DIRECTIONS))
    facts = shuffled(
        rng, [SpatialRelation(first, wind, middle), SpatialRelation(middle, wind, last)]
    )
    lines = []
    for fact in facts:
        a, side, b = _either_way(rng, fact, COMPASS_DIRECTIONS)
        lines.append(story.add_sentence(f"The {a} is {side} of the {b}"))
    asked = int(rng.integers(2))
    room = choice(rng, (middle, middle, first if first in facts[asked] else last))
    fact = facts[asked] if room == facts[asked].second else facts[asked].inverse(COMPASS_DIRECTIONS)
    there, back = fact.side, fact.inverse(COMPASS_DIRECTIONS).side
    question = choice(rng, (f"What is {there} of the {room}", f"What is the {room} {back} of"))
    story.add_question(question, fact.first, [lines[asked]])


def positions(story: Story, rng: np.random.Generator) -> None:
    """Task 17: two shapes beside a third; then how the two lie to each other."""
    # Questions are only about sides on which one of the two shapes lies.
    middle, *ends = shuffled(rng, SHAPES)[:3]
    sides = shuffled(rng, tuple(SIDES))[:2]
    lines = {}
    for end, side in zip(ends, sides, strict=True):
        a, text, b = _either_way(rng, SpatialRelation(end, side, middle), SIDES)
        lines[end] = story.add_sentence(f"The {a} is {text} the {b}")
    place = {end: SIDES[side] for end, side in zip(ends, sides, strict=True)}
    for _ in range(QUESTIONS):
        first, second = shuffled(rng, tuple(ends))
        truth = choice(rng, (True, False))
        ahead, behind = (first, second) if truth else (second, first)
        side = choice(rng, _sides_of(place[ahead], place[behind]))
        answer = "yes" if truth else "no"
        story.add_question(
            f"Is the {first} {side} the {second}", answer, (lines[first], lines[second])
        )


def _sides_of(spot: _Step, other: _Step) -> list[str]:
    """Return the sides of ``other`` on which ``spot`` lies."""
    x, y = spot[0] - other[0], spot[1] - other[1]
    return [side for side, step in SIDES.items() if x * step[0] + y * step[1] > 0]


def path_finding(story: Story, rng: np.random.Generator) -> None:
    """Task 19: six rooms joined by five facts, and the way from one room to another via a third."""
    # Facts join the rooms without a cycle, and no room makes another path as short.
    start, middle, end, *others = shuffled(rng, ROOMS)
    first = choice(rng, tuple(COMPASS_DIRECTIONS))
    second = choice(
        rng, [wind for wind in COMPASS_DIRECTIONS if wind != _opposite(first, COMPASS_DIRECTIONS)]
    )
    way = [SpatialRelation(middle, first, start), SpatialRelation(end, second, middle)]
    place = {start: (0, 0), middle: COMPASS_DIRECTIONS[first]}
    place[end] = _add_step(place[middle], COMPASS_DIRECTIONS[second])
    facts = way + _attach_rooms(
        rng, others, place, _add_step(place[start], COMPASS_DIRECTIONS[second])
    )
    lines = {}
    for fact in shuffled(rng, facts):
        a, side, b = _either_way(rng, fact, COMPASS_DIRECTIONS)
        lines[fact] = story.add_sentence(f"The {a} is {side} of the {b}")
    question = f"How do you get from the {start} to the {end}"
    story.add_question(question, f"{first[0]},{second[0]}", [lines[fact] for fact in way])


def _attach_rooms(
    rng: np.random.Generator, rooms: list[str], place: dict[str, _Step], blocked: _Step
) -> list[SpatialRelation]:
    """Attach rooms one by one to those with a place, but not at the blocked one."""
    place = dict(place)
    facts = []
    for room in rooms:
        free = [
            (beside, wind)
            for beside, spot in place.items()
            for wind, step in COMPASS_DIRECTIONS.items()
            if _add_step(spot, step) not in {*place.values(), blocked}
        ]
        beside, wind = choice(rng, free)
        place[room] = _add_step(place[beside], COMPASS_DIRECTIONS[wind])
        facts.append(SpatialRelation(room, wind, beside))
    return facts


def _add_step(spot: _Step, step: _Step) -> _Step:
    return spot[0] + step[0], spot[1] + step[1]
