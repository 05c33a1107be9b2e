"""Where people were, and when: task 14."""

import re

from . import Facts

TIMES = ("yesterday", "this morning", "this afternoon", "this evening")
TIME = "|".join(TIMES)


def answer(facts: Facts, question: str) -> str | None:
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
