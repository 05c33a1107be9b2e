"""Handling of SIGINT (Ctrl-C): defer it, recognise it."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from liaf_ref._core.system import END_SIGNALS

INTERRUPT_SIGNALS = (*END_SIGNALS, signal.SIGINT)  # a command treats all as Ctrl-C


@contextlib.contextmanager
def defer_sigint() -> Iterator[None]:
    """Delay Ctrl-C until the end of the block."""
    # A zip archive whose member is being opened or closed cannot be closed, and raises; a signal
    # while it is released is lost.
    if threading.current_thread() is not threading.main_thread():  # only the main one has signals
        yield
        return
    actual: list[tuple[int, FrameType | None]] = []
    handlers = ((number, signal.getsignal(number)) for number in INTERRUPT_SIGNALS)
    before = {number: handler for number, handler in handlers if callable(handler)}
    try:
        for number in before:
            signal.signal(number, lambda *signalled: actual.append(signalled))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for last, frame in actual[-1:]:
            before[signal.Signals(last)](last, frame)


def caused_by_interrupt(error: BaseException | None) -> bool:
    """Whether an error is a KeyboardInterrupt or was caused by one."""
    # A module in C that imports another turns an interrupt of that import into an ImportError.
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None
