"""Generated stories about things that fit into each other: task 18."""

from itertools import permutations

import numpy as np

from liaf_ref.data.babi.stories.knowledge import QUESTIONS
from liaf_ref.data.babi.stories.story import Story, choice, shuffled
from liaf_ref.data.babi.stories.words import LARGER, SMALLEST

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
