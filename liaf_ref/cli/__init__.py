"""Command line: ``liaf-ref COMMAND``.

Exit codes: 0 success, 1 the run failed, 2 invalid input, 130 interrupted by Ctrl-C or SIGTERM.
This module imports the others when it runs, so that Ctrl-C during their import is one line too.
"""

import contextlib
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from typing import Any

INTERRUPTED = 130  # as shells report Ctrl-C


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    from liaf_ref.cli.command_line import run_command  # noqa: PLC0415

    return run_command(sys.argv[1:] if argv is None else list(argv))


def entry() -> None:
    """Entry point of the console script."""
    # While modules are imported, and when the command has ended, there is nothing to clean up.
    _on_ctrl_c(_exit_at_once)
    from liaf_ref.cli import command_line, output  # noqa: F401, PLC0415

    output.open_streams()
    warnings.showwarning = lambda message, *_, **__: output.say(f"warning: {message}")
    _on_ctrl_c(signal.default_int_handler)
    code = main()
    _on_ctrl_c(_exit_at_once)
    sys.exit(code)


def _on_ctrl_c(handler: Any) -> None:
    if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, _exit_at_once):
        signal.signal(signal.SIGINT, handler)  # else it is ignored, as under ``nohup``


def _exit_at_once(*_: Any) -> None:
    with contextlib.suppress(OSError):
        os.write(2, b"liaf-ref: error: interrupted\n")
    os._exit(INTERRUPTED)
