"""Parsers of option values, and the messages for invalid ones."""

import argparse
import contextlib
import difflib
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from liaf_ref._core.errors import ConfigError, InputError, RunError
from liaf_ref.cli.output import one_line

VALIDATION_BY = "validation_by of run.json (the groups of the validation split)"  # no option
MAX_NAME_BYTES = 255  # bytes of a name, in the file systems there are


class Parser(argparse.ArgumentParser):
    """An ArgumentParser with one-line errors, which accepts no abbreviated options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False} | kwargs)
        self.set_defaults(option_names={})  # of arguments that have another name than the option

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; refuse ``--option=--``, which argparse would read as a missing value."""
        args = sys.argv[1:] if args is None else list(args)
        for option, _, value in (arg.partition("=") for arg in args):
            if option.startswith("-") and value == "--":
                self.error(f"argument {option}: expected a value, got '--'")
        found, unknown = super().parse_known_args(args, namespace)
        if self._subparsers is not None:
            return found, unknown
        found.parser = self  # that of the command
        if unknown:
            names = [option for action in self._actions for option in action.option_strings]
            similar = difflib.get_close_matches(unknown[0].partition("=")[0], names, 1)
            hint = f"; did you mean {similar[0]}?" if similar else ""
            self.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Print the message and exit with 2."""
        self.exit(2, f"{self.prog}: error: {one_line(message)}; see {self.prog} --help\n")


if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Parser]


def bounded_int(minimum: int, maximum: int = 10**18) -> Callable[[str], int]:
    """Return a reader of integers from ``minimum`` to ``maximum``."""

    def read(text: str) -> int:
        short = re.fullmatch(r"[0-9]{1,4000}", text)
        if short and minimum <= int(text) <= maximum:
            return int(text)
        limit = f" and <= {maximum}" if short and int(text) > maximum else ""
        raise argparse.ArgumentTypeError(
            f"expected an integer >= {minimum}{limit}, got {text[:40]!r}"
        )

    return read


positive_int = bounded_int(1)


def float_value(text: str) -> float:
    """Read a number; the configuration checks its range."""
    try:
        return float(text if re.fullmatch(r"[0-9A-Za-z.+-]+", text) else "no number")
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}") from None


def dir_path(text: str) -> Path:
    """Read the name of a folder."""
    return _path(text, "a folder")


def file_path(text: str) -> Path:
    """Read the name of a file."""
    return _path(text, "a file")


def output_path(text: str) -> Path:
    """Read the name of a file or folder to write, now or after hours of work."""
    return _output_path(text, "a file or folder")


def new_file(text: str) -> Path:
    """Read the name of a file to write; whatever has that name stays."""
    path = _output_path(text, "a file")
    if path.is_dir() or not path.name:
        raise argparse.ArgumentTypeError(f"expected a file, got the folder {text!r}")
    if os.path.lexists(path):
        raise RunError(f"{path}: already exists; remove it, or choose another name")
    return path


def output_dir(text: str) -> Path:
    """Read the name of a folder for results that are no runs."""
    path = _output_path(text, "a folder")
    for name in ("run.json", "manifest.json"):
        if (path / name).exists():
            raise RunError(f"{path}: contains runs ({name}); choose another folder")
    return path


def _output_path(text: str, expected: str) -> Path:
    from liaf_ref._core.atomic import check_writable  # noqa: PLC0415 - it imports NumPy

    path = _path(text, expected)
    check_writable(path)
    return path


def _path(text: str, expected: str) -> Path:
    path = Path(text)
    if (
        not text
        or "\0" in text
        or any(len(os.fsencode(part)) > MAX_NAME_BYTES for part in path.parts)
    ):
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
    return path


@contextlib.contextmanager
def errors_as_options(args: argparse.Namespace) -> Iterator[None]:
    """Rewrite errors about arguments as errors about the options they came from, if any did."""
    actions = (action for action in args.parser._actions if action.option_strings)
    names = {action.dest: action.option_strings[0] for action in actions} | args.option_names
    try:
        yield
    except InputError as error:
        if error.name not in names:
            raise
        raise InputError(f"{names[error.name]}: {error.reason}") from error
    except ConfigError as error:
        changes = {names.get(name, name): change for name, change in error.changes.items()}
        raise ConfigError(error.path, changes) from error
