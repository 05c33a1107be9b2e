"""A cache of one value: the last one that was made."""

from collections.abc import Callable, Hashable
from typing import Any


class LastValueCache:
    """One data set at a time: a run that needs the one before's does not read them again."""

    def __init__(self) -> None:
        self._entries: list[tuple[Hashable, Any]] = []

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Give what was made last, or make it."""
        if not self._entries or self._entries[0][0] != key:
            self._entries.clear()  # first, so that two are never in memory
            self._entries.append((key, make()))
        return self._entries[0][1]
