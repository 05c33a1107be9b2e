"""Ctrl-C goes to the process that began the others, and to it alone."""

import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from training.test_data_parallel import ScaleNetwork

from liaf_ref._core.system import block_sigint_in_children, caused_by_interrupt, defer_sigint
from liaf_ref.experiments.runner.execute import local_cluster
from liaf_ref.training.data_parallel import allocate_shared, start_worker


def blocked() -> set[int]:
    """What this thread holds back."""
    return {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())}


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_waits_until_the_processes_have_started() -> None:
    reached = []

    def begin() -> None:
        with block_sigint_in_children():
            signal.raise_signal(signal.SIGINT)
            reached.append("the end")

    with pytest.raises(KeyboardInterrupt):
        begin()
    assert reached == ["the end"]
    assert signal.SIGINT not in blocked()


def test_what_was_blocked_before_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the tracker of resources, which unblocks the signal when it begins, begins."""
    tracker = partial(signal.pthread_sigmask, signal.SIG_UNBLOCK, {signal.SIGINT})
    monkeypatch.setattr("multiprocessing.resource_tracker.ensure_running", tracker)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with block_sigint_in_children():
            pass
        assert signal.SIGINT in blocked()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def test_where_signals_cannot_be_blocked_processes_begin_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(signal, "pthread_sigmask")
    with block_sigint_in_children():
        pass


@pytest.mark.usefixtures("interruptible")
def test_what_cannot_be_left_half_way_is_brought_to_its_end() -> None:
    reached = []

    def work() -> None:
        with defer_sigint():
            with defer_sigint():
                signal.raise_signal(signal.SIGINT)
            reached.append("the inner end")
            signal.raise_signal(signal.SIGINT)
        reached.append("too far")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert reached == ["the inner end"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("interruptible")
def test_a_fault_that_comes_with_it_is_not_lost() -> None:
    @defer_sigint()
    def work() -> None:
        signal.raise_signal(signal.SIGINT)
        raise ValueError("a full disk")

    with pytest.raises(KeyboardInterrupt) as stopped:
        work()
    assert str(stopped.value.__context__) == "a full disk"


def test_signals_that_nobody_takes_for_it_are_left_to_the_system() -> None:
    """A library does not change what ends the process that uses it."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with defer_sigint():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_thread_that_gets_no_signals_puts_none_off() -> None:
    seen: list[Any] = []

    def work() -> None:
        with defer_sigint():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]


def chained_errors(*kinds: type[BaseException], cause: bool) -> BaseException:
    """The last of some errors, each raised where the one before was being dealt with."""
    last: BaseException | None = None
    for kind in kinds:
        error = kind()
        error.__cause__, error.__context__ = (last, None) if cause else (None, last)
        last = error
    assert last is not None
    return last


@pytest.mark.parametrize("cause", [True, False])
def test_ctrl_c_is_known_by_what_others_make_of_it(cause: bool) -> None:
    made = chained_errors(KeyboardInterrupt, ImportError, ValueError, cause=cause)
    assert caused_by_interrupt(made)
    assert caused_by_interrupt(KeyboardInterrupt())
    assert not caused_by_interrupt(chained_errors(OSError, ImportError, ValueError, cause=cause))


def signals_blocked_in_each_process() -> tuple[set[int], set[int], set[int]]:
    """What a process of a sweep, one of a team, and then the one that began both hold back."""
    with local_cluster(1) as client:
        swept = client.submit(blocked).result()
    network = ScaleNetwork()
    member = start_worker(network, allocate_shared(network.param_shapes()))
    taught = member.pool.submit(blocked).result()
    member.pool.shutdown()
    return swept, taught, blocked()


def test_processes_hold_it_back_from_their_first_line() -> None:
    """Begun by a new interpreter, in which nothing is running yet that unblocks it once."""
    tests = Path(__file__).parent
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from test_signals import signals_blocked_in_each_process as f; print(f())",
        ],
        env={**os.environ, "PYTHONPATH": f"{tests}{os.pathsep}{tests.parent}"},
        capture_output=True,
        text=True,
        check=True,
    )
    held = {signal.SIGINT.value}
    assert done.stdout.split("\n")[-2] == str((held, held, set()))
