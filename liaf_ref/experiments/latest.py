"""What was made last, kept for whoever asks for the same again."""

from collections.abc import Callable, Hashable
from typing import Any


class Latest:
    """One data set at a time: a run that needs the one before's does not read them again."""

    def __init__(self) -> None:
        self._held: list[tuple[Hashable, Any]] = []

    def of(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Give what was made last, or make it.

        Parameters
        ----------
        key : hashable
            What it is of.
        make : callable
            Called if what was made last is of another key, or nothing was.

        Returns
        -------
        object
            What ``make`` returned.
        """
        if not self._held or self._held[0][0] != key:
            self._held.clear()  # first, so that two are never in memory
            self._held.append((key, make()))
        return self._held[0][1]
