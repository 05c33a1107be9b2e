"""What an entry of a manifest must be before a file is opened for it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import FormatError
from liaf_ref._core.validation.scalars import short_repr, short_text
from liaf_ref.oracle.case import LEVELS
from liaf_ref.oracle.golden import array_dict
from liaf_ref.oracle.reference.kernel_table import OPTIMIZERS
from liaf_ref.oracle.reference.ops import OPS

NAME_PATTERN = "[a-z0-9_]{1,150}"  # a case's name is part of its files' names
MAX_ARRAY_NAME_LENGTH = 60  # characters of an array's name, which is so too


def check_entries(entries: Iterable[Mapping[str, Any]], path: Path | str) -> None:
    """Refuse cases that cannot be ones, the same name twice among them."""
    seen: set[str] = set()
    for entry in entries:
        for problem in (*_array_name_problems(entry["arrays"]), *_entry_problems(entry)):
            raise FormatError(path, f"case {_title(entry)}: {problem}")
        if entry["name"] in seen:
            raise FormatError(path, f"case {entry['name']}: duplicate name")
        seen.add(entry["name"])


def _array_name_problems(arrays: Iterable[str]) -> Iterator[str]:
    for name in arrays:
        if not name.isprintable() or len(name) > MAX_ARRAY_NAME_LENGTH:
            limit = f"at most {MAX_ARRAY_NAME_LENGTH} characters"
            yield f"arrays: expected names of {limit}, got {short_repr(name)}"


def _entry_problems(entry: Mapping[str, Any]) -> Iterator[str]:
    name, nodes, optimizer, required = (
        entry[key] for key in ("name", "nodes", "optimizer", "required")
    )
    if not isinstance(name, str) or not re.fullmatch(NAME_PATTERN, name):
        yield f"name: expected {NAME_PATTERN}, got {short_repr(name)}"
    if not _is_key_of(entry["level"], LEVELS):
        yield f"level: expected one of {', '.join(LEVELS)}, got {short_repr(entry['level'])}"
    if not isinstance(nodes, list) or not nodes:
        yield f"nodes: expected a list of at least one, got {short_repr(nodes)}"
    else:
        for op in (node.get("op") if isinstance(node, dict) else node for node in nodes):
            if not _is_key_of(op, OPS):
                yield f"op: expected one of {', '.join(OPS)}, got {short_repr(op)}"
    rule = optimizer.get("name") if isinstance(optimizer, dict) else optimizer
    if optimizer is not None and not (isinstance(optimizer, dict) and _is_key_of(rule, OPTIMIZERS)):
        yield f"optimizer: expected one of {', '.join(OPTIMIZERS)}, got {short_repr(rule)}"
    if not isinstance(required, list) or not required:
        yield f"required: expected a list of at least one array, got {short_repr(required)}"
    else:
        answered = array_dict.expected_arrays(entry["arrays"])
        for array in required:
            if not _is_key_of(array, answered):
                yield f"required: expected arrays of the answer, got {short_repr(array)}"


def _is_key_of(value: object, mapping: Mapping[str, Any]) -> bool:
    return isinstance(value, str) and value in mapping


def _title(entry: Mapping[str, Any]) -> str:
    name = entry["name"]
    return short_text(name) if isinstance(name, str) else short_repr(name)
