"""A second reader of bAbI text, which answers tasks 1, 6, 11, 12 and 13 itself.

Shares nothing with the package: it knows the grammar (who moved to which room,
a pronoun stands for the line just before), not the words.
"""

import re
from typing import NamedTuple

Facts = dict[int, str]


class Item(NamedTuple):
    facts: Facts
    question: str
    answer: str
    supports: list[int]


def stories_of(text: str) -> list[list[str]]:
    """Lines of each story, checked for consecutive IDs."""
    stories: list[list[str]] = []
    for line in text.splitlines():
        if line.split()[0] == "1":
            stories.append([])
        stories[-1].append(line)
    for story in stories:
        assert [int(line.split()[0]) for line in story] == list(range(1, len(story) + 1))
    return stories


def items_of(text: str) -> list[Item]:
    items = []
    for story in stories_of(text):
        facts: Facts = {}
        for line in story:
            number, rest = line.split(maxsplit=1)
            if "\t" in rest:
                question, answer, supports = rest.split("\t")
                cited = [int(s) for s in supports.split()]
                items.append(Item(dict(facts), question.strip(), answer, cited))
            else:
                facts[int(number)] = rest
    return items


def rooms(facts: Facts) -> dict[str, str]:
    """Room of everybody whose room the facts tell."""
    room: dict[str, str] = {}
    named: dict[int, list[str]] = {}
    for number in sorted(facts):
        move = re.fullmatch(r"(.+) to the (\w+)\.", facts[number])
        if move is None:
            continue
        if re.search(r"\b(he|she|they)\b", move[1]):
            people = named.get(number - 1, [])
        else:
            people = named[number] = re.findall(r"[A-Z][a-z]+", move[1])
        room.update(dict.fromkeys(people, move[2]))
    return room


def answer(facts: Facts, question: str) -> str | None:
    """Answer that follows from the facts, or ``None``."""
    room = rooms(facts)
    if match := re.fullmatch(r"Where is (\w+)\?", question):
        return room.get(match[1])
    match = re.fullmatch(r"Is (\w+) in the (\w+)\?", question)
    assert match is not None, question
    if match[1] not in room:
        return None
    return "yes" if room[match[1]] == match[2] else "no"


def check(item: Item) -> None:
    """The printed answer is right, and the supports are sentences, enough and needed."""
    facts, question, printed, supports = item
    assert answer(facts, question) == printed
    assert set(supports) <= set(facts)
    cited = {number: facts[number] for number in supports}
    assert answer(cited, question) == printed
    for number in supports:
        rest = {n: fact for n, fact in cited.items() if n != number}
        assert answer(rest, question) != printed
