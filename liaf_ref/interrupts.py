"""Ctrl-C and the processes that are begun: it reaches them all, and is for one alone."""

import contextlib
import signal
from collections.abc import Iterator
from multiprocessing import resource_tracker


@contextlib.contextmanager
def kept_from_children() -> Iterator[None]:
    """Begin processes that never get SIGINT, not before their first line either.

    A process inherits what is blocked where it is begun; were it to ignore the signal by
    itself, one that comes while it starts would end it with a traceback.  Here a signal that
    comes meanwhile is dealt with at the end of the block.  Where signals cannot be blocked
    (Windows), nothing is done.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    resource_tracker.ensure_running()  # which unblocks the signal when it begins
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
