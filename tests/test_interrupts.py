"""Ctrl-C goes to the process that began the others, and to it alone."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from training.test_member import Scaled

from liaf_ref.interrupts import kept_from_children
from liaf_ref.sweep.process import Process
from liaf_ref.training.member import shared, start


def blocked() -> set[int]:
    """What this thread holds back."""
    return {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())}


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_waits_until_the_processes_have_begun() -> None:
    reached = []

    def begin() -> None:
        with kept_from_children():
            signal.raise_signal(signal.SIGINT)
            reached.append("the end")

    with pytest.raises(KeyboardInterrupt):
        begin()
    assert reached == ["the end"]
    assert signal.SIGINT not in blocked()


def test_what_was_blocked_before_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the tracker of resources, which unblocks the signal when it begins, begins."""
    tracker = partial(signal.pthread_sigmask, signal.SIG_UNBLOCK, {signal.SIGINT})
    monkeypatch.setattr("liaf_ref.interrupts.resource_tracker.ensure_running", tracker)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with kept_from_children():
            pass
        assert signal.SIGINT in blocked()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def test_where_signals_cannot_be_blocked_processes_begin_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(signal, "pthread_sigmask")
    with kept_from_children():
        pass


class Mask(Scaled):
    """Answers what its process holds back."""

    def forward(self, params: Any, x: Any) -> Any:
        return blocked(), None


def told() -> tuple[set[int], set[int], set[int]]:
    """What a process of a sweep, one of a team, and then the one that began both hold back."""
    with Process() as process:
        swept = process.result(process.run(blocked))
    network = Mask()
    member = start(network, shared(network.shapes()))
    member.send("forward", None)
    taught = member.receive()
    member.pipe.close()
    member.process.join()
    return swept, taught, blocked()


def test_processes_hold_it_back_from_their_first_line() -> None:
    """Begun by a new interpreter, in which nothing is running yet that unblocks it once."""
    tests = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", "from test_interrupts import told; print(told())"],
        env={**os.environ, "PYTHONPATH": f"{tests}{os.pathsep}{tests.parent}"},
        capture_output=True,
        text=True,
        check=True,
    )
    held = {signal.SIGINT.value}
    assert done.stdout.split("\n")[-2] == str((held, held, set()))
