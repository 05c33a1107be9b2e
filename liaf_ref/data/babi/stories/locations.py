"""Generated stories of where people, rooms and shapes are: tasks 1, 4, 9 to 13, 17 and 19."""

from collections.abc import Callable

from liaf_ref.data.babi.stories import words
from liaf_ref.data.babi.stories.story import QUESTIONS, Known, Story

Write = Callable[[Story], None]


def where(tell: Write) -> Write:
    """Stories that tell something and ask for a person's room, several times."""

    def write(story: Story) -> None:
        for _ in range(QUESTIONS):
            tell(story)
            person, known = story.draw_subject()
            story.ask(f"Where is {person}", known.places[0], known.supports)

    return write


def single_moves(story: Story) -> None:
    """Task 1: two moves."""
    for _ in range(2):
        story.move([story.choice(words.PEOPLE)])


def pair_moves(story: Story) -> None:
    """Task 12: two moves of two people each."""
    room = story.move(_draw_pair(story))
    story.move(_draw_pair(story), room)


def pronoun_moves(story: Story) -> None:
    """Task 11: a move by name, the next one by pronoun."""
    person = story.choice(words.PEOPLE)
    _move_twice(story, [person], words.PRONOUNS[person])


def they_move(story: Story) -> None:
    """Task 13: a move of two people, the next one as *they*."""
    _move_twice(story, _draw_pair(story), "they")


def _draw_pair(story: Story) -> list[str]:
    first = story.choice(words.PEOPLE)
    return [first, story.choice([person for person in words.PEOPLE if person != first])]


def _move_twice(story: Story, people: list[str], pronoun: str) -> None:
    through = story.elsewhere(story.places(*people))
    room = story.elsewhere([through])
    first = story.tell_move(" and ".join(people), through)
    second = story.tell_move(f"{story.choice(words.THEN)} {pronoun}", room)
    story.known |= dict.fromkeys(people, Known((room,), (first, second)))


POSSIBLE_SHARE = 0.55  # share of questions of task 10 about a place where the person may be


def negation(story: Story) -> None:
    """Task 9: where people are, or are not, then whether one is in a room."""
    for _ in range(QUESTIONS):
        for _ in range(2):
            tell = story.choice((_affirm, _affirm, _affirm, _deny))
            tell(story, story.choice(words.PEOPLE), words.ROOMS)
        person, ((place,), proof, denied) = story.draw_subject()
        truth = not denied and story.choice((True, False))
        asked = place if truth or denied else story.elsewhere([place])
        story.ask_whether(person, asked, "yes" if truth else "no", proof)


def indefinite(story: Story) -> None:
    """Task 10: where people are, or in which of two places, then whether one is in one."""
    for _ in range(QUESTIONS):
        for _ in range(2):
            tell = story.choice((_affirm, _affirm, _affirm, _leave_open))
            tell(story, story.choice(words.NEIGHBORS), words.PLACES)
        person, (places, proof, _) = story.draw_subject()
        possible = story.rng.random() < POSSIBLE_SHARE
        asked = story.choice(places) if possible else story.elsewhere(places, words.PLACES)
        answer = ("yes" if len(places) == 1 else "maybe") if possible else "no"
        story.ask_whether(person, asked, answer, proof)


def _affirm(story: Story, who: str, places: tuple[str, ...]) -> None:
    """Tell that a person is at, or moves to, another place than the last one."""
    place = story.elsewhere(story.places(who), places)
    moves = story.choice((True, True, False))
    line = story.tell_move(who, place) if moves else story.tell(f"{who} is in the {place}")
    story.known[who] = Known((place,), (line,))


def _deny(story: Story, who: str, places: tuple[str, ...]) -> None:
    """Tell that a person is not, or no longer, at a place: the last known one, if any."""
    before = story.known.get(who)
    given = before is not None and not before.denied
    (place,) = story.places(who) if given else (story.elsewhere(story.places(who), places),)
    line = story.tell(f"{who} is {story.choice(('not', 'no longer'))} in the {place}")
    story.known[who] = Known((place,), (line,), denied=True)


def _leave_open(story: Story, who: str, places: tuple[str, ...]) -> None:
    """Tell that a person is in one of two places."""
    before = story.places(who)
    place = story.elsewhere(before, places)
    other = story.elsewhere([*before, place], places)
    line = story.tell(f"{who} is either in the {place} or the {other}")
    story.known[who] = Known((place, other), (line,))


# Steps on the grid, as complex numbers.
COMPASS = {"north of": 1j, "south of": -1j, "east of": 1 + 0j, "west of": -1 + 0j}
SIDES = {"above": 1j, "below": -1j, "to the right of": 1 + 0j, "to the left of": -1 + 0j}
OPPOSITE = dict(zip(COMPASS, ("south of", "north of", "west of", "east of"), strict=True))
OPPOSITE |= dict(zip(SIDES, ("below", "above", "to the left of", "to the right of"), strict=True))
SHAPE_QUESTIONS = 8  # of a story of task 17

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
    first, middle, last = story.shuffled(words.ROOMS)[:3]
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
    middle, *ends = story.shuffled(words.SHAPES)[:3]
    sides = dict(zip(ends, story.shuffled(tuple(SIDES))[:2], strict=True))
    lines = {end: _tell(story, (end, side, middle)) for end, side in sides.items()}
    for _ in range(SHAPE_QUESTIONS):
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
    start, middle, end, *others = story.shuffled(words.ROOMS)
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
