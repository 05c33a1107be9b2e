"""Generated stories with negated or uncertain facts: tasks 9 and 10."""

from typing import NamedTuple

import numpy as np

from liaf_ref.data.babi.stories.knowledge import QUESTIONS, draw_subject, elsewhere, tell_move
from liaf_ref.data.babi.stories.story import Story, choice
from liaf_ref.data.babi.stories.words import NEIGHBORS, PEOPLE, PLACES, ROOMS

POSSIBLE_SHARE = 0.55  # share of questions of task 10 about a place where the person may be


class _Belief(NamedTuple):
    """The last information about a person: where they may be, or where they are not."""

    places: tuple[str, ...]
    supports: tuple[int, ...]
    denied: bool = False


_Beliefs = dict[str, _Belief]


def negation(story: Story, rng: np.random.Generator) -> None:
    """Task 9: where people are, or are not, then whether one is in a room."""
    news: _Beliefs = {}
    for _ in range(QUESTIONS):
        for _ in range(2):
            tell = choice(rng, (_affirm, _affirm, _affirm, _deny))
            tell(story, rng, news, choice(rng, PEOPLE), ROOMS)
        person = draw_subject(story, rng, news)
        (place,), proof, denied = news[person]
        truth = not denied and choice(rng, (True, False))
        asked = place if truth or denied else elsewhere(rng, [place])
        story.add_question(f"Is {person} in the {asked}", "yes" if truth else "no", proof)


def indefinite(story: Story, rng: np.random.Generator) -> None:
    """Task 10: where people are, or in which of two places, then whether one is in one."""
    news: _Beliefs = {}
    for _ in range(QUESTIONS):
        for _ in range(2):
            tell = choice(rng, (_affirm, _affirm, _affirm, _leave_open))
            tell(story, rng, news, choice(rng, NEIGHBORS), PLACES)
        person = draw_subject(story, rng, news)
        places, proof, _ = news[person]
        possible = rng.random() < POSSIBLE_SHARE
        asked = choice(rng, places) if possible else elsewhere(rng, places, PLACES)
        answer = ("yes" if len(places) == 1 else "maybe") if possible else "no"
        story.add_question(f"Is {person} in the {asked}", answer, proof)


def _affirm(
    story: Story, rng: np.random.Generator, beliefs: _Beliefs, who: str, places: tuple[str, ...]
) -> None:
    """Tell that a person is at, or moves to, another place than the last one."""
    place = elsewhere(rng, beliefs[who].places if who in beliefs else (), places)
    if choice(rng, (True, True, False)):
        line = tell_move(story, rng, who, place)
    else:
        line = story.add_sentence(f"{who} is in the {place}")
    beliefs[who] = _Belief((place,), (line,))


def _deny(
    story: Story, rng: np.random.Generator, beliefs: _Beliefs, who: str, places: tuple[str, ...]
) -> None:
    """Tell that a person is not, or no longer, at a place: the last known one, if any."""
    last = beliefs.get(who)
    if last is None or last.denied:
        place = elsewhere(rng, last.places if last else (), places)
    else:
        (place,) = last.places
    line = story.add_sentence(f"{who} is {choice(rng, ('not', 'no longer'))} in the {place}")
    beliefs[who] = _Belief((place,), (line,), denied=True)


def _leave_open(
    story: Story, rng: np.random.Generator, beliefs: _Beliefs, who: str, places: tuple[str, ...]
) -> None:
    """Tell that a person is in one of two places."""
    before = beliefs[who].places if who in beliefs else ()
    place = elsewhere(rng, before, places)
    other = elsewhere(rng, [*before, place], places)
    line = story.add_sentence(f"{who} is either in the {place} or the {other}")
    beliefs[who] = _Belief((place, other), (line,))
