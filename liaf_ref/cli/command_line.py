"""Runs one command, and makes one line and an exit code of what ends it."""

import argparse
import sys

from threadpoolctl import threadpool_limits

from liaf_ref._core.errors import LiafError, is_input_error, out_of_memory
from liaf_ref._core.signals import caused_by_interrupt
from liaf_ref._core.system import tune_malloc
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
            return _run(words)
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
    if not words:
        words = ["--help"]
    words, plugins = _load_plugins(words)
    args = build_parser(words).parse_args(words, argparse.Namespace(plugins=plugins))
    try:
        with signals_as_interrupt(), threadpool_limits(BLAS_THREADS), errors_as_options(args):
            return int(args.command(args))
    except MemoryError as error:
        return _fail(out_of_memory(error, getattr(args, "smaller", "pass less input")), 1)


def _load_plugins(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Import the plugins that the command line names."""
    if not any(word.partition("=")[0] == "--plugin" for word in words):
        return words, ()
    from liaf_ref.cli.run_options import load_plugins  # noqa: PLC0415 - only where it is needed

    return load_plugins(words)


def _fail(message: str, code: int) -> int:
    say(f"error: {message}")
    return code
