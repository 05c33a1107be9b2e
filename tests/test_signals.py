"""Ctrl-C goes to the process that began the others, and to it alone."""

import os
import signal
import subprocess
import sys
from pathlib import Path

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
