"""Signals: an interrupted run stops after the current step and prints how to resume it."""

import argparse
import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import LiafError
from liaf_ref._core.system import END_SIGNALS, caused_by_interrupt, quote


@contextlib.contextmanager
def with_resume_hint(folder: Path, args: argparse.Namespace) -> Iterator[None]:
    """If the block is interrupted, add the command that resumes it to the message."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, LiafError) or not caused_by_interrupt(error):
            raise
        raise KeyboardInterrupt(resume_hint(folder, args)) from None


def resume_hint(folder: Path, args: argparse.Namespace) -> str:
    """Return the end of a message: the command that resumes the work in a folder."""
    words = ["resume", str(folder), *(word for name in args.plugins for word in ("--plugin", name))]
    if getattr(args, "cache", None) is not None:
        words += ["--cache", str(args.cache)]
    return f"; to continue: liaf-ref {' '.join(map(quote, words))}"


@contextlib.contextmanager
def signals_as_interrupt() -> Iterator[None]:
    """Let SIGTERM and SIGHUP stop a block as Ctrl-C does, unless they are handled or ignored."""
    main = threading.current_thread() is threading.main_thread()
    ours = [n for n in END_SIGNALS if main and signal.getsignal(n) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _raise_keyboard_interrupt)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _raise_keyboard_interrupt(*_: Any) -> None:
    raise KeyboardInterrupt
