"""Questions about where somebody or something is."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from . import Facts, match_of

STEPS = {
    "north of": (0, 1),
    "south of": (0, -1),
    "east of": (1, 0),
    "west of": (-1, 0),
    "above": (0, 1),
    "below": (0, -1),
    "to the right of": (1, 0),
    "to the left of": (-1, 0),
}
SIDE = f"({'|'.join(STEPS)})"
Step = tuple[int, int]
Links = list[tuple[str, Step, str]]


def links(facts: Facts) -> Links:
    """From where a step leads where, both ways."""
    found: Links = []
    for sentence in facts.values():
        match = match_of(rf"The (.+) is {SIDE} the (.+)\.", sentence)
        assert match is not None, sentence
        x, y = STEPS[match[2]]
        found += [(match[3], (x, y), match[1]), (match[1], (-x, -y), match[3])]
    return found


def answer_neighbor(facts: Facts, question: str) -> str | None:
    """What is one step from a room, told in one fact."""
    if match := match_of(rf"What is {SIDE} the (\w+)\?", question):
        (x, y), origin = STEPS[match[1]], match[2]
    else:
        match = match_of(rf"What is the (\w+) {SIDE}\?", question)
        assert match is not None, question
        (x, y), origin = STEPS[match[2]], match[1]
        x, y = -x, -y
    found = [room for start, step, room in links(facts) if (start, step) == (origin, (x, y))]
    return found[0] if found else None


def answer_position(facts: Facts, question: str) -> str | None:
    """Whether one shape is on a side of another, counted in steps."""
    match = match_of(rf"Is the (.+) {SIDE} the (.+)\?", question)
    assert match is not None, question
    place: dict[str, Step] = {match[3]: (0, 0)}
    for _ in facts:
        for start, step, end in links(facts):
            if start in place:
                place.setdefault(end, (place[start][0] + step[0], place[start][1] + step[1]))
    if match[1] not in place:
        return None
    (x, y), step = place[match[1]], STEPS[match[2]]
    return "yes" if x * step[0] + y * step[1] > 0 else "no"


def two_step_paths(facts: Facts, start: str, end: str) -> Iterator[list[Step]]:
    """Every way of two steps."""
    joined = links(facts)
    for first, step, room in joined:
        for second, then, last in joined:
            if (first, second, last) == (start, room, end):
                yield [step, then]


def answer_path(facts: Facts, question: str) -> str | None:
    """The steps from one room to another, if there is one way of two steps and none of one."""
    match = match_of(r"How do you \w+ from the (\w+) to the (\w+)\?", question)
    assert match is not None, question
    start, end = match.groups()
    found = list(two_step_paths(facts, start, end))
    if len(found) != 1 or any((a, b) == (start, end) for a, _, b in links(facts)):
        return None
    letters = {STEPS[side]: side[0] for side in list(STEPS)[:4]}
    return ",".join(letters[step] for step in found[0])


class Belief(NamedTuple):
    """Places of which somebody is in one, or in which they are not."""

    places: tuple[str, ...]
    denied: bool


@cache
def parse_belief(sentence: str) -> tuple[str, Belief] | None:
    """Who is spoken of, and what of them; ``None`` for other sentences."""
    if match := re.fullmatch(r"(.+) is either in the (\w+) or the (\w+)\.", sentence):
        return match[1], Belief((match[2], match[3]), denied=False)
    if match := re.fullmatch(r"(.+) is (not |no longer |)in the (\w+)\.", sentence):
        return match[1], Belief((match[3],), denied=match[2] != "")
    if match := re.fullmatch(r"(.+) to the (\w+)\.", sentence):
        return match[1], Belief((match[2],), denied=False)
    return None


def latest_beliefs(facts: Facts) -> dict[str, Belief]:
    """The last news of everybody; a pronoun stands for who was named in the line before."""
    last: dict[str, Belief] = {}
    named: dict[int, list[str]] = {}
    for number in sorted(facts):
        text = parse_belief(facts[number])
        if text is None:
            continue
        if re.search(r"\b(he|she|they)\b", text[0]):
            people = named.get(number - 1, [])
        else:
            people = named[number] = re.findall(r"[A-Z][a-z]+", text[0])
        last.update(dict.fromkeys(people, text[1]))
    return last


def known_rooms(facts: Facts) -> dict[str, str]:
    """Room of everybody whose room the facts tell."""
    text = latest_beliefs(facts).items()
    return {who: n.places[0] for who, n in text if len(n.places) == 1 and not n.denied}


def answer_place(facts: Facts, question: str) -> str | None:
    if match := re.fullmatch(r"Where is (\w+)\?", question):
        return known_rooms(facts).get(match[1])
    match = re.fullmatch(r"Is (\w+) in the (\w+)\?", question)
    assert match is not None, question
    text = latest_beliefs(facts).get(match[1])
    if text is None:
        return None
    if text.denied:
        return "no" if match[2] in text.places else None
    if match[2] not in text.places:
        return "no"
    return "yes" if len(text.places) == 1 else "maybe"


TIMES = ("yesterday", "this morning", "this afternoon", "this evening")
TIME = "|".join(TIMES)


def answer_time(facts: Facts, question: str) -> str | None:
    match = re.fullmatch(r"Where was (\w+) before the (\w+)\?", question)
    assert match is not None, question
    places: dict[int, str] = {}
    for sentence in facts.values():
        found = re.search(TIME, sentence.lower())
        text = re.search(r"(\w+) \w+( back| over)? to the (\w+)", sentence)
        assert found, sentence
        assert text, sentence
        if text[1] == match[1]:
            places[TIMES.index(found[0])] = text[3]
    order = [places[time] for time in sorted(places)]
    later = [i for i, place in enumerate(order) if place == match[2] and i]
    return order[later[-1] - 1] if later else None
