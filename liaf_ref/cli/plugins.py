"""Files of the user's own, imported before a command: a neuron that registers itself."""

import argparse
import contextlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

from liaf_ref._core.errors import InputError

HELP = "a Python file of your own to import first, such as one that registers a cell; repeatable"


def add_option(parser: argparse.ArgumentParser) -> None:
    """Show the option in a command's help; :func:`load` has taken it out by then."""
    parser.add_argument("--plugin", action="append", metavar="FILE.py", help=HELP)


def load(words: Sequence[str]) -> list[str]:
    """Import what ``--plugin`` names, wherever it stands, and return the other words.

    A command's options are checked against what plugins register, so that these come first.
    """
    if not any(word.partition("=")[0] == "--plugin" for word in words):
        return list(words)
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    add_option(parser)
    try:
        known, others = parser.parse_known_args(words)
    except argparse.ArgumentError as error:
        raise InputError(f"--plugin: {error.message}") from error
    for name in known.plugin:
        _import_file(Path(name))
    return others


def _import_file(path: Path) -> None:
    from liaf_ref.oracle.user_code import format_exception  # noqa: PLC0415

    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise InputError(f"--plugin: expected a Python file, got {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        with contextlib.redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise InputError(f"--plugin {path}: {format_exception(error)}") from error
