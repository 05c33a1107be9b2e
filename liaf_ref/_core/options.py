"""Options of a command from a declared class, fields of declared fields included."""

import argparse
from collections.abc import Iterator
from dataclasses import MISSING
from typing import Any, TypeVar

from liaf_ref._core.declared import Declaration, Declared, declarations

D = TypeVar("D", bound=Declared)


def add_options(parser: argparse.ArgumentParser, cls: type[Declared]) -> None:
    """Add an option for every field; a field that has to be given is a positional argument."""
    for each, default in _leaves(cls, None):
        words = each.about.help + (f", in {each.about.unit}" if each.about.unit else "")
        kind = each.kind
        if each.default is MISSING:
            choices = kind.choices or None
            parser.add_argument(each.name, type=kind.parse or str, choices=choices, help=words)
            continue
        shown = f"{words} (default: {default})"
        option: dict[str, Any] = {"dest": each.name, "default": argparse.SUPPRESS, "help": shown}
        if isinstance(default, bool):
            option["action"] = argparse.BooleanOptionalAction
        else:
            option |= {"type": kind.parse, "choices": kind.choices or None}
            option["metavar"] = None if kind.choices else each.name.upper()
        parser.add_argument("--" + each.name.replace("_", "-"), **option)


def from_options(cls: type[D], options: argparse.Namespace) -> D:
    """The value that the options of :func:`add_options` give."""
    return _make(cls, None, vars(options))


def _make(cls: type[D], default: Any, given: dict[str, Any]) -> D:
    values = {}
    for each in declarations(cls):
        own = each.default if default is None else getattr(default, each.name)
        if each.inner:
            values[each.name] = _make(each.inner, own, given)
        elif each.name in given or own is not MISSING:
            values[each.name] = given.get(each.name, own)
    return cls(**values)


def _leaves(cls: type[Declared], default: Any) -> Iterator[tuple[Declaration, Any]]:
    for each in declarations(cls):
        own = each.default if default is None else getattr(default, each.name)
        if each.inner:
            yield from _leaves(each.inner, own)
        elif each.kind.parse or isinstance(own, bool):
            yield each, own
