"""Recipes of damaged files: by hypothesis, or many by a seed."""

import random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from data.events import writers
from data.events.fuzzing.files import Recipe
from data.events.fuzzing.pieces import Change

SIZES = {"n-mnist": (34, 34)}
MOST = 2**64

_numbers = st.integers(0, MOST)
_changes = st.lists(st.builds(Change, st.integers(0, 11), _numbers, _numbers, _numbers), max_size=4)


def recipes(reader: str) -> st.SearchStrategy[Recipe]:
    """Recipes as hypothesis draws them."""
    pause = 2**15 if reader == "n-mnist" else 2**29
    events = writers.events(SIZES.get(reader, (128, 128)), longest=12, pause=pause)
    return st.builds(Recipe, events, st.integers(0, 10**6), _changes, _changes)


def draw(reader: str, rng: random.Random) -> Recipe:
    """A recipe by a generator of random numbers; in one of eight nothing happens outside."""
    height, width = SIZES.get(reader, (128, 128))
    count = rng.choice((1, 2, 5, 20, 60))
    noise: Any = np.frombuffer(rng.randbytes(4 * count), np.uint8).reshape(4, count)
    times = np.cumsum(noise[0].astype(np.int64) << rng.randrange(12))
    events = writers.events_of(times, noise[1] % width, noise[2] % height, noise[3] & 1)
    inner, outer = (_draw(rng, rng.choice((0, 1, 1, 1, 1, 2, 3, 4))) for _ in range(2))
    return Recipe(events, rng.randrange(10**6), inner, outer)


def _draw(rng: random.Random, count: int) -> list[Change]:
    return [
        Change(rng.randrange(12), *(rng.getrandbits(64) for _ in range(3))) for _ in range(count)
    ]
