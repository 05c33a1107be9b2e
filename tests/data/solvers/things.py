"""Questions about who carries what, kinds, sizes and motives."""

import re
from functools import cache
from typing import NamedTuple

from . import Facts, match_of

DROPPED = (
    *("abandoned", "released", "unloaded", "set aside"),
    *("dropped", "left", "discarded", "put down"),
)
RECEIVED = ("accepted", "received")
COUNTS = ("none", "one", "two", "three")


class Action(NamedTuple):
    kind: str
    who: str
    target: str  # a thing, or of a move the room
    to: str = ""


@cache
def parse_action(sentence: str) -> Action:
    """What a sentence tells."""
    if match := re.fullmatch(r"(\w+) .+ to the (\w+)\.", sentence):
        return Action("move", match[1], match[2])
    if match := re.fullmatch(r"(\w+) .+ the (\w+) to (\w+)\.", sentence):
        return Action("give", match[1], match[2], match[3])
    match = re.fullmatch(r"(\w+) (\w+( up| aside| down)?) the (\w+)( there)?\.", sentence)
    assert match is not None, sentence
    return Action("drop" if match[2] in DROPPED else "take", match[1], match[4])


def room_histories(facts: Facts) -> dict[str, list[str]]:
    """Rooms that each thing came to, as told; the last is empty where it is lost sight of."""
    room: dict[str, str] = {}
    holder: dict[str, str] = {}
    trail: dict[str, list[str]] = {}
    lost: set[str] = set()
    for number in sorted(facts):
        kind, who, what, _ = parse_action(facts[number])
        if kind == "move":
            room[who] = what
        elif kind == "take":
            holder[what] = who
        else:
            holder.pop(what, None)
        moved = [what] if kind != "move" else [t for t, person in holder.items() if person == who]
        for thing in moved:
            path = trail.setdefault(thing, [])
            if who not in room:
                lost.add(thing)
                continue
            lost.discard(thing)
            if path[-1:] != [room[who]]:
                path.append(room[who])
    return {thing: path + [""] * (thing in lost) for thing, path in trail.items()}


def answer_where(facts: Facts, question: str) -> str | None:
    """Where a thing is, or was before its latest visit to a room."""
    if match := re.fullmatch(r"Where is the (\w+)\?", question):
        return (room_histories(facts).get(match[1]) or [""])[-1] or None
    match = re.fullmatch(r"Where was the (\w+) before the (\w+)\?", question)
    assert match is not None, question
    path = [room for room in room_histories(facts).get(match[1], []) if room]
    visits = [i for i, room in enumerate(path) if room == match[2]]
    return path[visits[-1] - 1] if visits and visits[-1] else None


def held_objects(facts: Facts, person: str) -> list[str] | None:
    """Things in hand, oldest first; ``None`` if nothing is told, or not all that happened."""
    things: list[str] = []
    text = False
    for number in sorted(facts):
        kind, who, what, to = parse_action(facts[number])
        gains = (kind == "take" and who == person) or to == person
        loses = kind in {"drop", "give"} and who == person
        text = text or gains or loses
        if (gains and what in things) or (loses and what not in things):
            return None
        things += [what] if gains else []
        things = [thing for thing in things if not (loses and thing == what)]
    return things if text else None


def answer_holding(facts: Facts, question: str) -> str | None:
    """How many things a person holds, or which."""
    match = re.fullmatch(r"(How many \w+|What) is (\w+) \w+\?", question)
    assert match is not None, question
    things = held_objects(facts, match[2])
    if things is None:
        return None
    return (",".join(things) or "nothing") if match[1] == "What" else COUNTS[len(things)]


def answer_gift(facts: Facts, question: str) -> str | None:
    """What the last gift says that the question can mean."""
    gifts = [parse_action(facts[n]) for n in sorted(facts) if parse_action(facts[n]).kind == "give"]
    if match := re.fullmatch(r"What did (\w+) \w+ to (\w+)\?", question):
        found = [g.target for g in gifts if (g.who, g.to) == match.groups()]
    elif match := re.fullmatch(r"Who did (\w+) \w+ the (\w+) to\?", question):
        found = [g.to for g in gifts if (g.who, g.target) == match.groups()]
    elif match := re.fullmatch(r"Who \w+ the (\w+) to (\w+)\?", question):
        found = [g.who for g in gifts if (g.target, g.to) == match.groups()]
    else:
        match = re.fullmatch(r"Who (\w+) the (\w+)\?", question)
        assert match is not None, question
        side = "to" if match[1] in RECEIVED else "who"
        found = [getattr(g, side) for g in gifts if g.target == match[2]]
    return found[-1] if found else None


IRREGULAR = {"mice": "mouse", "wolves": "wolf"}


def singular(plural: str) -> str:
    word = plural.lower()
    return IRREGULAR.get(word, word.removesuffix("s"))


def answer_kind(facts: Facts, question: str) -> str | None:
    kind: dict[str, str] = {}
    feared: dict[str, str] = {}
    color: dict[str, str] = {}
    for number in sorted(facts):
        if match := match_of(r"(\w+) are afraid of (\w+)\.", facts[number]):
            feared[singular(match[1])] = singular(match[2])
        elif match := match_of(r"(\w+) is a (\w+)\.", facts[number]):
            kind[match[1].lower()] = match[2]
        elif match := match_of(r"(\w+) is (\w+)\.", facts[number]):
            color.pop(match[1].lower(), None)
            color[match[1].lower()] = match[2]
    if match := match_of(r"What is (\w+) afraid of\?", question):
        return feared.get(kind.get(match[1], ""))
    match = match_of(r"What color is (\w+)\?", question)
    assert match is not None, question
    who = match[1].lower()
    if who not in kind:
        return None
    alike = [shade for other, shade in color.items() if kind.get(other) == kind[who]]
    return alike[-1] if alike else None


@cache
def learn_wishes(text: str) -> dict[str, tuple[str, str]]:
    """Where each wish leads and to what, learned from all that people do in a text."""
    wish: dict[str, str] = {}
    place: dict[str, set[str]] = {}
    thing: dict[str, set[str]] = {}
    for line in text.splitlines():
        number, sentence = line.split(maxsplit=1)
        if number == "1":
            wish = {}
        if match := match_of(r"(\w+) is (\w+)\.", sentence):
            wish[match[1]] = match[2]
        elif match := match_of(r"(\w+) .+ to the (\w+)\.", sentence):
            place.setdefault(wish[match[1]], set()).add(match[2])
        elif match := match_of(r"(\w+) .+ the (\w+)( there)?\.", sentence):
            thing.setdefault(wish[match[1]], set()).add(match[2])
    assert all(len(found) == 1 for found in (*place.values(), *thing.values()))
    return {each: (place[each].pop(), thing[each].pop()) for each in list(place)}


def answer_motive(facts: Facts, question: str, text: str) -> str | None:
    asked = r"(?:Where will|Why did) (\w+) (?:go|go to the|get the)( \w+)?\?"
    match = match_of(asked, question)
    assert match is not None, question
    message = [match_of(r"(\w+) is (\w+)\.", sentence) for sentence in facts.values()]
    wish = {found[1].lower(): found[2] for found in message if found}.get(match[1])
    if wish is None:
        return None
    if match[2] is None:
        return learn_wishes(text)[wish][0]
    return wish if match[2].strip() in learn_wishes(text)[wish] else None


INSIDE = r"The (.+) (?:goes|fits) inside the (.+)\."
LARGER = r"The (.+) is (?:larger|bigger) than the (.+)\."


def stated_pairs(facts: Facts) -> set[tuple[str, str]]:
    """Told pairs, the smaller first."""
    found = set()
    for sentence in facts.values():
        if match := match_of(INSIDE, sentence):
            found.add((match[1], match[2]))
        else:
            match = match_of(LARGER, sentence)
            assert match is not None, sentence
            found.add((match[2], match[1]))
    return found


def answer_size(facts: Facts, question: str) -> str | None:
    match = match_of(r"Does the (.+) (?:go into|fit in) the (.+)\?", question)
    if match:
        small, large = match.groups()
    else:
        match = match_of(r"Is the (.+) (?:larger|bigger) than the (.+)\?", question)
        assert match is not None, question
        large, small = match.groups()
    known = stated_pairs(facts)
    while more := {(a, d) for a, b in known for c, d in known if b == c} - known:
        known |= more
    if (small, large) in known:
        return "yes"
    return "no" if (large, small) in known else None
