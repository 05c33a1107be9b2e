"""Generated stories about carried objects: tasks 2 and 3."""

from typing import NamedTuple

import numpy as np

from liaf_ref.data.babi.stories.knowledge import QUESTIONS, KnownLocation, KnownLocations
from liaf_ref.data.babi.stories.story import Story, choice
from liaf_ref.data.babi.stories.words import ROOMS, THINGS
from liaf_ref.data.babi.stories.world import Action, Odds, World

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
