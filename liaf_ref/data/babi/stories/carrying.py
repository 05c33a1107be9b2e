"""Generated stories of people who carry things between rooms: tasks 2, 3, 5, 7 and 8.

Every person and thing has a location from the start, which the reader does not know.
"""

from typing import NamedTuple

import numpy as np

from liaf_ref.data.babi.stories.story import (
    QUESTIONS,
    KnownLocation,
    KnownLocations,
    Story,
    choice,
    elsewhere,
    recent_choice,
    tell_move,
    weighted_choice,
)
from liaf_ref.data.babi.stories.words import COUNTS, DROPPED, GAVE, PEOPLE, ROOMS, THINGS, TOOK


class Odds(NamedTuple):
    """Relative frequency of each action among those that are possible."""

    move: float
    take: float
    drop: float
    give: float


class Action(NamedTuple):
    """The action that a sentence tells."""

    kind: str  # a field of :class:`Odds`
    line: int  # the sentence's ID
    who: str
    thing: str  # empty for a move
    room: str  # where it happens; for a move, the destination
    to: str  # who receives the thing; empty for other actions


_Choice = tuple[str, str, str]  # who, thing, to


class World:
    """The location of each person and thing, and who holds what."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._room = {each: choice(rng, ROOMS) for each in (*PEOPLE, *THINGS)}
        self._holder: dict[str, str] = {}

    def act(self, story: Story, rng: np.random.Generator, odds: Odds) -> Action:
        """Let a person do a random action, and add the sentence that tells it."""
        choices = {kind: found for kind, found in self._choices().items() if found}
        kind = weighted_choice(rng, list(choices), [getattr(odds, kind) for kind in choices])
        who, thing, to = choice(rng, choices[kind])
        if kind == "move":
            self._room[who] = room = elsewhere(rng, [self._room[who]])
            return Action(kind, tell_move(story, rng, who, room), who, thing, room, to)
        if kind == "drop":
            self._room[thing] = self._room[self._holder.pop(thing)]
        else:
            self._holder[thing] = to or who
        line = story.add_sentence(_action_sentence(rng, kind, who, thing, to))
        return Action(kind, line, who, thing, self._room[who], to)

    def _choices(self) -> dict[str, list[_Choice]]:
        held = list(self._holder.items())
        free = [thing for thing in THINGS if thing not in self._holder]
        room = self._room
        return {
            "move": [(who, "", "") for who in PEOPLE],
            "take": [(w, thing, "") for thing in free for w in PEOPLE if room[w] == room[thing]],
            "drop": [(who, thing, "") for thing, who in held],
            "give": [
                (who, thing, to)
                for thing, who in held
                for to in PEOPLE
                if to != who and room[to] == room[who]
            ],
        }


def _action_sentence(rng: np.random.Generator, kind: str, who: str, thing: str, to: str) -> str:
    if kind == "give":
        return f"{who} {choice(rng, GAVE)} the {thing} to {to}"
    verb = choice(rng, TOOK if kind == "take" else DROPPED)
    return f"{who} {verb} the {thing}{choice(rng, ('', ' there'))}"


MAX_LINES = 230  # lines; the longest published story has 228 sentences
ACTION_ODDS = Odds(move=0.45, take=0.3, drop=0.25, give=0)


class Visit(NamedTuple):
    """A room that an object was carried to, as far as the reader can know."""

    room: str
    before: str  # the room before; empty if no sentence tells it
    supports: tuple[int, ...]  # take, move to ``room``, move to ``before``; or empty


class ReaderKnowledge:
    """What the reader of a story can know about people and things."""

    def __init__(self) -> None:
        self.locations: KnownLocations = {}
        self.visits: dict[str, list[Visit]] = {thing: [] for thing in THINGS}
        self._people: KnownLocations = {}
        self._carriers: dict[str, tuple[str, int]] = {}

    def observe(self, action: Action) -> None:
        """Learn from a sentence."""
        before = self._people.get(action.who)
        if action.kind == "move":
            now = self._people[action.who] = KnownLocation(action.room, (action.line,))
            for thing, (who, line) in self._carriers.items():
                if who == action.who:
                    self._record_visit(thing, line, before, now)
            return
        if action.kind == "take":
            self._carriers[action.thing] = action.who, action.line
        else:
            del self._carriers[action.thing]
        if before is None:
            self.locations.pop(action.thing, None)
            return
        self.locations[action.thing] = KnownLocation(before.room, (action.line, *before.supports))
        if not self.visits[action.thing]:
            self.visits[action.thing].append(Visit(before.room, "", ()))

    def _record_visit(
        self, thing: str, taken: int, before: KnownLocation | None, now: KnownLocation
    ) -> None:
        """Record where a thing was carried to, and from where."""
        visits = self.visits[thing]
        origin = visits[-1].room if visits else ""
        proof = (taken, *now.supports, *before.supports) if before else ()
        visits.append(Visit(now.room, origin, proof))
        self.locations[thing] = KnownLocation(now.room, (taken, *now.supports))


def two_facts(story: Story, rng: np.random.Generator) -> None:
    """Task 2: where a thing is that somebody took or dropped."""
    world, reader = World(rng), ReaderKnowledge()
    for _ in range(QUESTIONS):
        thing = ""
        while thing not in reader.locations:
            for _ in range(2):
                reader.observe(world.act(story, rng, ACTION_ODDS))
            thing = choice(rng, THINGS)
        story.add_question(f"Where is the {thing}", *reader.locations[thing])


def three_facts(story: Story, rng: np.random.Generator) -> None:
    """Task 3: where a thing was before it came to a room."""
    while not _write_visits(story, rng):
        story.lines.clear()


def _write_visits(story: Story, rng: np.random.Generator) -> bool:
    """Write a story of task 3; false if it became too long before its last question."""
    world, reader = World(rng), ReaderKnowledge()
    asked = 0
    while asked < QUESTIONS and len(story.lines) < MAX_LINES:
        for _ in range(2):
            reader.observe(world.act(story, rng, ACTION_ODDS))
        thing = choice(rng, THINGS)
        room = choice(rng, ROOMS)
        if visit := _unambiguous_visit(reader.visits[thing], room):
            story.add_question(
                f"Where was the {thing} before the {room}", visit.before, visit.supports
            )
            asked += 1
    return asked == QUESTIONS


def _unambiguous_visit(visits: list[Visit], room: str) -> Visit | None:
    """Find a room's latest visit that three sentences prove and no other contradicts."""
    alike = [visit for visit in visits if visit.room == room and visit.before]
    if not alike or not alike[-1].supports or len({visit.before for visit in alike}) > 1:
        return None
    return alike[-1]


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
