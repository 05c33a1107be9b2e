"""Generated stories of kinds, wishes, sizes and times: tasks 14, 15, 16, 18 and 20."""

from itertools import permutations

import numpy as np

from liaf_ref.data.babi.stories.story import (
    QUESTIONS,
    KnownLocation,
    Story,
    choice,
    shuffled,
    tell_move,
)
from liaf_ref.data.babi.stories.words import (
    COLORED,
    COLORS,
    CREATURES,
    FEARFUL,
    KINDS,
    LARGER,
    MOVED,
    NEIGHBORS,
    PEOPLE,
    PLACES,
    SMALLEST,
    TIMES,
    TOOK,
    WISHES,
)


def deduction(story: Story, rng: np.random.Generator) -> None:
    """Task 15: what each kind fears, and the kind of each animal; then what one animal fears."""
    fears = {kind: choice(rng, [other for other in KINDS if other != kind]) for kind in KINDS}
    kinds = {who: choice(rng, tuple(KINDS)) for who in FEARFUL}
    facts = {kind: f"{kind.capitalize()} are afraid of {fears[kind]}" for kind in KINDS}
    facts |= {who: f"{who} is a {KINDS[kinds[who]]}" for who in FEARFUL}
    lines = _tell_shuffled(story, rng, facts)
    for _ in FEARFUL:
        who = choice(rng, FEARFUL)
        kind = kinds[who]
        question = f"What is {who.lower()} afraid of"
        story.add_question(question, KINDS[fears[kind]], (lines[who], lines[kind]))


def induction(story: Story, rng: np.random.Generator) -> None:
    """Task 16: kinds and colours; then the colour of one animal, inferred from its kind."""
    # All animals of a kind have the same colour, so it does not matter which one is the proof.
    color = {kind: choice(rng, COLORS) for kind in CREATURES}
    asked, *others = shuffled(rng, COLORED)
    kinds = {who: choice(rng, CREATURES) for who in others}
    like = choice(rng, others)
    facts = {f"{who} is": f"{who} is {color[kinds[who]]}" for who in others}
    kinds[asked] = kinds[like]
    facts |= {who: f"{who} is a {kind}" for who, kind in kinds.items()}
    lines = _tell_shuffled(story, rng, facts)
    proof = lines[asked], lines[like], lines[f"{like} is"]
    story.add_question(f"What color is {asked}", color[kinds[asked]], proof)


def _tell_shuffled(story: Story, rng: np.random.Generator, facts: dict[str, str]) -> dict[str, int]:
    """Tell all facts in random order; return the line ID of each."""
    return {name: story.add_sentence(facts[name]) for name in shuffled(rng, list(facts))}


LENGTHS = (10, 11, 11, 12)  # sentences, each with its question


def motivations(story: Story, rng: np.random.Generator) -> None:
    """Task 20: a wish, a move and an object that is taken; after each, a question about why."""
    wishes = {who: choice(rng, tuple(WISHES)) for who in PEOPLE}
    lines: dict[str, int] = {}
    done = dict.fromkeys(PEOPLE, 0)
    for _ in range(choice(rng, LENGTHS)):
        who = choice(rng, [who for who, steps in done.items() if steps < 3])
        wish = wishes[who]
        place, thing = WISHES[wish]
        if done[who] == 0:
            lines[who] = story.add_sentence(f"{who} is {wish}")
            question, answer = f"Where will {who.lower()} go", place
        elif done[who] == 1:
            tell_move(story, rng, who, place)
            question, answer = f"Why did {who.lower()} go to the {place}", wish
        else:
            story.add_sentence(f"{who} {choice(rng, TOOK)} the {thing} there")
            question, answer = f"Why did {who.lower()} get the {thing}", wish
        story.add_question(question, answer, [lines[who]])
        done[who] += 1


FACTS = 5  # at a time
BLOCKS = (1, 1, 1, 1, 2)
QUESTION_TEMPLATES = (("Does the {} go into the {}", True), ("Is the {} larger than the {}", False))

_Pair = tuple[str, str]  # the smaller, the larger


def size_reasoning(story: Story, rng: np.random.Generator) -> None:
    """Task 18: which thing fits into which; questions need a third thing of a size in between."""
    order = [*SMALLEST, *shuffled(rng, LARGER)]
    facts: list[_Pair] = []
    while not (between := _between(order, facts)):
        facts = [_pair(rng, order) for _ in range(FACTS * choice(rng, BLOCKS))]
    message = {}
    for small, large in facts:
        either = (
            f"The {small} goes inside the {large}",
            f"The {large} is larger than the {small}",
        )
        message[small, large] = story.add_sentence(choice(rng, either))
    for _ in range(QUESTIONS):
        small, middle, large = choice(rng, between)
        first, second = shuffled(rng, (small, large))
        text, smaller = choice(rng, QUESTION_TEMPLATES)
        proof = [message[small, middle], message[middle, large]]
        truth = smaller == (first == small)
        story.add_question(
            text.format(first, second),
            "yes" if truth else "no",
            proof if first == small else reversed(proof),
        )


def _pair(rng: np.random.Generator, order: list[str]) -> _Pair:
    i, j = sorted(rng.choice(len(order), 2, replace=False))
    return order[i], order[j]


def _between(order: list[str], facts: list[_Pair]) -> list[tuple[str, str, str]]:
    """Return triples whose outer things are compared by two facts, but by no single fact."""
    return [
        (small, middle, large)
        for small, middle, large in permutations(order, 3)
        if {(small, middle), (middle, large)} <= set(facts) and (small, large) not in facts
    ]


def time_order(story: Story, rng: np.random.Generator) -> None:
    """Task 14: where somebody was before they were at a place."""
    # Nobody visits a place twice, and the times of a person are told without gaps.
    days = {who: shuffled(rng, PLACES)[: len(TIMES)] for who in NEIGHBORS}
    known: dict[str, list[KnownLocation]] = {who: [] for who in NEIGHBORS}
    for _ in range(QUESTIONS):
        _tell_times(story, rng, days, known)
        who = choice(rng, [who for who, places in known.items() if len(places) > 1])
        at = int(rng.integers(1, len(known[who])))
        before, now = known[who][at - 1 : at + 1]
        proof = now.supports + before.supports
        story.add_question(f"Where was {who} before the {now.room}", before.room, proof)


def _tell_times(
    story: Story,
    rng: np.random.Generator,
    days: dict[str, list[str]],
    known: dict[str, list[KnownLocation]],
) -> None:
    """Tell the next times of some people in random order: two, or more until somebody has two."""
    text = {who: len(places) for who, places in known.items()}
    drawn: list[tuple[str, int]] = []
    while len(drawn) < 2 or max(text.values()) < 2 or len(drawn) % 2:
        who = choice(rng, [who for who in NEIGHBORS if text[who] < len(TIMES)])
        drawn.append((who, text[who]))
        text[who] += 1
    lines = {}
    for who, time in shuffled(rng, drawn):
        lines[who, time] = story.add_sentence(
            _time_sentence(rng, who, days[who][time], TIMES[time])
        )
    for who, time in drawn:
        known[who].append(KnownLocation(days[who][time], (lines[who, time],)))


def _time_sentence(rng: np.random.Generator, who: str, place: str, time: str) -> str:
    went = f"{who} {choice(rng, MOVED)} the {place}"
    return choice(rng, (f"{went} {time}", f"{time.capitalize()} {went}"))
