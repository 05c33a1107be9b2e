"""Generated stories in which something is denied or left open: tasks 9 and 10."""

from typing import NamedTuple

import numpy as np

from liaf_ref.data.babi.stories.people import QUESTIONS, elsewhere, move, subject
from liaf_ref.data.babi.stories.script import Script, pick
from liaf_ref.data.babi.stories.words import NEIGHBOURS, PEOPLE, PLACES, ROOMS

POSSIBLE = 0.55  # share of questions of task 10 about a place where the person may be


class _Told(NamedTuple):
    """The last news of somebody: in which places they may be, or in which they are not."""

    places: tuple[str, ...]
    proof: tuple[int, ...]
    denied: bool = False


_News = dict[str, _Told]


def negation(script: Script, rng: np.random.Generator) -> None:
    """Task 9: where people are, or are not, then whether one is in a room.

    Parameters
    ----------
    script : Script
        Empty; the story is added to it.
    rng : numpy.random.Generator
        Decides the story.
    """
    news: _News = {}
    for _ in range(QUESTIONS):
        for _ in range(2):
            tell = pick(rng, (_affirm, _affirm, _affirm, _deny))
            tell(script, rng, news, pick(rng, PEOPLE), ROOMS)
        person = subject(script, rng, news)
        (place,), proof, denied = news[person]
        truth = not denied and pick(rng, (True, False))
        asked = place if truth or denied else elsewhere(rng, [place])
        script.ask(f"Is {person} in the {asked}", "yes" if truth else "no", proof)


def indefinite(script: Script, rng: np.random.Generator) -> None:
    """Task 10: where people are, or in which of two places, then whether one is in one.

    Parameters
    ----------
    script, rng
        As in :func:`negation`.
    """
    news: _News = {}
    for _ in range(QUESTIONS):
        for _ in range(2):
            tell = pick(rng, (_affirm, _affirm, _affirm, _doubt))
            tell(script, rng, news, pick(rng, NEIGHBOURS), PLACES)
        person = subject(script, rng, news)
        places, proof, _ = news[person]
        possible = rng.random() < POSSIBLE
        asked = pick(rng, places) if possible else elsewhere(rng, places, PLACES)
        answer = ("yes" if len(places) == 1 else "maybe") if possible else "no"
        script.ask(f"Is {person} in the {asked}", answer, proof)


def _affirm(
    script: Script, rng: np.random.Generator, news: _News, who: str, where: tuple[str, ...]
) -> None:
    """Tell that somebody moves, or is, somewhere else than where they were last told to be."""
    place = elsewhere(rng, news[who].places if who in news else (), where)
    if pick(rng, (True, True, False)):
        line = move(script, rng, who, place)
    else:
        line = script.tell(f"{who} is in the {place}")
    news[who] = _Told((place,), (line,))


def _deny(
    script: Script, rng: np.random.Generator, news: _News, who: str, where: tuple[str, ...]
) -> None:
    """Tell that somebody has left the place where they were told to be, if they were."""
    last = news.get(who)
    if last is None or last.denied:
        place = elsewhere(rng, last.places if last else (), where)
    else:
        (place,) = last.places
    line = script.tell(f"{who} is {pick(rng, ('not', 'no longer'))} in the {place}")
    news[who] = _Told((place,), (line,), denied=True)


def _doubt(
    script: Script, rng: np.random.Generator, news: _News, who: str, where: tuple[str, ...]
) -> None:
    """Tell two places of which somebody is in one."""
    before = news[who].places if who in news else ()
    place = elsewhere(rng, before, where)
    other = elsewhere(rng, [*before, place], where)
    line = script.tell(f"{who} is either in the {place} or the {other}")
    news[who] = _Told((place, other), (line,))
