"""Generated stories of what people hold and give: tasks 5, 7 and 8."""

import numpy as np

from liaf_ref.data.babi.stories.carried import Deed, Odds, World
from liaf_ref.data.babi.stories.people import QUESTIONS
from liaf_ref.data.babi.stories.script import Script, pick, pick_recent
from liaf_ref.data.babi.stories.words import COUNTS

GIVING = Odds(move=0.37, take=0.23, drop=0.1, give=0.6)
COUNTING = Odds(move=0.35, take=0.25, drop=0.24, give=0.4)
HOLDING = Odds(move=0.48, take=0.3, drop=0.21, give=0)


# A question about a gift, and which field of the deed it asks for.
FORMS = (
    *[("What did {who} bring to {to}", "thing")] * 2,  # as often as published
    ("Who brought the {thing}", "who"),
    ("Who brought the {thing} to {to}", "who"),
    ("Who did {who} bring the {thing} to", "to"),
    ("Who accepted the {thing}", "to"),
)


def three_arguments(script: Script, rng: np.random.Generator) -> None:
    """Task 5: who gave what to whom, the last time.

    Parameters
    ----------
    script : Script
        Empty; the story is added to it.
    rng : numpy.random.Generator
        Decides the story.
    """
    world = World(rng)
    gift = None
    for _ in range(QUESTIONS):
        start = len(script.lines)
        while gift is None or len(script.lines) < start + 2:
            for deed in [world.act(script, rng, GIVING) for _ in range(2)]:
                gift = deed if deed.kind == "give" else gift
        text, asked = pick(rng, FORMS)
        script.ask(text.format(**gift._asdict()), getattr(gift, asked), [gift.line])


class _Hands:
    """What everybody holds of whom anything is told, the last of whom it was told last."""

    def __init__(self) -> None:
        self.held: dict[str, list[str]] = {}
        self.changes: dict[str, list[int]] = {}

    def hear(self, deed: Deed) -> None:
        if deed.kind in {"take", "give"}:
            self._note(deed.to or deed.who, deed.line).append(deed.thing)
        if deed.kind in {"drop", "give"}:
            self._note(deed.who, deed.line).remove(deed.thing)

    def _note(self, who: str, line: int) -> list[str]:
        self.changes.setdefault(who, []).append(line)
        self.held[who] = self.held.pop(who, [])
        return self.held[who]


def counting(script: Script, rng: np.random.Generator) -> None:
    """Task 7: how many things a person holds, as a word.

    Parameters
    ----------
    script, rng
        As in :func:`three_arguments`.
    """
    world, hands = World(rng), _Hands()
    for _ in range(QUESTIONS):
        person = _next_holder(script, rng, world, hands, COUNTING)
        count = COUNTS[len(hands.held[person])]
        script.ask(f"How many items is {person} holding", count, hands.changes[person])


def lists(script: Script, rng: np.random.Generator) -> None:
    """Task 8: which things a person holds, in the order in which they came to hand.

    Parameters
    ----------
    script, rng
        As in :func:`three_arguments`.
    """
    world, hands = World(rng), _Hands()
    for _ in range(QUESTIONS):
        person = _next_holder(script, rng, world, hands, HOLDING)
        answer = ",".join(hands.held[person]) or "nothing"
        script.ask(f"What is {person} holding", answer, hands.changes[person])


def _next_holder(
    script: Script, rng: np.random.Generator, world: World, hands: _Hands, odds: Odds
) -> str:
    """Go on until somebody has held something; then draw one who has."""
    start = len(script.lines)
    while not hands.held or len(script.lines) < start + 2:
        for _ in range(2):
            hands.hear(world.act(script, rng, odds))
    return pick_recent(rng, list(hands.held))
