"""A second reader of bAbI text, which answers all twenty tasks itself.

Shares nothing with the package: it knows the grammar (who moved to which room,
a pronoun stands for the line just before), not names; of verbs, those that say
whether a thing is taken, dropped or given.  Each ``answer_...(facts, question)``
says what follows from the facts, or ``None``.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

Facts = dict[int, str]
match_of = cache(re.fullmatch)  # the same sentences come again and again


def parts_of(pattern: str, sentence: str) -> "re.Match[str]":
    """The parts of a sentence that has this form."""
    match = match_of(pattern, sentence)
    assert match, sentence
    return match


# Where somebody or something is.

STEPS = {"north of": (0, 1), "south of": (0, -1), "east of": (1, 0), "west of": (-1, 0)}
STEPS |= {"above": (0, 1), "below": (0, -1), "to the right of": (1, 0), "to the left of": (-1, 0)}
SIDE = f"({'|'.join(STEPS)})"
Step = tuple[int, int]
Links = list[tuple[str, Step, str]]


def links(facts: Facts) -> Links:
    """From where a step leads where, both ways."""
    found: Links = []
    for sentence in facts.values():
        match = parts_of(rf"The (.+) is {SIDE} the (.+)\.", sentence)
        x, y = STEPS[match[2]]
        found += [(match[3], (x, y), match[1]), (match[1], (-x, -y), match[3])]
    return found


def answer_neighbor(facts: Facts, question: str) -> str | None:
    """What is one step from a room, told in one fact."""
    if match := match_of(rf"What is {SIDE} the (\w+)\?", question):
        (x, y), origin = STEPS[match[1]], match[2]
    else:
        match = parts_of(rf"What is the (\w+) {SIDE}\?", question)
        (x, y), origin = STEPS[match[2]], match[1]
        x, y = -x, -y
    found = [room for start, step, room in links(facts) if (start, step) == (origin, (x, y))]
    return found[0] if found else None


def answer_position(facts: Facts, question: str) -> str | None:
    """Whether one shape is on a side of another, counted in steps."""
    match = parts_of(rf"Is the (.+) {SIDE} the (.+)\?", question)
    place: dict[str, Step] = {match[3]: (0, 0)}
    for _ in facts:
        for start, step, end in links(facts):
            if start in place:
                place.setdefault(end, (place[start][0] + step[0], place[start][1] + step[1]))
    if match[1] not in place:
        return None
    (x, y), step = place[match[1]], STEPS[match[2]]
    return "yes" if x * step[0] + y * step[1] > 0 else "no"


def answer_path(facts: Facts, question: str) -> str | None:
    """The steps from one room to another, if there is one way of two steps and none of one."""
    match = parts_of(r"How do you \w+ from the (\w+) to the (\w+)\?", question)
    start, end = match.groups()
    known = links(facts)
    found = [
        (step, then)
        for first, step, room in known
        for second, then, last in known
        if (first, second, last) == (start, room, end)
    ]
    if len(found) != 1 or any((a, b) == (start, end) for a, _, b in known):
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


def answer_place(facts: Facts, question: str) -> str | None:
    if match := re.fullmatch(r"Where is (\w+)\?", question):
        belief = latest_beliefs(facts).get(match[1])
        known = belief is not None and len(belief.places) == 1 and not belief.denied
        return belief.places[0] if belief and known else None
    match = parts_of(r"Is (\w+) in the (\w+)\?", question)
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
    match = parts_of(r"Where was (\w+) before the (\w+)\?", question)
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


# Who carries what; kinds, sizes and motives.

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
    match = parts_of(r"(\w+) (\w+( up| aside| down)?) the (\w+)( there)?\.", sentence)
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
    match = parts_of(r"Where was the (\w+) before the (\w+)\?", question)
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
    match = parts_of(r"(How many \w+|What) is (\w+) \w+\?", question)
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
        match = parts_of(r"Who (\w+) the (\w+)\?", question)
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
    match = parts_of(r"What color is (\w+)\?", question)
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
    match = parts_of(asked, question)
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
            match = parts_of(LARGER, sentence)
            found.add((match[2], match[1]))
    return found


def answer_size(facts: Facts, question: str) -> str | None:
    match = match_of(r"Does the (.+) (?:go into|fit in) the (.+)\?", question)
    if match:
        small, large = match.groups()
    else:
        match = parts_of(r"Is the (.+) (?:larger|bigger) than the (.+)\?", question)
        large, small = match.groups()
    known = stated_pairs(facts)
    while more := {(a, d) for a, b in known for c, d in known if b == c} - known:
        known |= more
    if (small, large) in known:
        return "yes"
    return "no" if (large, small) in known else None


# All questions.

Solver = Callable[[Facts, str], str | None]
SOLVERS: dict[str, Solver] = {
    r"Where is (?!the )|Is \w+ in ": answer_place,
    r"Where (is|was) the ": answer_where,
    r"What did |Who ": answer_gift,
    r"How many |What is \w+ \w+ing\?": answer_holding,
    r"Where was (?!the )": answer_time,
    r"What is \w+ afraid |What color ": answer_kind,
    rf"What is ({SIDE} )?the \w+": answer_neighbor,
    rf"Is the .+ {SIDE} ": answer_position,
    r"How do ": answer_path,
    r"Does |Is the .+ than ": answer_size,
}


class SolvableQuestion(NamedTuple):
    facts: Facts
    question: str
    answer: str
    supports: list[int]
    text: str


def split_stories(text: str) -> list[list[str]]:
    """Lines of each story, checked for consecutive IDs."""
    stories: list[list[str]] = []
    for line in text.splitlines():
        if line.split()[0] == "1":
            stories.append([])
        stories[-1].append(line)
    for story in stories:
        assert [int(line.split()[0]) for line in story] == list(range(1, len(story) + 1))
    return stories


def parse_questions(text: str) -> list[SolvableQuestion]:
    items = []
    for story in split_stories(text):
        facts: Facts = {}
        for line in story:
            number, rest = line.split(maxsplit=1)
            if "\t" in rest:
                question, answer, supports = rest.split("\t")
                cited = [int(s) for s in supports.split()]
                items.append(SolvableQuestion(dict(facts), question.strip(), answer, cited, text))
            else:
                facts[int(number)] = rest
    return items


def answer(facts: Facts, item: SolvableQuestion) -> str | None:
    """Answer that follows from the facts, or ``None``."""
    if item.question.startswith(("Where will ", "Why ")):
        return answer_motive(facts, item.question, item.text)
    return solver_for(item.question)(facts, item.question)


@cache
def solver_for(question: str) -> Solver:
    """The reader that understands a question."""
    (found,) = {reader for form, reader in SOLVERS.items() if re.match(form, question)}
    return found


def answer_is_correct(item: SolvableQuestion) -> bool:
    """Whether the printed answer is right."""
    return answer(item.facts, item) == item.answer


def supports_are_minimal(item: SolvableQuestion) -> bool:
    """Whether the supports are sentences, enough for the answer, and each of them is needed."""
    if not set(item.supports) <= set(item.facts):
        return False
    cited = {number: item.facts[number] for number in item.supports}
    fewer = [{n: fact for n, fact in cited.items() if n != number} for number in cited]
    return answer(cited, item) == item.answer and all(
        answer(rest, item) != item.answer for rest in fewer
    )
