"""Valid calls of every public callable, and what it answers to invalid values.

``python -m validation.error_messages`` in tests/ writes which invalid values are accepted.
"""

import contextlib
import importlib
import json
import os
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
ACCEPTED = HERE / "accepted.toml"
Answers = dict[str, dict[str, str | None]]  # by argument and invalid value; None is accepted


def valid_calls(group: str) -> Mapping[str, tuple[Any, Mapping[str, Any]]]:
    """The public callables of a group, with valid arguments."""
    found: dict[str, Any] = importlib.import_module(f"validation.valid_calls.{group}").VALID_CALLS
    return found


@cache
def read_accepted() -> dict[str, dict[str, list[str]]]:
    """The invalid values that a callable accepts, by callable and argument."""
    return tomllib.loads(ACCEPTED.read_text("utf-8"))


def answers(function_name: str, group: str) -> Answers:
    """The messages of a callable; anything but LiafError is an error of the test."""
    function, valid = valid_calls(group)[function_name]
    return {
        name: {
            kind: _error_message(function, {**valid, name: invalid})
            for kind, invalid in invalid_values(valid[name]).items()
        }
        for name in valid
    }


def accepted_of(found: Answers) -> dict[str, list[str]]:
    """The invalid values that are accepted, by argument."""
    by_argument = {
        name: [kind for kind, text in texts.items() if text is None]
        for name, texts in found.items()
    }
    return {name: kinds for name, kinds in by_argument.items() if kinds}


def _error_message(function: Any, arguments: dict[str, Any]) -> str | None:
    try:
        function(**arguments)
    except LiafError as error:
        return str(error)
    return None


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


def write_accepted() -> None:
    """Write the table, a line for each callable."""
    lines = ["# Invalid values that a callable accepts: python -m validation.error_messages."]
    for group in GROUPS:
        for function_name in valid_calls(group):
            with in_temporary_folder():
                found = accepted_of(answers(function_name, group))
            own = ", ".join(f"{name} = {json.dumps(kinds)}" for name, kinds in found.items())
            lines += [f"{json.dumps(function_name)} = {{ {own} }}"] if own else []
    ACCEPTED.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "Agg")
    write_accepted()
