"""Generated stories of where people are, are not or may be: tasks 1 and 9 to 13."""

from liaf_ref.data.babi.stories.story import QUESTIONS, Known, Story
from liaf_ref.data.babi.stories.words import NEIGHBORS, PEOPLE, PLACES, PRONOUNS, ROOMS, THEN

_Knowledge = dict[str, Known]


def _places(known: _Knowledge, *people: str) -> list[str]:
    return [place for person in people if person in known for place in known[person].places]


def _ask_where(story: Story, known: _Knowledge) -> None:
    person = story.draw_subject(known)
    (place,), proof, _ = known[person]
    story.ask(f"Where is {person}", place, proof)


def single_fact(story: Story) -> None:
    """Task 1: two moves, then the room of one person."""
    known: _Knowledge = {}
    for _ in range(QUESTIONS):
        for _ in range(2):
            person = story.choice(PEOPLE)
            room = story.elsewhere(_places(known, person))
            known[person] = Known((room,), (story.tell_move(person, room),))
        _ask_where(story, known)


def _move_twice(story: Story, known: _Knowledge, people: tuple[str, ...], pronoun: str) -> None:
    through = story.elsewhere(_places(known, *people))
    room = story.elsewhere([through])
    first = story.tell_move(" and ".join(people), through)
    second = story.tell_move(f"{story.choice(THEN)} {pronoun}", room)
    known.update(dict.fromkeys(people, Known((room,), (first, second))))


def _draw_pair(story: Story) -> tuple[str, str]:
    first = story.choice(PEOPLE)
    return first, story.choice([person for person in PEOPLE if person != first])


def coreference(story: Story) -> None:
    """Task 11: a move by name, the next one by pronoun, then a person's room."""
    known: _Knowledge = {}
    for _ in range(QUESTIONS):
        person = story.choice(PEOPLE)
        _move_twice(story, known, (person,), PRONOUNS[person])
        _ask_where(story, known)


def compound_coreference(story: Story) -> None:
    """Task 13: a move of two people, the next one as *they*, then a person's room."""
    known: _Knowledge = {}
    for _ in range(QUESTIONS):
        _move_twice(story, known, _draw_pair(story), "they")
        _ask_where(story, known)


def conjunction(story: Story) -> None:
    """Task 12: two moves of two people each, then a person's room."""
    known: _Knowledge = {}
    for _ in range(QUESTIONS):
        room = None
        for _ in range(2):
            people = _draw_pair(story)
            room = story.elsewhere([room, *_places(known, *people)])
            line = story.tell_move(" and ".join(people), room)
            known.update(dict.fromkeys(people, Known((room,), (line,))))
        _ask_where(story, known)


POSSIBLE_SHARE = 0.55  # share of questions of task 10 about a place where the person may be


def negation(story: Story) -> None:
    """Task 9: where people are, or are not, then whether one is in a room."""
    known: _Knowledge = {}
    for _ in range(QUESTIONS):
        for _ in range(2):
            tell = story.choice((_affirm, _affirm, _affirm, _deny))
            tell(story, known, story.choice(PEOPLE), ROOMS)
        person = story.draw_subject(known)
        (place,), proof, denied = known[person]
        truth = not denied and story.choice((True, False))
        asked = place if truth or denied else story.elsewhere([place])
        story.ask(f"Is {person} in the {asked}", "yes" if truth else "no", proof)


def indefinite(story: Story) -> None:
    """Task 10: where people are, or in which of two places, then whether one is in one."""
    known: _Knowledge = {}
    for _ in range(QUESTIONS):
        for _ in range(2):
            tell = story.choice((_affirm, _affirm, _affirm, _leave_open))
            tell(story, known, story.choice(NEIGHBORS), PLACES)
        person = story.draw_subject(known)
        places, proof, _ = known[person]
        possible = story.rng.random() < POSSIBLE_SHARE
        asked = story.choice(places) if possible else story.elsewhere(places, PLACES)
        answer = ("yes" if len(places) == 1 else "maybe") if possible else "no"
        story.ask(f"Is {person} in the {asked}", answer, proof)


def _affirm(story: Story, known: _Knowledge, who: str, places: tuple[str, ...]) -> None:
    """Tell that a person is at, or moves to, another place than the last one."""
    place = story.elsewhere(_places(known, who), places)
    if story.choice((True, True, False)):
        line = story.tell_move(who, place)
    else:
        line = story.tell(f"{who} is in the {place}")
    known[who] = Known((place,), (line,))


def _deny(story: Story, known: _Knowledge, who: str, places: tuple[str, ...]) -> None:
    """Tell that a person is not, or no longer, at a place: the last known one, if any."""
    if who in known and not known[who].denied:
        (place,) = known[who].places
    else:
        place = story.elsewhere(_places(known, who), places)
    line = story.tell(f"{who} is {story.choice(('not', 'no longer'))} in the {place}")
    known[who] = Known((place,), (line,), denied=True)


def _leave_open(story: Story, known: _Knowledge, who: str, places: tuple[str, ...]) -> None:
    """Tell that a person is in one of two places."""
    before = _places(known, who)
    place = story.elsewhere(before, places)
    other = story.elsewhere([*before, place], places)
    line = story.tell(f"{who} is either in the {place} or the {other}")
    known[who] = Known((place, other), (line,))
