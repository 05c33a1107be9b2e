"""Ctrl-C: whom it reaches, when, and what becomes of it on its way."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

INTERRUPT_SIGNALS = (signal.SIGTERM, signal.SIGINT)  # those that a command takes for Ctrl-C


@contextlib.contextmanager
def block_sigint_in_children() -> Iterator[None]:
    """Begin processes that never get SIGINT, not before their first line either.

    A process inherits what is blocked where it is begun; were it to ignore the signal by
    itself, one that comes while it starts would end it with a traceback.  Here a signal that
    comes meanwhile is dealt with at the end of the block.  Where signals cannot be blocked
    (Windows), nothing is done.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker  # noqa: PLC0415 - slow, and not in a browser

    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    resource_tracker.ensure_running()  # which unblocks the signal when it begins
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def defer_sigint() -> Iterator[None]:
    """Take Ctrl-C at the end of the block, not within.

    For what cannot be left half-way: an archive of ``zipfile`` whose member is being opened or
    closed cannot be closed either and raises instead, and a signal while it is released
    is lost.  Around a function, as ``@defer_sigint()``, its archive is given back within.  Python
    takes signals in the main thread; in others nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
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
    """Whether an error is Ctrl-C, or was caused by one.

    A module written in C that imports another, for instance, takes whatever ends that import
    for an ``ImportError``.
    """
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None
