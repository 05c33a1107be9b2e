"""Generated stories of things that are carried about: tasks 2 and 3."""

from typing import NamedTuple

import numpy as np

from liaf_ref.data.babi.stories.carried import Deed, Odds, World
from liaf_ref.data.babi.stories.people import QUESTIONS, Known, Whereabouts
from liaf_ref.data.babi.stories.script import Script, pick
from liaf_ref.data.babi.stories.words import ROOMS, THINGS

LONGEST = 230  # lines; the longest published story has 228 sentences
ODDS = Odds(move=0.45, take=0.3, drop=0.25, give=0)


class Visit(NamedTuple):
    """A room that a thing came to, as far as the reader can tell.

    Attributes
    ----------
    room : str
        The room.
    before : str
        Where it was before; nowhere that is told if empty.
    proof : tuple of int
        The take, the move to ``room`` and the one to ``before``; empty if other
        sentences are needed.
    """

    room: str
    before: str
    proof: tuple[int, ...]


class Reader:
    """What the reader of a story can know about people and things."""

    def __init__(self) -> None:
        self.spot: Whereabouts = {}
        self.visits: dict[str, list[Visit]] = {thing: [] for thing in THINGS}
        self._people: Whereabouts = {}
        self._taken: dict[str, tuple[str, int]] = {}

    def hear(self, deed: Deed) -> None:
        """Take in a sentence.

        Parameters
        ----------
        deed : Deed
            What it tells.
        """
        before = self._people.get(deed.who)
        if deed.kind == "move":
            now = self._people[deed.who] = Known(deed.room, (deed.line,))
            for thing, (who, line) in self._taken.items():
                if who == deed.who:
                    self._arrive(thing, line, before, now)
            return
        if deed.kind == "take":
            self._taken[deed.thing] = deed.who, deed.line
        else:
            del self._taken[deed.thing]
        if before is None:
            self.spot.pop(deed.thing, None)
            return
        self.spot[deed.thing] = Known(before.room, (deed.line, *before.proof))
        if not self.visits[deed.thing]:
            self.visits[deed.thing].append(Visit(before.room, "", ()))

    def _arrive(self, thing: str, taken: int, before: Known | None, now: Known) -> None:
        """Put down where a thing has been carried to, and from where."""
        visits = self.visits[thing]
        origin = visits[-1].room if visits else ""
        proof = (taken, *now.proof, *before.proof) if before else ()
        visits.append(Visit(now.room, origin, proof))
        self.spot[thing] = Known(now.room, (taken, *now.proof))


def two_facts(script: Script, rng: np.random.Generator) -> None:
    """Task 2: where a thing is that somebody took or dropped.

    Parameters
    ----------
    script : Script
        Empty; the story is added to it.
    rng : numpy.random.Generator
        Decides the story.
    """
    world, reader = World(rng), Reader()
    for _ in range(QUESTIONS):
        thing = ""
        while thing not in reader.spot:
            for _ in range(2):
                reader.hear(world.act(script, rng, ODDS))
            thing = pick(rng, THINGS)
        script.ask(f"Where is the {thing}", *reader.spot[thing])


def three_facts(script: Script, rng: np.random.Generator) -> None:
    """Task 3: where a thing was before it came to a room.

    Parameters
    ----------
    script, rng
        As in :func:`two_facts`.
    """
    while not _tell_visits(script, rng):
        script.lines.clear()


def _tell_visits(script: Script, rng: np.random.Generator) -> bool:
    """Write a story of task 3; false if it became too long before its last question."""
    world, reader = World(rng), Reader()
    asked = 0
    while asked < QUESTIONS and len(script.lines) < LONGEST:
        for _ in range(2):
            reader.hear(world.act(script, rng, ODDS))
        thing = pick(rng, THINGS)
        room = pick(rng, ROOMS)
        if visit := _plain(reader.visits[thing], room):
            script.ask(f"Where was the {thing} before the {room}", visit.before, visit.proof)
            asked += 1
    return asked == QUESTIONS


def _plain(visits: list[Visit], room: str) -> Visit | None:
    """Find a room's latest visit that three sentences prove and no other contradicts."""
    alike = [visit for visit in visits if visit.room == room and visit.before]
    if not alike or not alike[-1].proof or len({visit.before for visit in alike}) > 1:
        return None
    return alike[-1]
