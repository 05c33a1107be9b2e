"""Generated stories of what people hold and give: tasks 5, 7 and 8."""

import numpy as np

from liaf_ref.data.babi.stories.knowledge import QUESTIONS
from liaf_ref.data.babi.stories.story import Story, choice, recent_choice
from liaf_ref.data.babi.stories.words import COUNTS
from liaf_ref.data.babi.stories.world import Action, Odds, World

GIVING_ODDS = Odds(move=0.37, take=0.23, drop=0.1, give=0.6)
COUNTING_ODDS = Odds(move=0.35, take=0.25, drop=0.24, give=0.4)
HOLDING_ODDS = Odds(move=0.48, take=0.3, drop=0.21, give=0)


# A question about a gift, and which field of the deed it asks for.
QUESTION_TEMPLATES = (
    *[("What did {who} bring to {to}", "thing")] * 2,  # as often as published
    ("Who brought the {thing}", "who"),
    ("Who brought the {thing} to {to}", "who"),
    ("Who did {who} bring the {thing} to", "to"),
    ("Who accepted the {thing}", "to"),
)


def three_arguments(story: Story, rng: np.random.Generator) -> None:
    """Task 5: who gave what to whom, the last time."""
    world = World(rng)
    gift = None
    for _ in range(QUESTIONS):
        start = len(story.lines)
        while gift is None or len(story.lines) < start + 2:
            for deed in [world.act(story, rng, GIVING_ODDS) for _ in range(2)]:
                gift = deed if deed.kind == "give" else gift
        text, asked = choice(rng, QUESTION_TEMPLATES)
        story.add_question(text.format(**gift._asdict()), getattr(gift, asked), [gift.line])


class _Inventory:
    """What each person holds, the person mentioned last at the end."""

    def __init__(self) -> None:
        self.held: dict[str, list[str]] = {}
        self.changes: dict[str, list[int]] = {}

    def observe(self, action: Action) -> None:
        if action.kind in {"take", "give"}:
            self._record_change(action.to or action.who, action.line).append(action.thing)
        if action.kind in {"drop", "give"}:
            self._record_change(action.who, action.line).remove(action.thing)

    def _record_change(self, who: str, line: int) -> list[str]:
        self.changes.setdefault(who, []).append(line)
        self.held[who] = self.held.pop(who, [])
        return self.held[who]


def counting(story: Story, rng: np.random.Generator) -> None:
    """Task 7: how many things a person holds, as a word."""
    world, hands = World(rng), _Inventory()
    for _ in range(QUESTIONS):
        person = _next_holder(story, rng, world, hands, COUNTING_ODDS)
        count = COUNTS[len(hands.held[person])]
        story.add_question(f"How many items is {person} holding", count, hands.changes[person])


def lists(story: Story, rng: np.random.Generator) -> None:
    """Task 8: which things a person holds, in the order in which they came to hand."""
    world, hands = World(rng), _Inventory()
    for _ in range(QUESTIONS):
        person = _next_holder(story, rng, world, hands, HOLDING_ODDS)
        answer = ",".join(hands.held[person]) or "nothing"
        story.add_question(f"What is {person} holding", answer, hands.changes[person])


def _next_holder(
    story: Story, rng: np.random.Generator, world: World, inventory: _Inventory, odds: Odds
) -> str:
    """Continue until somebody has held something; then draw one of them."""
    start = len(story.lines)
    while not inventory.held or len(story.lines) < start + 2:
        for _ in range(2):
            inventory.observe(world.act(story, rng, odds))
    return recent_choice(rng, list(inventory.held))
