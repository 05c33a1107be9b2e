"""Generated stories of what people hold and give: tasks 5, 7 and 8."""

from typing import NamedTuple

import numpy as np

from liaf_ref.data.babi.stories.carried import Deed, Odds, World
from liaf_ref.data.babi.stories.people import QUESTIONS
from liaf_ref.data.babi.stories.script import Script, pick, pick_recent
from liaf_ref.data.babi.stories.words import COUNTS

GIVING = Odds(move=0.37, take=0.23, drop=0.1, give=0.45)
COUNTING = Odds(move=0.35, take=0.25, drop=0.24, give=0.4)
HOLDING = Odds(move=0.48, take=0.3, drop=0.21, give=0)


class Form(NamedTuple):
    """A question about a gift: the fields of the deed that it names, and the one it asks for."""

    text: str
    named: tuple[str, ...]
    asked: str


FORMS = (
    *[Form("What did {who} bring to {to}", ("who", "to"), "thing")] * 2,  # as often as published
    Form("Who brought the {thing}", ("thing",), "who"),
    Form("Who brought the {thing} to {to}", ("thing", "to"), "who"),
    Form("Who did {who} bring the {thing} to", ("who", "thing"), "to"),
    Form("Who accepted the {thing}", ("thing",), "to"),
)


def three_arguments(script: Script, rng: np.random.Generator) -> None:
    """Task 5: who gave what to whom; of several gifts that fit a question, the last.

    Parameters
    ----------
    script : Script
        Empty; the story is added to it.
    rng : numpy.random.Generator
        Decides the story.
    """
    world = World(rng)
    gifts: list[Deed] = []
    for _ in range(QUESTIONS):
        start = len(script.lines)
        while not gifts or len(script.lines) < start + 2:
            for deed in [world.act(script, rng, GIVING) for _ in range(2)]:
                gifts += [deed] if deed.kind == "give" else []
        drawn = pick_recent(rng, gifts)
        form = pick(rng, FORMS)
        gift = _last(gifts, {name: getattr(drawn, name) for name in form.named})
        question = form.text.format(**gift._asdict())
        script.ask(question, getattr(gift, form.asked), [gift.line])


def _last(gifts: list[Deed], named: dict[str, str]) -> Deed:
    return next(g for g in reversed(gifts) if named.items() <= g._asdict().items())


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
