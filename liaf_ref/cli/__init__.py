"""Command line: ``liaf-ref COMMAND``. Exit codes: 0 success, 1 the run failed, 2 invalid input."""

import argparse
import io
import os
import sys
import warnings
from collections.abc import Sequence

from threadpoolctl import threadpool_limits

from liaf_ref._core.errors import LiafError, is_input_error
from liaf_ref._core.signals import caused_by_interrupt
from liaf_ref.cli.interrupt import sigterm_as_interrupt
from liaf_ref.cli.options import truncate
from liaf_ref.cli.parser import build_parser
from liaf_ref.fast.memory_layout import tune_malloc

BLAS_THREADS = 1  # fastest for these small networks; more threads would also round sums differently


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command."""
    words = sys.argv[1:] if argv is None else list(argv)
    tune_malloc()
    try:
        words, plugins = _load_plugins(words)
        args = build_parser(words).parse_args(words, argparse.Namespace(plugins=plugins))
        with sigterm_as_interrupt(), threadpool_limits(BLAS_THREADS):
            return int(args.command(args))
    except LiafError as error:
        return _fail(str(error), 2 if is_input_error(error) else 1)
    except BrokenPipeError:
        raise
    except OSError as error:  # for example a folder without permission to read
        return _fail(f"{error.filename}: {error.strerror or error}", 2)
    except KeyboardInterrupt as error:
        return _fail(f"interrupted{error}", 1)
    except BaseException as error:
        if not caused_by_interrupt(error):
            raise
        return _fail("interrupted", 1)


def _load_plugins(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Import the plugins that a command names, or that the folder to resume names."""
    named = any(word.partition("=")[0] == "--plugin" for word in words)
    if not named and words[:1] != ["resume"]:
        return words, ()
    from liaf_ref.cli.run_options import load_plugins  # noqa: PLC0415 - only where it is needed

    return load_plugins(words)


def entry() -> None:
    """Entry point of the console script."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # as stderr does: no traceback for a character that cannot be printed
    warnings.showwarning = _print_warning
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of the output has closed it: ``liaf-ref list | head``
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


def _print_warning(message: Warning | str, *args: object, **kwargs: object) -> None:
    print(f"liaf-ref: warning: {message}", file=sys.stderr)


def _fail(message: str, code: int) -> int:
    print(f"liaf-ref: error: {truncate(message)}", file=sys.stderr)
    return code
