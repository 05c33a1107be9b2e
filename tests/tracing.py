"""How much memory something takes."""

import tracemalloc
from collections.abc import Callable

import pytest

from liaf_ref._core.errors import FormatError

MAX_TRIES = 3


def peak_memory(action: Callable[[], object], limit: float = 0) -> int:
    """The most bytes that Python and NumPy had allocated at once while an action ran.

    What it takes itself it takes every time; the collector and other libraries' threads take
    some when they like.  Above ``most`` it is tried again, and the least of all tries counts.
    """
    found: list[int] = []
    while len(found) < MAX_TRIES and (not found or min(found) > limit):
        tracemalloc.start()
        try:
            action()
            found.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    return min(found)


def format_error_message(action: Callable[[], object], limit: float) -> str:
    """Why an action refuses its file, for less memory than ``most``."""
    texts = []

    def refuse() -> None:
        with pytest.raises(FormatError) as caught:
            action()
        texts.append(str(caught.value))

    assert peak_memory(refuse, limit) < limit
    return texts[0]
