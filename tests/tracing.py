"""How much memory something takes."""

import tracemalloc
from collections.abc import Callable

import pytest

from liaf_ref.errors import FormatError

TRIES = 3


def allocated(action: Callable[[], object], most: float = 0) -> int:
    """The most bytes that Python and NumPy had allocated at once while an action ran.

    What it takes itself it takes every time; the collector and other libraries' threads take
    some when they like.  Above ``most`` it is tried again, and the least of all tries counts.
    """
    found: list[int] = []
    while len(found) < TRIES and (not found or min(found) > most):
        tracemalloc.start()
        try:
            action()
            found.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    return min(found)


def refusal(action: Callable[[], object], most: float) -> str:
    """Why an action refuses its file, for less memory than ``most``."""
    texts = []

    def refuse() -> None:
        with pytest.raises(FormatError) as caught:
            action()
        texts.append(str(caught.value))

    assert allocated(refuse, most) < most
    return texts[0]
