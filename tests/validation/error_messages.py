"""The table of error messages: the message of each public callable for each invalid value.

``python -m validation.error_messages`` in tests/ rewrites it; the diff shows changed messages.
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
ACCEPTED = "accepted"
# Memory addresses differ from run to run; the last digits of a list's numbers, and with them
# where a message is truncated, depend on the processor.
ADDRESS = re.compile(r"0x[0-9a-f]{6,}|\b[0-9a-f]{8,}\b")
LISTED = re.compile(r"(?<=got list )\[(?:[][, .+-]|\d[\d.e+-]*|nan?|inf?)*")
Messages = dict[str, list[str]]


def valid_calls(group: str) -> Mapping[str, tuple[Any, Mapping[str, Any]]]:
    """The public callables of a group, with valid arguments."""
    found: dict[str, Any] = importlib.import_module(f"validation.valid_calls.{group}").VALID_CALLS
    return found


def table_path(group: str) -> Path:
    """The file of a group's messages."""
    return HERE / "messages" / f"{group}.toml"


@cache
def read_table(group: str) -> dict[str, dict[str, Messages]]:
    """A group's messages: by callable, argument and message, the invalid values that cause it."""
    return tomllib.loads(table_path(group).read_text("utf-8"))


def error_messages(function_name: str, group: str) -> dict[str, Messages]:
    """The messages of a callable; anything but LiafError is an error of the test."""
    function, valid = valid_calls(group)[function_name]
    found: dict[str, Messages] = {}
    for name in valid:
        message: Messages = {}
        for kind, invalid in invalid_values(valid[name]).items():
            text = _error_message(function, {**valid, name: invalid})
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
    """Values in an equivalent form for which the result differs."""
    function, valid = valid_calls(group)[function_name]
    found: list[str] = []
    with contextlib.suppress(LiafError):  # nothing to read there, for readers of files
        once, twice = function(**valid), function(**valid)
        if not close(once, twice):  # it draws
            return found
        for name, value in valid.items():
            for kind, other in invalid_values(value).items():
                form = kind if isinstance(value, np.ndarray) else kind.partition(": ")[2]
                if form in EQUIVALENT:
                    with contextlib.suppress(InputError):
                        actual = function(**{**valid, name: other})
                        found += [] if close(actual, once) else [f"{name}: {kind}"]
    return found


def close(a: Any, b: Any) -> bool:
    """Whether two results are equal up to the order of summation."""
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
    """In an empty folder, for callables that write files."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield


def write_table(group: str) -> None:
    """Write a group's table."""
    lines = [f"# Error messages of {group}: python -m validation.error_messages writes them.", ""]
    for function_name in valid_calls(group):
        with in_temporary_folder():
            found = error_messages(function_name, group)
        for name, message in found.items():
            lines += [f"[{json.dumps(function_name)}.{name}]"]
            for text, kinds in message.items():
                lines += [f"{json.dumps(text, ensure_ascii=False)} = {json.dumps(kinds)}"]
            lines += [""]
    table_path(group).write_text("\n".join(lines), "utf-8")


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "Agg")
    for each in GROUPS:
        write_table(each)
