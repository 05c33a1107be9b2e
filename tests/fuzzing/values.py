"""Documents as values, and what can happen to a value in them."""

import copy
import math
import random
from collections.abc import Callable
from typing import Any

EXTREME_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 7, 2**31, 2**63 - 1, 2**63, 2**64, 10**30, -(10**400)),
    *(0.5, -0.0, 1e-320, 1e308, -1e308, math.nan, math.inf, -math.inf, 1.0000001),
    *("", " ", "x", "..", "../x", "/etc/passwd", "a\0b", "a\nb", "é", "\ud800", "x" * 3000),
    *("babi", "liaf", "float64", "0x1p-3", "0x1p99999", "nan", "1", "NaN", "__class__", "%s{0}"),
    *([], [[]], [None], {}, {"": 0}, {"a": {}}, [1, "a", None], [[0, 1], [2]]),
)
KEYS = ("", "a", "..", "__class__", "name", "shape", "x" * 999, "a.b", "é", "task", "experiment")
MAX_DEPTH = 150


def mutate_document(document: Any, rng: random.Random) -> Any:
    """A copy in which one to four things have happened."""
    box = [copy.deepcopy(document)]
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        holder, key = _pick(box, rng)
        rng.choice(MUTATIONS)(holder, key, rng)
    return box[0] if box else None


def _pick(box: list[Any], rng: random.Random) -> tuple[Any, Any]:
    """A place in the document, none likelier for being near the top."""
    places: list[tuple[Any, Any]] = []
    todo: list[Any] = [box]
    while todo:
        holder = todo.pop()
        for key in holder if isinstance(holder, dict) else range(len(holder)):
            places.append((holder, key))
            if isinstance(holder[key], dict | list):
                todo.append(holder[key])
    return rng.choice(places) if places else (box, None)


def _extreme(holder: Any, key: Any, rng: random.Random) -> None:
    if key is not None:
        holder[key] = copy.deepcopy(rng.choice(EXTREME_VALUES))


def _other_kind(holder: Any, key: Any, rng: random.Random) -> None:
    if key is None:
        return
    value = holder[key]
    kinds = (lambda: [value], lambda: {"a": value}, lambda: _text(value), lambda: [value] * 3)
    holder[key] = rng.choice(kinds)()


def _text(value: Any) -> str:
    return repr(value)[:200] if not isinstance(value, int) or abs(value) < 2**64 else "9" * 400


def _perturb(holder: Any, key: Any, rng: random.Random) -> None:
    """A number next to it, or a text with something in it."""
    value = None if key is None else holder[key]
    if isinstance(value, bool):
        holder[key] = not value
    elif isinstance(value, int):
        holder[key] = rng.choice((value + 1, value - 1, -value, value * 10, 1.0 * (value % 999)))
    elif isinstance(value, float):
        holder[key] = rng.choice((-value, value / 3, value * 7, 1 - value, 1))
    elif isinstance(value, str):
        at = rng.randrange(len(value) + 1)
        holder[key] = value[:at] + rng.choice(("", "x", "/", "\0", "9", "é")) + value[at + 1 :]


def _delete(holder: Any, key: Any, rng: random.Random) -> None:
    if key is not None:
        del holder[key]


def _rename(holder: Any, key: Any, rng: random.Random) -> None:
    if isinstance(holder, dict) and key is not None:
        holder[rng.choice((*KEYS, *holder))] = holder.pop(key)


def _add(holder: Any, key: Any, rng: random.Random) -> None:
    value = copy.deepcopy(rng.choice(EXTREME_VALUES))
    if isinstance(holder, dict):
        holder[rng.choice(KEYS)] = value
    elif key is not None:
        holder.insert(key, rng.choice((value, copy.deepcopy(holder[key]))))


def _swap(holder: Any, key: Any, rng: random.Random) -> None:
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    if key is not None:
        other = rng.choice(keys)
        holder[key], holder[other] = holder[other], holder[key]


def _nest(holder: Any, key: Any, rng: random.Random) -> None:
    if key is not None and rng.random() < 0.1:
        for _ in range(rng.randrange(MAX_DEPTH)):
            holder[key] = [holder[key]] if rng.random() < 0.5 else {"a": holder[key]}


MutateValue = Callable[[Any, Any, random.Random], None]
MUTATIONS: tuple[MutateValue, ...] = (
    *(_extreme, _extreme, _extreme, _other_kind, _perturb, _perturb),
    *(_delete, _rename, _add, _swap, _nest),
)
