"""Command line: ``liaf-ref COMMAND``.

Exit codes: 0 success, 1 the run failed, 2 invalid input, 130 interrupted (Ctrl-C, SIGTERM, SIGHUP).
"""

import sys
import warnings
from collections.abc import Sequence

from liaf_ref.cli.command_line import run_command
from liaf_ref.cli.output import open_streams, say


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    return run_command(sys.argv[1:] if argv is None else list(argv))


def entry() -> None:
    """Entry point of the console script."""
    open_streams()
    warnings.showwarning = lambda message, *_, **__: say(f"warning: {message}")
    sys.exit(main())
