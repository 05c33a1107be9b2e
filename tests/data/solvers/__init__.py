"""Readers of bAbI sentences, one for each kind of world.

Each ``answer(facts, question)`` says what follows from the facts, or ``None``.  They share
nothing with the package and know grammar, not names; of verbs, those that say
whether a thing is taken, dropped or given.
"""

import re
from functools import cache

Facts = dict[int, str]
match_of = cache(re.fullmatch)  # the same sentences come again and again
