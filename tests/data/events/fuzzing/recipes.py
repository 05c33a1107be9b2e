"""Recipes of damaged files: by hypothesis, or many by a seed."""

import random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from data.events import writers
from data.events.fuzzing.damaged_files import Recipe
from data.events.fuzzing.mutations import Mutation

SIZES = {"n-mnist": (34, 34)}
MAX_VALUE = 2**64

_numbers = st.integers(0, MAX_VALUE)
_mutations = st.lists(
    st.builds(Mutation, st.integers(0, 11), _numbers, _numbers, _numbers), max_size=4
)


def recipes(reader: str) -> st.SearchStrategy[Recipe]:
    """Recipes as hypothesis draws them."""
    pause = 2**15 if reader == "n-mnist" else 2**29
    events = writers.event_arrays(SIZES.get(reader, (128, 128)), max_size=12, pause=pause)
    return st.builds(Recipe, events, st.integers(1, 3), _mutations)


def draw_recipe(reader: str, rng: random.Random) -> Recipe:
    """A recipe by a generator of random numbers; in one of eight nothing happens."""
    height, width = SIZES.get(reader, (128, 128))
    count = rng.choice((1, 2, 5, 20, 60))
    noise: Any = np.frombuffer(rng.randbytes(4 * count), np.uint8).reshape(4, count)
    times = np.cumsum(noise[0].astype(np.int64) << rng.randrange(12))
    events = writers.make_event_array(times, noise[1] % width, noise[2] % height, noise[3] & 1)
    mutations = [
        Mutation(rng.randrange(12), *(rng.getrandbits(64) for _ in range(3)))
        for _ in range(rng.choice((0, 1, 1, 1, 1, 2, 3, 4)))
    ]
    return Recipe(events, rng.randrange(1, 4), mutations)
