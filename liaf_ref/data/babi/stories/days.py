"""Generated stories of places at four times, told out of order: task 14."""

import numpy as np

from liaf_ref.data.babi.stories.people import QUESTIONS, Known
from liaf_ref.data.babi.stories.script import Script, pick, shuffled
from liaf_ref.data.babi.stories.words import MOVED, NEIGHBOURS, PLACES, TIMES


def time_order(script: Script, rng: np.random.Generator) -> None:
    """Task 14: where somebody was before they were at a place.

    Nobody is at one place twice, and no gap between two times is closed later.

    Parameters
    ----------
    script : Script
        Empty; the story is added to it.
    rng : numpy.random.Generator
        Decides the story.
    """
    days = {who: shuffled(rng, PLACES)[: len(TIMES)] for who in NEIGHBOURS}
    known: dict[str, list[Known]] = {who: [] for who in NEIGHBOURS}
    for _ in range(QUESTIONS):
        _tell(script, rng, days, known)
        who = pick(rng, [who for who, places in known.items() if len(places) > 1])
        at = int(rng.integers(1, len(known[who])))
        before, now = known[who][at - 1 : at + 1]
        proof = now.proof + before.proof
        script.ask(f"Where was {who} before the {now.room}", before.room, proof)


def _tell(
    script: Script,
    rng: np.random.Generator,
    days: dict[str, list[str]],
    known: dict[str, list[Known]],
) -> None:
    """Tell everybody's next times in any order, two, or more until somebody has two."""
    told = {who: len(places) for who, places in known.items()}
    drawn: list[tuple[str, int]] = []
    while len(drawn) < 2 or max(told.values()) < 2 or len(drawn) % 2:
        who = pick(rng, [who for who in NEIGHBOURS if told[who] < len(TIMES)])
        drawn.append((who, told[who]))
        told[who] += 1
    lines = {}
    for who, time in shuffled(rng, drawn):
        lines[who, time] = script.tell(_sentence(rng, who, days[who][time], TIMES[time]))
    for who, time in drawn:
        known[who].append(Known(days[who][time], (lines[who, time],)))


def _sentence(rng: np.random.Generator, who: str, place: str, time: str) -> str:
    went = f"{who} {pick(rng, MOVED)} the {place}"
    return pick(rng, (f"{went} {time}", f"{time.capitalize()} {went}"))
