"""What people want, and where that leads them: task 20."""

from functools import cache

from . import Facts, match_of


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


def answer(facts: Facts, question: str, text: str) -> str | None:
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
