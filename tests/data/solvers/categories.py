"""Kinds, what they fear and which colour they have: tasks 15 and 16."""

from . import Facts, match_of

IRREGULAR = {"mice": "mouse", "wolves": "wolf"}


def singular(plural: str) -> str:
    word = plural.lower()
    return IRREGULAR.get(word, word.removesuffix("s"))


def answer(facts: Facts, question: str) -> str | None:
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
