"""The words of generated stories, from ``words.toml``."""

import tomllib
from importlib import resources
from typing import Any

_FILE = resources.files("liaf_ref.data.babi.stories").joinpath("words.toml")
_DATA: dict[str, Any] = tomllib.loads(_FILE.read_text("utf-8"))
_LISTS: dict[str, tuple[str, ...]] = {name: tuple(own) for name, own in _DATA["lists"].items()}
PRONOUNS: dict[str, str] = _DATA["pronouns"]
KINDS: dict[str, str] = _DATA["kinds"]
WISHES: dict[str, tuple[str, str]] = _DATA["wishes"]
PEOPLE = tuple(PRONOUNS)
ROOMS, THINGS, COUNTS = (_LISTS[name] for name in ("rooms", "things", "counts"))
MOVED, TOOK, DROPPED, GAVE = (_LISTS[name] for name in ("moved", "took", "dropped", "gave"))
NEIGHBORS, PLACES, THEN = (_LISTS[name] for name in ("neighbors", "places", "then"))
TIMES, FEARFUL, COLORED = (_LISTS[name] for name in ("times", "fearful", "colored"))
CREATURES, COLORS, SHAPES = (_LISTS[name] for name in ("creatures", "colors", "shapes"))
SMALLEST, LARGER = _LISTS["smallest"], _LISTS["larger"]
