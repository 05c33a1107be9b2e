"""A member of a team, served in this process: what it answers to what it is asked."""

import multiprocessing
import signal
import threading
import weakref
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from liaf_ref.training.worker import WorkerServer, allocate_shared, array_views, worker_main

REQUESTS = [
    ("forward", (np.ones((1, 2), np.float32),)),
    ("backward", (np.full((1, 2), 3, np.float32),)),
    ("statistics", ()),
    ("forward", (np.full((1, 2), 3e38, np.float32),)),
    ("nothing", ()),
    ("backward", ("no gradient",)),
]


class ScaleNetwork:
    """y = w x, of which each answer can be told."""

    def __init__(self) -> None:
        self.threads: set[int] = set()

    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"w": (2,), "b": (1, 3)}

    def unchecked_functions(self) -> "ScaleNetwork":
        return self

    def forward(self, params: Any, x: Any) -> Any:
        self.threads |= {pool["num_threads"] for pool in threadpool_info()}
        return x * params["w"] + params["b"].sum(), ("tape", x)

    def backward(self, dy: Any, tape: Any) -> Any:
        assert tape[0] == "tape"
        return {"w": (dy * tape[1]).sum(0), "b": np.full((1, 3), 7.0)}

    def statistics(self, tape: Any) -> Any:
        return {"sum": float(tape[1].sum())}


@pytest.fixture
def interrupt() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupt")
def test_what_is_asked_is_answered_in_turn_and_a_failure_stated() -> None:
    network, (here, there) = ScaleNetwork(), multiprocessing.Pipe()
    params, grads = allocate_shared(network.param_shapes()), allocate_shared(network.param_shapes())
    given = array_views(params, network.param_shapes())
    given["w"][...], given["b"][...] = (2, 4), 1
    answers: list[Any] = []

    def ask() -> None:
        with here:  # closed whatever happens, or the member would wait for ever
            for question in REQUESTS:
                here.send(question)
                if here.poll(10):
                    answers.append(here.recv())

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    worker_main(network, there, params, grads)
    asking.join()
    there.close()
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    assert network.threads == {1}
    (first, *_), (nothing, *_), (seen, *_), (beyond, *_) = answers[:4]
    np.testing.assert_array_equal(first, [[5, 7]])
    assert nothing is None
    np.testing.assert_array_equal(array_views(grads, network.param_shapes())["w"], [3, 3])
    np.testing.assert_array_equal(array_views(grads, network.param_shapes())["b"], [[7, 7, 7]])
    assert seen == {"sum": 2.0}
    assert np.isinf(beyond).all()  # the caller looks at it
    assert [failure for _, failure in answers[:4]] == [None] * 4
    assert answers[4] == (None, "KeyError: 'nothing'")
    answer, failure = answers[5]
    assert answer is None
    assert "Error: " in failure


class WeakTape(NamedTuple):
    """A tape that can be looked for."""

    x: Any


class TapeWatcher(ScaleNetwork):
    """Looks whether the tape of its last forward pass is still there."""

    def __init__(self) -> None:
        super().__init__()
        self.last: Any = lambda: None
        self.found: list[Any] = []

    def forward(self, params: Any, x: Any) -> Any:
        self.found.append(self.last())
        x = x + params["w"]
        self.last = weakref.ref(x)
        return x.sum(), WeakTape(x)


def test_a_members_old_tape_is_gone_before_the_next_is_made() -> None:
    network, params = TapeWatcher(), {"w": np.ones(2)}
    server = WorkerServer(network, params, {})
    for _ in range(3):
        server.forward(np.ones(2))
    assert network.last() is server.tape.x
    assert network.found == [None] * 3


class AbandonedWorker(ScaleNetwork):
    """Is left alone while it computes."""

    def __init__(self, asking: Any) -> None:
        super().__init__()
        self.asking = asking

    def forward(self, params: Any, x: Any) -> Any:
        self.asking.close()
        return super().forward(params, x)


@pytest.mark.usefixtures("interrupt")
@pytest.mark.parametrize("x", [1.0, "no number"])  # answered, and failed
def test_a_member_that_is_left_while_it_computes_ends_quietly(x: Any) -> None:
    here, there = multiprocessing.Pipe()
    network = AbandonedWorker(here)
    here.send(("forward", (x,)))
    with there:
        worker_main(
            network,
            there,
            allocate_shared(network.param_shapes()),
            allocate_shared(network.param_shapes()),
        )


@pytest.mark.usefixtures("interrupt")
def test_a_member_whose_answer_nobody_reads_ends_quietly() -> None:
    network, (here, there) = ScaleNetwork(), multiprocessing.Pipe()

    def ask() -> None:
        with here:
            here.send(REQUESTS[0])
            here.poll(10)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    with there:
        worker_main(
            network,
            there,
            allocate_shared(network.param_shapes()),
            allocate_shared(network.param_shapes()),
        )
    asking.join()
