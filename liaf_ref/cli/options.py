"""Options of commands: their declaration, the reading of values, and messages for invalid ones.

argparse reads them: cyclopts, tyro and jsonargparse print errors over several lines and take 130 to
180 ms to import, which is longer than most commands run.
"""

import argparse
import contextlib
import inspect
import os
import re
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from liaf_ref._core.errors import ConfigError, InputError, RunError
from liaf_ref._core.kinds import Kind
from liaf_ref._core.text import did_you_mean
from liaf_ref.cli.output import one_line

MAX_NAME_BYTES = 255  # bytes of a name, in the file systems there are
Reader = Callable[[str], Any]


class Answer(NamedTuple):
    """What a command prints: a document with --json, else the text."""

    document: Any
    text: object
    code: int = 0


Run = Callable[[argparse.Namespace], int | Answer]


class Parser(argparse.ArgumentParser):
    """An ArgumentParser with one-line errors, which accepts no abbreviated options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False} | kwargs)
        self.set_defaults(option_names={})  # of arguments that have another name than the option

    def runs(self, run: Run, smaller: str = "pass less input", **option_names: str) -> None:
        """Make this the parser of a command; ``smaller`` is the advice if memory runs out."""
        text, example, examples = (inspect.getdoc(run) or "").partition("\n\nexample")
        self.description = text
        self.epilog = "\n\n".join(filter(None, (self.epilog, f"{example.strip()}{examples}")))
        self.formatter_class = argparse.RawDescriptionHelpFormatter
        if not any("--json" in action.option_strings for action in self._actions):
            option(self, "--json", bool, "print one JSON document")
        self.set_defaults(command=run, smaller=smaller, option_names=option_names)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; refuse ``--option=--``, which argparse would read as a missing value."""
        args = sys.argv[1:] if args is None else list(args)
        for name, _, value in (arg.partition("=") for arg in args):
            if name.startswith("-") and value == "--":
                self.error(f"argument {name}: expected a value, got '--'")
        found, unknown = super().parse_known_args(args, namespace)
        if self._subparsers is not None:
            return found, unknown
        found.parser = self  # that of the command
        if unknown:
            names = [each for action in self._actions for each in action.option_strings]
            hint = did_you_mean(unknown[0].partition("=")[0], names)
            self.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Print the message and exit with 2."""
        self.exit(2, f"{self.prog}: error: {one_line(message)}; see {self.prog} --help\n")


def option(
    target: argparse._ActionsContainer,
    name: str,
    reader: Kind | Reader | Collection[Any],
    text: str,
    default: Any = None,
    **more: Any,
) -> None:
    """Add an option, such as ``--seed S``; it takes what a kind does, or a reader."""
    flag, _, metavar = name.partition(" ")
    if default is not None:
        text = f"{text} (default: {default})"
    if reader is bool:
        target.add_argument(flag, action="store_true", help=text, **more)
        return
    if isinstance(reader, Kind):
        reader = reader.read
    more["type" if callable(reader) else "choices"] = reader
    if metavar:
        more["metavar"] = metavar
    target.add_argument(flag, help=text, default=default, **more)


def given_values(args: argparse.Namespace, *classes: type | None) -> dict[str, Any]:
    """Return the fields of declared classes that were given on the command line."""
    known = (vars(each)["__dataclass_fields__"] for each in classes if each)
    names = {name for fields in known for name in fields}
    return {name: value for name, value in vars(args).items() if name in names}


def int_list(choices: Sequence[int], noun: str = "numbers") -> Reader:
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
                expected = f"{noun}{limits}, and ranges with the smaller number first"
                raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
            found += range(first, last + 1)
        return list(dict.fromkeys(found))

    return read


def text_list(choices: Sequence[str], noun: str, hint: str = "") -> Reader:
    """Read ``liaf,lif`` as ["liaf", "lif"]."""

    def read(text: str) -> list[str]:
        found = list(dict.fromkeys(text.split(",")))
        if wrong := [name for name in found if choices and name not in choices]:
            expected = f"{noun} among {','.join(choices)}"
            raise argparse.ArgumentTypeError(f"expected {expected}, got {wrong[0]!r}{hint}")
        return found

    return read


def any_path(text: str) -> Path:
    """Read the name of a file or folder."""
    path = Path(text)
    if not text or any(len(os.fsencode(part)) > MAX_NAME_BYTES for part in path.parts):
        raise argparse.ArgumentTypeError(f"expected a file or folder, got {text!r}")
    return path


def output_path(text: str) -> Path:
    """Read the name of a file or folder to write, now or after hours of work."""
    from liaf_ref._core.atomic import check_writable  # noqa: PLC0415 - it imports NumPy

    path = any_path(text)
    check_writable(path)
    return path


def new_file(text: str) -> Path:
    """Read the name of a file to write; whatever has that name stays."""
    path = output_path(text)
    if path.is_dir() or not path.name:
        raise argparse.ArgumentTypeError(f"expected a file, got the folder {text!r}")
    if os.path.lexists(path):
        raise RunError(f"{path}: already exists; remove it, or choose another name")
    return path


def new_dir(text: str) -> Path:
    """Read the name of a folder to write, which is new or empty."""
    from liaf_ref._core.locks import check_vacant  # noqa: PLC0415 - it imports NumPy

    path = output_path(text)
    check_vacant(path)
    return path


@contextlib.contextmanager
def errors_as_options(args: argparse.Namespace) -> Iterator[None]:
    """Rewrite errors about arguments as errors about the options they came from, if any did."""
    try:
        yield
    except InputError as error:
        names = _option_names(args)
        if error.name not in names:
            raise
        reason = error.reason.replace(", or None, got", ", got")  # which no option gives
        raise InputError(f"{names[error.name]}: {reason}") from error
    except ConfigError as error:
        names = _option_names(args)
        changes = {names.get(name, name): change for name, change in error.changes.items()}
        raise ConfigError(error.path, changes) from error


def refuse(args: argparse.Namespace, names: Collection[str], reason: str) -> None:
    """Refuse options that are given and do not go with the others."""
    for name in names:
        value = getattr(args, name, None)
        if value is not None and value is not False:
            raise InputError(f"{_option_names(args)[name]}: {reason}")


def _option_names(args: argparse.Namespace) -> dict[str | None, str]:
    """How the user knows each argument, also those that the command has found in a file."""
    names: dict[str | None, str] = {}
    for action in args.parser._actions:
        names[action.dest] = (*action.option_strings, str(action.metavar or action.dest))[0]
    names |= args.option_names
    return names
