"""A registry whose entries are imported when somebody asks for them: imports take time.

Some values are known; others are at places such as ``package.module:NAME``, where there is a value
or a tuple of values.
"""

from collections.abc import Iterator, MutableMapping
from pkgutil import resolve_name
from typing import Any, TypeVar

T = TypeVar("T")


class LazyRegistry(MutableMapping[str, T]):
    """Values by their ``name``: those that are known, and those that are imported after them."""

    def __init__(self, known: tuple[T, ...], *places: str) -> None:
        self._values: dict[str, T] = _by_name(known)
        self._places = places

    def __getitem__(self, name: str) -> T:
        if name not in self._values:
            self._import_all()
        return self._values[name]

    def __setitem__(self, name: str, value: T) -> None:
        self._import_all()
        self._values[name] = value

    def __delitem__(self, name: str) -> None:
        self._import_all()
        del self._values[name]

    def __iter__(self) -> Iterator[str]:
        self._import_all()
        return iter(self._values)

    def __len__(self) -> int:
        self._import_all()
        return len(self._values)

    def _import_all(self) -> None:
        for place in self._places:
            found = resolve_name(place)
            self._values |= _by_name((found,) if hasattr(found, "name") else found)
        self._places = ()


def _by_name(values: tuple[Any, ...]) -> dict[str, Any]:
    return {value.name: value for value in values}
