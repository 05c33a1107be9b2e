"""Make command-line options from the fields of a configuration.

This uses argparse because cyclopts, tyro and jsonargparse print errors over several lines and take
130 to 180 ms to import, which is longer than most commands run.
"""

import argparse
import dataclasses
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, get_args

from liaf_ref.cli import options
from liaf_ref.experiments.training_config import field_types


def add_config_options(
    parser: argparse.ArgumentParser | argparse._ArgumentGroup,
    config_class: type,
    skip: Collection[str] = (),
    choices: Mapping[str, Sequence[Any]] = MappingProxyType({}),
) -> None:
    """Add an option for each field that is declared with ``option``."""
    # An option that is not given is absent from the namespace, so that the default of the
    # configuration applies. ``choices`` replace those of the class.
    types = field_types(config_class)
    for field in dataclasses.fields(config_class):
        if field.name in types and field.name not in skip:
            argument = _argument(field, types[field.name])
            if field.name in choices:
                argument["choices"] = choices[field.name]
            parser.add_argument(option_flag(field.name), **argument)


def add_list_option(
    parser: argparse.ArgumentParser,
    option: str,
    field: dataclasses.Field[Any],
    kind: Any,
    choices: Sequence[Any],
    default: Sequence[Any],
) -> None:
    """Add an option that takes several values of a field; without a default it is required."""
    reader = int_list(choices) if kind is int else text_list(choices, option)
    shown = f" (default: {','.join(map(str, default))})" if default else ""
    listed = f": {','.join(choices)}" if kind is str and choices else ""
    parser.add_argument(
        f"--{option}",
        dest=field.name,
        type=reader,
        default=list(default),
        required=not default,
        metavar="LIST",
        help=f"{field.metadata['help']}{listed}{shown}",
    )


def given_values(args: argparse.Namespace, config_class: type | None) -> dict[str, Any]:
    """Return the fields that were given on the command line."""
    names = {field.name for field in dataclasses.fields(config_class)} if config_class else set()
    return {name: value for name, value in vars(args).items() if name in names}


def option_flag(field: str) -> str:
    """Return the option of a field, such as ``--batch-size``."""
    return f"--{field.replace('_', '-')}"


def int_list(choices: Sequence[int], noun: str = "numbers") -> Callable[[str], list[int]]:
    """Read ``1,6,11-13`` as [1, 6, 11, 12, 13]."""

    def read(text: str) -> list[int]:
        found: list[int] = []
        for part in text.split(","):
            match = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", part)
            if not match:
                raise argparse.ArgumentTypeError(f"expected numbers like 1,6,11-13, got {text!r}")
            first, last = int(match[1]), int(match[2] or match[1])
            if first > last or (choices and not choices[0] <= first <= last <= choices[-1]):
                limits = f" from {choices[0]} to {choices[-1]}" if choices else ""
                raise argparse.ArgumentTypeError(
                    f"expected {noun}{limits}, and ranges with the smaller number first, "
                    f"got {text!r}"
                )
            found += range(first, last + 1)
        return list(dict.fromkeys(found))

    return read


def text_list(choices: Sequence[str], noun: str) -> Callable[[str], list[str]]:
    """Read ``liaf,lif`` as ["liaf", "lif"]."""

    def read(text: str) -> list[str]:
        found = text.split(",")
        for name in found:
            if choices and name not in choices:
                own = f"{noun} of your own need --plugin FILE.py"
                raise argparse.ArgumentTypeError(
                    f"expected {noun} among {','.join(choices)}, got {name!r}; {own}"
                )
        return list(dict.fromkeys(found))

    return read


READERS: dict[Any, Callable[[str], Any]] = {
    int: options.bounded_int(0),
    float: options.float_value,
    str: str,
}


CONST_TRUE = {"action": "store_const", "const": True}


def _argument(field: dataclasses.Field[Any], kind: Any) -> dict[str, Any]:
    declared = field.metadata
    shown = declared["shown_default"] or field.default
    known = not any(shown is value for value in (None, False, dataclasses.MISSING))
    argument: dict[str, Any] = {
        "dest": field.name,
        "default": argparse.SUPPRESS,
        "help": f"{declared['help']} (default: {shown})" if known else declared["help"],
    }
    if kind is bool:
        switch = argparse.BooleanOptionalAction  # --name and --no-name
        return argument | ({"action": switch} if field.default else CONST_TRUE)
    argument["type"] = READERS[get_args(kind)[0] if get_args(kind) else kind]
    if declared["choices"]:
        argument["choices"] = declared["choices"]
    if declared["metavar"]:
        argument["metavar"] = declared["metavar"]
    return argument
