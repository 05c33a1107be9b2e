"""The words of generated stories, from ``words.toml``, and the vocabulary of each task."""

import tomllib
from functools import cache
from importlib import resources
from itertools import chain, permutations, product
from typing import Any

from liaf_ref.data.babi.reader import check_task, tokenize

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


def vocabulary(task: int) -> tuple[str, ...]:
    """Sorted tokens and answers that generated stories of a task can contain."""
    text = _texts()[str(check_task(task))]
    return tuple(sorted({*tokenize(text), *_list_answers(task)}))


@cache
def _texts() -> dict[str, str]:
    """All words of each list and of each task."""
    texts = {name: " ".join(own) for name, own in _LISTS.items()} | {"people": " ".join(PEOPLE)}
    texts |= {f"{name}_lower": texts[name].lower() for name in ("people", "fearful")}
    texts |= {"kinds": " ".join(chain(*KINDS.items())), "kinds_title": " ".join(KINDS).title()}
    texts["wishes"] = " ".join(chain(WISHES, *WISHES.values()))
    for name, template in _DATA["vocabulary"].items():
        texts[name] = template.format(**texts)
    return texts


def _list_answers(task: int) -> set[str]:
    """Answers that are lists with commas: things in any order, or two steps."""
    if task == 8:
        many = range(2, len(THINGS) + 1)
        return {",".join(things) for n in many for things in permutations(THINGS, n)}
    if task == 19:
        back = {"ns", "sn", "ew", "we"}
        return {",".join(way) for way in product("nsew", repeat=2) if "".join(way) not in back}
    return set()
