"""A cache of one value, the last one."""

from collections.abc import Callable, Hashable
from typing import Any


class LastValueCache:
    """Cache of one data set: a run on the same data as the previous run does not reload it."""

    def __init__(self) -> None:
        self._entries: list[tuple[Hashable, Any]] = []

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return the cached value if it has this key; otherwise make it."""
        if not self._entries or self._entries[0][0] != key:
            self._entries.clear()  # first, so that two are never in memory
            self._entries.append((key, make()))
        return self._entries[0][1]
