"""Generated stories about kinds and their members: tasks 15 and 16."""

import numpy as np

from liaf_ref.data.babi.stories.story import Story, choice, shuffled
from liaf_ref.data.babi.stories.words import COLORED, COLORS, CREATURES, FEARFUL, KINDS


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
