"""Families of generated stories, one for each bAbI task.

A family is one function ``write(script, rng)`` that fills an empty
:class:`~liaf_ref.data.babi.stories.script.Script`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from liaf_ref.data.babi.stories import (
    days,
    doubt,
    grid,
    hands,
    kinds,
    motives,
    sizes,
    things,
    where,
)
from liaf_ref.data.babi.stories.script import Story


class Family(NamedTuple):
    """How the stories of a task are made.

    Attributes
    ----------
    write : callable
        Fills an empty script.
    stories : int
        Stories with the 1,000 questions of a published file, of task 20 about so many.
    identity : callable
        The lines in which a story differs from all of the other text: those before
        its first question, so that no question comes after sentences of the other
        text, or all of them.
    """

    write: Callable[[Story, np.random.Generator], None]
    stories: int = 200
    distinguishing_lines: Callable[[Story], tuple[str, ...]] = Story.lines_before_first_question


FAMILIES: dict[int, Family] = {
    1: Family(where.single_fact),
    2: Family(things.two_facts),
    3: Family(things.three_facts),
    4: Family(grid.two_arguments, 1000),
    5: Family(hands.three_arguments),
    6: Family(where.yes_no),
    7: Family(hands.counting),
    8: Family(hands.lists),
    9: Family(doubt.negation),
    10: Family(doubt.indefinite),
    11: Family(where.coreference),
    12: Family(where.conjunction),
    13: Family(where.compound_coreference),
    14: Family(days.time_order),
    15: Family(kinds.deduction, 250),
    16: Family(kinds.induction, 1000),
    17: Family(grid.positions, 125),
    18: Family(sizes.size_reasoning),
    19: Family(grid.path_finding, 1000),
    20: Family(motives.motivations, 91, Story.all_lines),
}
