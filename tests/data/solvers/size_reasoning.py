"""What is larger than what: task 18."""

from . import Facts, match_of

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


def answer(facts: Facts, question: str) -> str | None:
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
