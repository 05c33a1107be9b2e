"""Generated stories of places and shapes on a grid: tasks 4, 17 and 19."""

from liaf_ref.data.babi.stories.story import Story
from liaf_ref.data.babi.stories.words import ROOMS, SHAPES

# Steps on the grid, as complex numbers.
COMPASS = {"north of": 1j, "south of": -1j, "east of": 1 + 0j, "west of": -1 + 0j}
SIDES = {"above": 1j, "below": -1j, "to the right of": 1 + 0j, "to the left of": -1 + 0j}
OPPOSITE = {
    side: other
    for sides in (COMPASS, SIDES)
    for side, step in sides.items()
    for other in sides
    if sides[other] == -step
}
QUESTIONS = 8  # of a story of task 17

_Fact = tuple[str, str, str]  # the first is on this side of the second


def _inverse(fact: _Fact) -> _Fact:
    first, side, second = fact
    return second, OPPOSITE[side], first


def _tell(story: Story, fact: _Fact) -> int:
    """Tell a fact as it is or inverted."""
    first, side, second = story.choice((fact, _inverse(fact)))
    return story.tell(f"The {first} is {side} the {second}")


def two_arguments(story: Story) -> None:
    """Task 4: two facts about three rooms in a line; then which room is on a side of another."""
    # In two questions of three, as in the published text, the other room is the one in the
    # middle, which both facts name.
    first, middle, last = story.shuffled(ROOMS)[:3]
    wind = story.choice(tuple(COMPASS))
    facts = story.shuffled([(first, wind, middle), (middle, wind, last)])
    lines = [_tell(story, fact) for fact in facts]
    asked = story.choice((0, 1))
    room = story.choice((middle, middle, first if first in facts[asked] else last))
    answer, side, other = facts[asked]
    if other != room:
        answer, side, other = _inverse(facts[asked])
    question = (f"What is {side} the {room}", f"What is the {room} {OPPOSITE[side]}")
    story.ask(story.choice(question), answer, [lines[asked]])


def positions(story: Story) -> None:
    """Task 17: two shapes beside a third; then how the two lie to each other."""
    # Questions are only about sides on which one of the two shapes lies.
    middle, *ends = story.shuffled(SHAPES)[:3]
    sides = dict(zip(ends, story.shuffled(tuple(SIDES))[:2], strict=True))
    lines = {end: _tell(story, (end, side, middle)) for end, side in sides.items()}
    for _ in range(QUESTIONS):
        first, second = story.shuffled(ends)
        truth = story.choice((True, False))
        ahead, behind = (first, second) if truth else (second, first)
        way = SIDES[sides[ahead]] - SIDES[sides[behind]]
        seen = [side for side, step in SIDES.items() if (way * step.conjugate()).real > 0]
        question = f"Is the {first} {story.choice(seen)} the {second}"
        story.ask(question, "yes" if truth else "no", (lines[first], lines[second]))


def path_finding(story: Story) -> None:
    """Task 19: six rooms joined by five facts, and the way from one room to another via a third."""
    # Facts join the rooms without a cycle, and no room makes another path as short.
    start, middle, end, *others = story.shuffled(ROOMS)
    first = story.choice(tuple(COMPASS))
    second = story.choice([wind for wind in COMPASS if wind != OPPOSITE[first]])
    way = [(middle, first, start), (end, second, middle)]
    place = {start: 0j, middle: COMPASS[first], end: COMPASS[first] + COMPASS[second]}
    blocked, facts = COMPASS[second], list(way)
    for room in others:
        free = [
            (beside, wind)
            for beside, spot in place.items()
            for wind, step in COMPASS.items()
            if spot + step not in {*place.values(), blocked}
        ]
        beside, wind = story.choice(free)
        place[room] = place[beside] + COMPASS[wind]
        facts.append((room, wind, beside))
    lines = {fact: _tell(story, fact) for fact in story.shuffled(facts)}
    question = f"How do you get from the {start} to the {end}"
    story.ask(question, f"{first[0]},{second[0]}", [lines[fact] for fact in way])
