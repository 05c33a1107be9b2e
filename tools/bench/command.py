"""The frame of the measuring commands: one BLAS thread, one-line errors, exit codes."""

import argparse
import sys
from collections.abc import Callable, Sequence

from threadpoolctl import threadpool_limits

from liaf_ref._core.errors import LiafError
from liaf_ref._core.system import tune_malloc
from liaf_ref.cli.options import Parser
from liaf_ref.cli.output import one_line


class BenchError(LiafError):
    """A measurement failed."""


def run_command(
    parser: Parser, command: Callable[[argparse.Namespace], None], argv: Sequence[str] | None
) -> int:
    """Run a command.

    Returns
    -------
    int
        Exit code: 0 success, 1 the measurement failed, 2 invalid input.
    """
    tune_malloc()  # as ``liaf-ref`` does
    args = parser.parse_args(argv)
    try:
        with threadpool_limits(1):
            command(args)
    except LiafError as error:
        print(f"{parser.prog}: error: {one_line(str(error))}", file=sys.stderr)
        return 1 if isinstance(error, BenchError) else 2
    return 0
