"""Documents as text, JSON or TOML, and what can happen to the text."""

import json
import math
import random
import re
from typing import Any

from fuzzing.mutations import Mutation, Piece, join_pieces, mutate_pieces

WORD = re.compile(rb"[A-Za-z_]+|[0-9.]+|\s+|.", re.DOTALL)
HOSTILE_SNIPPETS = (
    *(b"[" * 9999, b'{"a":' * 9999, b"9" * 5000, b" " * 5000),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"1e999", b"-"),
)
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def as_json(document: Any) -> bytes:
    """One line of JSON, with NaN and whatever else Python writes."""
    return json.dumps(document).encode()


def as_toml(document: Any) -> bytes:
    """TOML; what it has no word for is written as something else."""
    if not isinstance(document, dict):
        document = {"value": document}
    return "".join(_tables(document, "")).encode("utf-8", "surrogatepass")


def _tables(table: dict[str, Any], place: str) -> list[str]:
    lines = [f"{_key(k)} = {_value(v)}\n" for k, v in table.items() if not _is_table(v)]
    for key, value in table.items():
        name = f"{place}.{_key(key)}" if place else _key(key)
        if _is_table(value) and isinstance(value, dict) and len(place) < 300:
            lines += [f"[{name}]\n", *_tables(value, name)]
        elif _is_table(value) and len(place) < 300:
            for item in value:
                lines += [f"[[{name}]]\n", *_tables(item, name)]
    return lines


def _is_table(value: Any) -> bool:
    tables = isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
    return isinstance(value, dict) or bool(tables)


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if value is None:
        return "1979-05-27T07:32:00"
    return json.dumps(value, ensure_ascii=False)


def mutate_text(content: bytes, rng: random.Random, probability: float = 0.4) -> bytes:
    """The text, at times with something done to its words."""
    if rng.random() > probability:
        return content
    if rng.random() < 0.1:
        at = rng.randrange(len(content) + 1)
        return content[:at] + rng.choice(HOSTILE_SNIPPETS) + content[at + rng.randrange(2) :]
    words = [Piece(word) for word in WORD.findall(content)]
    changes = [
        Mutation(rng.randrange(12), *(rng.getrandbits(64) for _ in range(3)))
        for _ in range(rng.choice((1, 1, 2, 3)))
    ]
    return join_pieces(mutate_pieces(words, changes))
