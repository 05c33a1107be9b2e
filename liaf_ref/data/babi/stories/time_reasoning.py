"""Generated stories of places at four times, told out of order: task 14."""

import numpy as np

from liaf_ref.data.babi.stories.knowledge import QUESTIONS, KnownLocation
from liaf_ref.data.babi.stories.story import Story, choice, shuffled
from liaf_ref.data.babi.stories.words import MOVED, NEIGHBORS, PLACES, TIMES


def time_order(story: Story, rng: np.random.Generator) -> None:
    """Task 14: where somebody was before they were at a place."""
    # Nobody visits a place twice, and the times of a person are told without gaps.
    days = {who: shuffled(rng, PLACES)[: len(TIMES)] for who in NEIGHBORS}
    known: dict[str, list[KnownLocation]] = {who: [] for who in NEIGHBORS}
    for _ in range(QUESTIONS):
        _tell_times(story, rng, days, known)
        who = choice(rng, [who for who, places in known.items() if len(places) > 1])
        at = int(rng.integers(1, len(known[who])))
        before, now = known[who][at - 1 : at + 1]
        proof = now.supports + before.supports
        story.add_question(f"Where was {who} before the {now.room}", before.room, proof)


def _tell_times(
    story: Story,
    rng: np.random.Generator,
    days: dict[str, list[str]],
    known: dict[str, list[KnownLocation]],
) -> None:
    """Tell the next times of some people in random order: two, or more until somebody has two."""
    text = {who: len(places) for who, places in known.items()}
    drawn: list[tuple[str, int]] = []
    while len(drawn) < 2 or max(text.values()) < 2 or len(drawn) % 2:
        who = choice(rng, [who for who in NEIGHBORS if text[who] < len(TIMES)])
        drawn.append((who, text[who]))
        text[who] += 1
    lines = {}
    for who, time in shuffled(rng, drawn):
        lines[who, time] = story.add_sentence(_sentence(rng, who, days[who][time], TIMES[time]))
    for who, time in drawn:
        known[who].append(KnownLocation(days[who][time], (lines[who, time],)))


def _sentence(rng: np.random.Generator, who: str, place: str, time: str) -> str:
    went = f"{who} {choice(rng, MOVED)} the {place}"
    return choice(rng, (f"{went} {time}", f"{time.capitalize()} {went}"))
