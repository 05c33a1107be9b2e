"""Read a declaration from a dict or from a TOML file."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.safe_load import read_toml
from liaf_ref._core.text import describe_value, did_you_mean
from liaf_ref._core.validation import check_mapping
from liaf_ref.oracle.declaration.declaration import Declaration, Parameters
from liaf_ref.oracle.declaration.options import (
    NAMES,
    OPTIONS,
    RESTRICTIONS,
    SURROGATE,
    SURROGATES,
    WINDOW_OPTION,
)
from liaf_ref.oracle.formats import check_format

SOURCE = "declare"


def declare(given: Path | str | Mapping[str, Any]) -> Declaration:
    """Read what a backend declares to compute.

    Parameters
    ----------
    given : path or mapping
        A TOML file, or the same as a dict. Each key is an option; those left out have the paper's
        value. docs/verify/declare-your-conventions.md lists the options.

    Returns
    -------
    Declaration
        For ``declaration`` of :func:`liaf_ref.check_backend`.

    Raises
    ------
    InputError
        If a dict has an unknown option or value, or two that contradict each other.
    FormatError
        The same for a file, with the line.

    Examples
    --------
    >>> from liaf_ref.oracle import declare
    >>> declare({"fires": ">", "surrogate": {"shape": "arctan", "alpha": 2.0}})
    Declaration(fires = ">", surrogate = {shape = "arctan", alpha = 2.0})
    >>> declare({"resets": "subtract"})
    Traceback (most recent call last):
        ...
    liaf_ref._core.errors.InputError: resets of declare: unknown option; did you mean reset?
    """
    if not isinstance(given, Path | str):
        return _declaration(check_mapping("given", given, SOURCE, "a TOML file or a dict"))
    path = Path(given)
    document, text = read_toml(path, "a declaration (TOML)")
    try:
        return _declaration(document)
    except InputError as error:
        raise FormatError(
            path, f"{error.name}: {error.reason}", line=_line_of(error.name, text)
        ) from error


def _line_of(name: str | None, text: str) -> int | None:
    """The line on which an option is."""
    own = re.escape(str(name))
    start = re.compile(rf"""^\s*(?:\[\s*)?["']?{own}["']?\s*[\].=]""")
    return next((n for n, line in enumerate(text.splitlines(), 1) if start.match(line)), None)


def _declaration(given: Mapping[Any, Any]) -> Declaration:
    for name in given:
        if name not in NAMES:
            raise _invalid(str(name), f"unknown option{_suggestion(str(name), NAMES)}")
    choices = {n: _one_of(n, given.get(n, o.default), o.values) for n, o in OPTIONS.items()}
    if choices["reset"] == "none":
        for name, value in choices.items():
            if OPTIONS[name].values[value].needs_reset:
                reason = f'{value!r} means nothing with reset = "none"; leave {name} out'
                raise _invalid(name, reason)
    restrictions = {n: _restriction(n, given.get(n, r.values)) for n, r in RESTRICTIONS.items()}
    surrogate = _surrogate(given.get(SURROGATE, "window"))
    declaration = Declaration(tuple(choices.items()), surrogate, tuple(restrictions.items()))
    if declaration.has_other_spikes and declaration.is_smooth:
        reason = "its cases are exact with other levels or output, which need the window"
        raise _invalid(SURROGATE, reason)
    return declaration


def _invalid(name: str, reason: str) -> InputError:
    return InputError.for_argument(name, SOURCE, reason)


def _suggestion(name: str, known: Collection[str]) -> str:
    return did_you_mean(name, known, f"; expected one of {', '.join(known)}")


def _one_of(name: str, value: object, known: Collection[str], what: str = "value") -> str:
    if not isinstance(value, str):
        raise _invalid(name, f"expected one of {', '.join(known)}, got {describe_value(value)}")
    if value not in known:
        raise _invalid(name, f"unknown {what} {value!r}{_suggestion(value, known)}")
    return value


def _surrogate(value: object) -> tuple[str, Parameters]:
    table = {"shape": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping) or "shape" not in table:
        expected = 'a shape, or a table such as {shape = "arctan", alpha = 2.0}'
        raise _invalid(SURROGATE, f"expected {expected}, got {describe_value(value)}")
    name = _one_of(SURROGATE, table["shape"], SURROGATES, "shape")
    parameters = SURROGATES[name].known
    if unknown := [key for key in table if key not in {*parameters, "shape"}]:
        also = _suggestion(str(unknown[0]), parameters)
        raise _invalid(SURROGATE, f"{name}: unknown parameter {unknown[0]!r}{also}")
    default = {"mu": WINDOW_OPTION} if name == "window" else {}
    found = []
    for key, parameter in parameters.items():
        given = table.get(key, default.get(key, parameter.default))
        if given != WINDOW_OPTION:
            expected = f"{parameter.kind}, or {WINDOW_OPTION!r}, for {key} of {name}"
            given = replace(parameter.kind, expected=expected).check(SURROGATE, given, SOURCE)
        found.append((key, given))
    return name, tuple(found)


def _restriction(name: str, value: object) -> tuple[str, ...]:
    known = RESTRICTIONS[name].values
    if not isinstance(value, list | tuple | set | frozenset) or not value:
        raise _invalid(name, f"expected a list of {', '.join(known)}, got {describe_value(value)}")
    if name == "dtype":
        return tuple(dict.fromkeys(check_format(name, item, SOURCE) for item in value))
    chosen = {_one_of(name, item, known) for item in value}
    return tuple(v for v in known if v in chosen)


PAPER = _declaration({})
