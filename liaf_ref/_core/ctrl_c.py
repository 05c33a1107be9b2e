"""Ctrl-C while a command starts or ends: one line, where Python would print a traceback.

The package imports this module first, and it imports what Python has loaded already.
"""

import _signal  # type: ignore[import-not-found]  # what ``signal`` wraps in enumerations
import os
import sys

INTERRUPTED = 130  # as shells report Ctrl-C


def exit_at_once(*_: object) -> None:
    """End the process, where there is nothing to clean up."""
    try:
        os.write(2, b"liaf-ref: error: interrupted\n")
    finally:
        os._exit(INTERRUPTED)


def on_ctrl_c(handler: object = _signal.default_int_handler) -> None:
    """Set what Ctrl-C does, unless it is ignored, as under ``nohup``."""
    if _signal.getsignal(_signal.SIGINT) in (_signal.default_int_handler, exit_at_once):
        _signal.signal(_signal.SIGINT, handler)


def is_command() -> bool:
    """Whether this process is the command, and not a program that imports the package."""
    program = os.path.basename("".join(sys.orig_argv[1:2]))  # noqa: PTH119 - loaded already
    return program in ("liaf-ref", "liaf-ref.exe") or sys.orig_argv[1:3] == ["-m", "liaf_ref"]


if is_command():
    on_ctrl_c(exit_at_once)
