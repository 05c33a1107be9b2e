"""Runs one command, prints its answer, and makes one line and an exit code of what ends it."""

import argparse
import json
import sys
from pathlib import Path

from threadpoolctl import threadpool_limits

from liaf_ref._core.errors import InputError, LiafError, is_input_error, out_of_memory
from liaf_ref._core.system import caused_by_interrupt, tune_malloc
from liaf_ref.cli.interrupt import signals_as_interrupt
from liaf_ref.cli.options import errors_as_options
from liaf_ref.cli.output import say
from liaf_ref.cli.parser import build_parser

INTERRUPTED = 130  # as shells report Ctrl-C
BLAS_THREADS = 1  # fastest for these small networks; more threads would also round sums differently


def run_command(words: list[str]) -> int:
    """Run one command; return its exit code."""
    try:
        try:
            return _run(words or ["--help"])
        finally:
            sys.stdout.flush()  # here, where its failure still has a message
    except LiafError as error:
        return _fail(str(error), 2 if is_input_error(error) else 1)
    except OSError as error:  # for example a folder without permission to read
        place = "" if error.filename is None else f"{error.filename}: "
        return _fail(f"{place}{error.strerror or error}", 2)
    except KeyboardInterrupt as error:
        return _fail(f"interrupted{error}", INTERRUPTED)
    except BaseException as error:
        if not caused_by_interrupt(error):
            raise
        return _fail("interrupted", INTERRUPTED)


def _run(words: list[str]) -> int:
    tune_malloc()
    words, plugins = _load_plugins(words)
    args = build_parser(words).parse_args(words, argparse.Namespace(plugins=plugins))
    try:
        with signals_as_interrupt(), threadpool_limits(BLAS_THREADS), errors_as_options(args):
            answer = args.command(args)
    except MemoryError as error:
        return _fail(out_of_memory(error, args.smaller), 1)
    if isinstance(answer, int):
        return answer
    document, text, code = answer
    if args.json:
        print(json.dumps(document, indent=2))
    elif text:
        print(text)
    return int(code)


def _load_plugins(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Import the files that the command line names; return the other words and the files."""
    # The options of a command depend on what plugins register, so plugins are imported first.
    if not any(word.partition("=")[0] == "--plugin" for word in words):
        return words, ()
    from liaf_ref._core.imports import import_plugin  # noqa: PLC0415 - only where it is needed

    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--plugin", action="append")
    try:
        known, others = parser.parse_known_args(words)
    except argparse.ArgumentError as error:
        raise InputError(f"--plugin: {error.message}") from error
    plugins = tuple(dict.fromkeys(str(Path(name).resolve()) for name in known.plugin))
    for plugin in plugins:
        import_plugin(Path(plugin))
    return others, plugins


def _fail(message: str, code: int) -> int:
    say(f"error: {message}")
    return code
