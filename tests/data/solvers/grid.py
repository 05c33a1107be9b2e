"""What lies where on a grid: tasks 4, 17 and 19."""

from collections.abc import Iterator

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
