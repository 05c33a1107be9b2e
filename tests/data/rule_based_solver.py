"""A second reader of bAbI text, which answers all twenty tasks itself.

Shares nothing with the package: it knows the grammar (who moved to which room,
a pronoun stands for the line just before), not the words.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from .solvers import Facts, places, things

Solver = Callable[[Facts, str], str | None]
SOLVERS: dict[str, Solver] = {
    r"Where is (?!the )|Is \w+ in ": places.answer_place,
    r"Where (is|was) the ": things.answer_where,
    r"What did |Who ": things.answer_gift,
    r"How many |What is \w+ \w+ing\?": things.answer_holding,
    r"Where was (?!the )": places.answer_time,
    r"What is \w+ afraid |What color ": things.answer_kind,
    rf"What is ({places.SIDE} )?the \w+": places.answer_neighbor,
    rf"Is the .+ {places.SIDE} ": places.answer_position,
    r"How do ": places.answer_path,
    r"Does |Is the .+ than ": things.answer_size,
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
        return things.answer_motive(facts, item.question, item.text)
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
