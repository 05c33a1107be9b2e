"""Command line: ``liaf-ref COMMAND``.

Exit codes: 0 success, 1 the run failed, 2 invalid input, 130 interrupted by Ctrl-C or SIGTERM.
This module imports the others when it runs, so that Ctrl-C during their import is one line too.
"""

import sys
import warnings
from collections.abc import Sequence

from liaf_ref._core.ctrl_c import exit_at_once, on_ctrl_c


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    from liaf_ref.cli.command_line import run_command  # noqa: PLC0415

    return run_command(sys.argv[1:] if argv is None else list(argv))


def entry() -> None:
    """Entry point of the console script."""
    # While modules are imported, and when the command has ended, there is nothing to clean up.
    on_ctrl_c(exit_at_once)
    from liaf_ref.cli import command_line, output  # noqa: F401, PLC0415

    output.open_streams()
    warnings.showwarning = lambda message, *_, **__: output.say(f"warning: {message}")
    on_ctrl_c()
    code = main()
    on_ctrl_c(exit_at_once)
    sys.exit(code)
