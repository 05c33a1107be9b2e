"""Generated stories of people who carry things between rooms: tasks 2, 3 and 5 to 8.

Every person and thing has a location from the start, which the reader does not know.
"""

from collections.abc import Iterator
from typing import NamedTuple

from liaf_ref.data.babi.stories.story import QUESTIONS, Known, Story
from liaf_ref.data.babi.stories.words import COUNTS, DROPPED, GAVE, PEOPLE, ROOMS, THINGS, TOOK


class Action(NamedTuple):
    """An action, which a sentence tells once it is done."""

    kind: str  # move, take, drop or give
    who: str
    thing: str = ""  # empty for a move
    to: str = ""  # who receives the thing; empty for other actions
    room: str = ""  # where it happens; for a move, the destination
    line: int = 0  # the sentence's ID


# Relative frequency of each action among those that are possible.
CARRYING = {"move": 0.45, "take": 0.3, "drop": 0.25}
GIVING = {"move": 0.37, "take": 0.23, "drop": 0.1, "give": 0.6}
COUNTING = {"move": 0.35, "take": 0.25, "drop": 0.24, "give": 0.4}
HOLDING = {"move": 0.48, "take": 0.3, "drop": 0.21}


class World:
    """The location of each person and thing, and who holds what."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._room = {each: story.choice(ROOMS) for each in (*PEOPLE, *THINGS)}
        self._holder: dict[str, str] = {}

    def act(self, odds: dict[str, float]) -> Action:
        """Let a person do a random action, and tell it."""
        possible = {kind: found for kind in odds if (found := self.possible(kind))}
        kind = self._story.weighted_choice(list(possible), [odds[each] for each in possible])
        return self.do(self._story.choice(possible[kind]))

    def possible(self, kind: str) -> list[Action]:
        """The actions of a kind that are possible now."""
        room, holder = self._room, self._holder
        if kind == "move":
            return [Action(kind, who) for who in PEOPLE]
        if kind == "take":
            free = [(who, thing) for thing in THINGS for who in PEOPLE if thing not in holder]
            return [Action(kind, *each) for each in free if room[each[0]] == room[each[1]]]
        if kind == "drop":
            return [Action(kind, who, thing) for thing, who in holder.items()]
        pairs = [(who, thing, to) for thing, who in holder.items() for to in PEOPLE if to != who]
        return [Action(kind, *each) for each in pairs if room[each[0]] == room[each[2]]]

    def do(self, action: Action) -> Action:
        """Do an action and tell it; return it with its room and line."""
        kind, who, thing, to, *_ = action
        story, room = self._story, self._room
        if kind == "move":
            room[who] = story.elsewhere([room[who]])
            return action._replace(room=room[who], line=story.tell_move(who, room[who]))
        if kind == "drop":
            room[thing] = room[self._holder.pop(thing)]
        else:
            self._holder[thing] = to or who
        verb = story.choice({"take": TOOK, "drop": DROPPED, "give": GAVE}[kind])
        end = f" to {to}" if to else story.choice(("", " there"))
        return action._replace(room=room[who], line=story.tell(f"{who} {verb} the {thing}{end}"))


MAX_LINES = 230  # lines; the longest published story has 228 sentences
MOVE_SHARE = 0.62  # share of moves among the sentences of task 6


class Visit(NamedTuple):
    """A room that an object was carried to, as far as the reader can know."""

    room: str
    before: str  # the room before; empty if no sentence tells it
    supports: tuple[int, ...]  # take, move to ``room``, move to ``before``; or empty


class ReaderKnowledge:
    """What the reader of a story can know about people and things."""

    def __init__(self) -> None:
        self.locations: dict[str, tuple[str, tuple[int, ...]]] = {}  # of things, with supports
        self.visits: dict[str, list[Visit]] = {thing: [] for thing in THINGS}
        self._people: dict[str, Action] = {}  # their last moves
        self._carriers: dict[str, Action] = {}  # who has taken each thing

    def observe(self, action: Action) -> None:
        """Learn from a sentence."""
        _, who, thing, _, room, line = action
        before = self._people.get(who)
        if action.kind == "move":
            self._people[who] = action
            for thing, taken in self._carriers.items():
                if taken.who == who:
                    visits = self.visits[thing]
                    proof = (taken.line, line, before.line) if before else ()
                    visits.append(Visit(room, visits[-1].room if visits else "", proof))
                    self.locations[thing] = room, (taken.line, line)
            return
        if action.kind == "take":
            self._carriers[thing] = action
        else:
            del self._carriers[thing]
        if before is None:
            self.locations.pop(thing, None)
            return
        self.locations[thing] = before.room, (line, before.line)
        if not self.visits[thing]:
            self.visits[thing].append(Visit(before.room, "", ()))


def two_facts(story: Story) -> None:
    """Task 2: where a thing is that somebody took or dropped."""
    world, reader = World(story), ReaderKnowledge()
    for _ in range(QUESTIONS):
        thing = ""
        while thing not in reader.locations:
            for _ in range(2):
                reader.observe(world.act(CARRYING))
            thing = story.choice(THINGS)
        story.ask(f"Where is the {thing}", *reader.locations[thing])


def three_facts(story: Story) -> None:
    """Task 3: where a thing was before it came to a room."""
    asked = 0
    while asked < QUESTIONS:
        if not story.lines:
            world, reader = World(story), ReaderKnowledge()
        for _ in range(2):
            reader.observe(world.act(CARRYING))
        thing, room = story.choice(THINGS), story.choice(ROOMS)
        if visit := _unambiguous_visit(reader.visits[thing], room):
            question = f"Where was the {thing} before the {room}"
            story.ask(question, visit.before, visit.supports)
            asked += 1
        if asked < QUESTIONS and len(story.lines) >= MAX_LINES:  # begin again
            story.lines.clear()
            asked = 0


def _unambiguous_visit(visits: list[Visit], room: str) -> Visit | None:
    """Find a room's latest visit that three sentences prove and no other contradicts."""
    alike = [visit for visit in visits if visit.room == room and visit.before]
    if not alike or not alike[-1].supports or len({visit.before for visit in alike}) > 1:
        return None
    return alike[-1]


def yes_no(story: Story) -> None:
    """Task 6: moves among takes and drops, then whether a person is in a room."""
    world = World(story)
    truths = [True, True, False, False, story.choice((True, False))]
    story.rng.shuffle(truths)
    for truth in truths:
        start = len(story.lines)
        while len(story.lines) < start + 2 or not story.known:
            if story.rng.random() > MOVE_SHARE:
                if possible := world.possible("drop") + world.possible("take"):
                    world.do(story.choice(possible))
                continue
            move = world.do(story.choice(world.possible("move")))
            story.known[move.who] = Known((move.room,), (move.line,))
        person, ((room,), proof, _) = story.draw_subject()
        asked = room if truth else story.elsewhere([room])
        story.ask_whether(person, asked, "yes" if truth else "no", proof)


# A question about a gift, and which field of the deed it asks for.
QUESTION_TEMPLATES = (
    *[("What did {who} bring to {to}", "thing")] * 2,  # as often as published
    ("Who brought the {thing}", "who"),
    ("Who brought the {thing} to {to}", "who"),
    ("Who did {who} bring the {thing} to", "to"),
    ("Who accepted the {thing}", "to"),
)


def three_arguments(story: Story) -> None:
    """Task 5: who gave what to whom, the last time."""
    world, gift = World(story), None
    for _ in range(QUESTIONS):
        start = len(story.lines)
        while gift is None or len(story.lines) < start + 2:
            for deed in [world.act(GIVING) for _ in range(2)]:
                gift = deed if deed.kind == "give" else gift
        text, asked = story.choice(QUESTION_TEMPLATES)
        story.ask(text.format(**gift._asdict()), getattr(gift, asked), [gift.line])


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


def counting(story: Story) -> None:
    """Task 7: how many things a person holds, as a word."""
    for person, held, changes in _holders(story, COUNTING):
        story.ask(f"How many items is {person} holding", COUNTS[len(held)], changes)


def lists(story: Story) -> None:
    """Task 8: which things a person holds, in the order in which they came to hand."""
    for person, held, changes in _holders(story, HOLDING):
        story.ask(f"What is {person} holding", ",".join(held) or "nothing", changes)


def _holders(story: Story, odds: dict[str, float]) -> Iterator[tuple[str, list[str], list[int]]]:
    """Continue until somebody has held something; then draw one of them to ask about."""
    world, hands = World(story), _Inventory()
    for _ in range(QUESTIONS):
        start = len(story.lines)
        while not hands.held or len(story.lines) < start + 2:
            for _ in range(2):
                hands.observe(world.act(odds))
        people = list(hands.held)  # the odds halve with every step back from the last one
        person = story.weighted_choice(people, [0.5**age for age in range(len(people), 0, -1)])
        yield person, hands.held[person], hands.changes[person]
