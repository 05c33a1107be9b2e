"""Where people are: tasks 1, 6 and 9 to 13."""

import re
from functools import cache
from typing import NamedTuple

from . import Facts


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


def answer(facts: Facts, question: str) -> str | None:
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
