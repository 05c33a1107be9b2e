"""The table of refusals: what each door says to each guest.

``python -m refusals.table`` in tests/ writes it anew; a change of a text is then seen in the diff.
"""

import contextlib
import importlib
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError, LiafError
from validation.invalid_values import EQUIVALENT, invalid_values

HERE = Path(__file__).parent
GROUPS = ("layers", "networks", "training", "data", "coding", "oracle", "experiments")
ACCEPTED = "taken"
# What differs from run to run; and a list's numbers, whose last digits, and with them the place
# where a message is cut, are the processor's.
ADDRESS = re.compile(r"0x[0-9a-f]{6,}|\b[0-9a-f]{8,}\b")
LISTED = re.compile(r"(?<=got list )\[(?:[][, .+-]|\d[\d.e+-]*|nan?|inf?)*")
Messages = dict[str, list[str]]


def valid_calls(group: str) -> Mapping[str, tuple[Any, Mapping[str, Any]]]:
    """The doors of a group, with right arguments."""
    found: dict[str, Any] = importlib.import_module(f"refusals.doors.{group}").DOORS
    return found


def table_path(group: str) -> Path:
    """Where a group's texts are."""
    return HERE / "table" / f"{group}.toml"


@cache
def read_table(group: str) -> dict[str, dict[str, Messages]]:
    """A group's texts: by door, argument and text, the guests that are told so."""
    return tomllib.loads(table_path(group).read_text("utf-8"))


def error_messages(function_name: str, group: str) -> dict[str, Messages]:
    """What a door says; it is an error of the test if anything but LiafError comes out."""
    enter, right = valid_calls(group)[function_name]
    found: dict[str, Messages] = {}
    for name in right:
        message: Messages = {}
        for kind, guest in invalid_values(right[name]).items():
            text = _error_message(enter, {**right, name: guest})
            message.setdefault(text, []).append(kind)
        found[name] = dict(sorted(message.items(), key=lambda item: item[0] != ACCEPTED))
    return found


def _error_message(function: Any, arguments: dict[str, Any]) -> str:
    try:
        function(**arguments)
    except LiafError as error:
        return ADDRESS.sub("...", LISTED.sub("[...]", str(error)))
    return ACCEPTED


def inconsistent_results(function_name: str, group: str) -> list[str]:
    """Guests that hold the right values in another way, and get another answer for it."""
    enter, right = valid_calls(group)[function_name]
    found: list[str] = []
    with contextlib.suppress(LiafError):  # nothing to read there, for readers of files
        once, twice = enter(**right), enter(**right)
        if not close(once, twice):  # it draws
            return found
        for name, value in right.items():
            for kind, guest in invalid_values(value).items():
                form = kind if isinstance(value, np.ndarray) else kind.partition(": ")[2]
                if form in EQUIVALENT:
                    with contextlib.suppress(InputError):
                        actual = enter(**{**right, name: guest})
                        found += [] if close(actual, once) else [f"{name}: {kind}"]
    return found


def close(a: Any, b: Any) -> bool:
    """Whether two answers have the same values but for the order in which sums were taken."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(close(a[key], b[key]) for key in a)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(close(x, y) for x, y in zip(a, b, strict=True))
    if not isinstance(a, np.ndarray | list) or not isinstance(b, np.ndarray):
        return type(a) is type(b)
    a = np.asarray(a)
    if a.dtype.kind not in "fc" or b.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    reach = 64 * np.finfo(b.dtype).eps
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=reach, atol=reach))


@contextlib.contextmanager
def in_temporary_folder() -> Iterator[None]:
    """In an empty folder, for doors that write."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield


def write_table(group: str) -> None:
    """Write a group's table."""
    lines = [f"# What the doors of {group} say to whom: python -m refusals.table writes it.", ""]
    for door in valid_calls(group):
        with in_temporary_folder():
            found = error_messages(door, group)
        for name, message in found.items():
            lines += [f"[{json.dumps(door)}.{name}]"]
            for text, kinds in message.items():
                lines += [f"{json.dumps(text, ensure_ascii=False)} = {json.dumps(kinds)}"]
            lines += [""]
    table_path(group).write_text("\n".join(lines), "utf-8")


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "Agg")
    for each in GROUPS:
        write_table(each)
