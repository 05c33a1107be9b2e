"""Generated stories of kinds and those who belong to them: tasks 15 and 16."""

import numpy as np

from liaf_ref.data.babi.stories.script import Script, pick, shuffled
from liaf_ref.data.babi.stories.words import COLOURED, COLOURS, CREATURES, FEARFUL, KINDS


def deduction(script: Script, rng: np.random.Generator) -> None:
    """Task 15: what every kind fears and of which kind all are; then, what one fears.

    Parameters
    ----------
    script : Script
        Empty; the story is added to it.
    rng : numpy.random.Generator
        Decides the story.
    """
    fears = {kind: pick(rng, [other for other in KINDS if other != kind]) for kind in KINDS}
    kinds = {who: pick(rng, tuple(KINDS)) for who in FEARFUL}
    facts = {kind: f"{kind.capitalize()} are afraid of {fears[kind]}" for kind in KINDS}
    facts |= {who: f"{who} is a {KINDS[kinds[who]]}" for who in FEARFUL}
    lines = _shuffled(script, rng, facts)
    for _ in FEARFUL:
        who = pick(rng, FEARFUL)
        kind = kinds[who]
        question = f"What is {who.lower()} afraid of"
        script.ask(question, KINDS[fears[kind]], (lines[who], lines[kind]))


def induction(script: Script, rng: np.random.Generator) -> None:
    """Task 16: kinds and colours; then the colour of one by another of the same kind.

    All of a kind have one colour, so that it does not matter by which other.

    Parameters
    ----------
    script, rng
        As in :func:`deduction`.
    """
    colour = {kind: pick(rng, COLOURS) for kind in CREATURES}
    asked, *others = shuffled(rng, COLOURED)
    kinds = {who: pick(rng, CREATURES) for who in others}
    like = pick(rng, others)
    facts = {f"{who} is": f"{who} is {colour[kinds[who]]}" for who in others}
    kinds[asked] = kinds[like]
    facts |= {who: f"{who} is a {kind}" for who, kind in kinds.items()}
    lines = _shuffled(script, rng, facts)
    proof = lines[asked], lines[like], lines[f"{like} is"]
    script.ask(f"What color is {asked}", colour[kinds[asked]], proof)


def _shuffled(script: Script, rng: np.random.Generator, facts: dict[str, str]) -> dict[str, int]:
    """Tell all facts in any order; the ID of each."""
    return {name: script.tell(facts[name]) for name in shuffled(rng, list(facts))}
