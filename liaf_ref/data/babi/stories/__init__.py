"""Generators of stories, one family for each bAbI task; each fills an empty story."""

from collections.abc import Callable
from typing import NamedTuple

from liaf_ref.data.babi.stories import carrying, grid, locations, reasoning
from liaf_ref.data.babi.stories.story import Story


class Family(NamedTuple):
    """How the stories of a task are generated."""

    write: Callable[[Story], None]  # fills an empty story
    # Stories with 1,000 questions, as in a published file; about 1,000 for task 20.
    stories: int = 200


FAMILIES: dict[int, Family] = {
    1: Family(locations.single_fact),
    2: Family(carrying.two_facts),
    3: Family(carrying.three_facts),
    4: Family(grid.two_arguments, 1000),
    5: Family(carrying.three_arguments),
    6: Family(carrying.yes_no),
    7: Family(carrying.counting),
    8: Family(carrying.lists),
    9: Family(locations.negation),
    10: Family(locations.indefinite),
    11: Family(locations.coreference),
    12: Family(locations.conjunction),
    13: Family(locations.compound_coreference),
    14: Family(reasoning.time_order),
    15: Family(reasoning.deduction, 250),
    16: Family(reasoning.induction, 1000),
    17: Family(grid.positions, 125),
    18: Family(reasoning.size_reasoning),
    19: Family(grid.path_finding, 1000),
    20: Family(reasoning.motivations, 91),
}
