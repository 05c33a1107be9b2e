"""A batch shared by processes gives the network's own logits and gradients."""

import os
import signal
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import start_python, trees_equal, wait_for
from threadpoolctl import threadpool_info

from liaf_ref import networks
from liaf_ref._core.errors import InputError, RunError
from liaf_ref.kernels.array import Array
from liaf_ref.layers import BatchNorm, Dense, Flatten, NamedLayer, Params, TimeMean
from liaf_ref.training.data_parallel import DataParallel

SMALL = networks.NetworkConfig(
    "small", (8, 6, 2), 3, (networks.ConvBlock(3, (2, 2)), networks.ConvBlock(4, None)), (5,), 4
)
B = 5
BABI = networks.BabiNetwork(7, "liaf", 3, 4)
# Sums of a few hundred float32 terms in another order.
CLOSE = partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-6)


def frames(batch: int = B) -> Array:
    rng = np.random.default_rng(3)
    return rng.poisson(0.3, (batch, 3, 8, 6, 2)).astype(np.float32)


def passes(net: Any, params: Params, *inputs: Any) -> tuple[Array, Params, Any]:
    logits, tape = net.forward(params, *inputs)
    dlogits = np.random.default_rng(4).normal(size=logits.shape).astype(np.float32)
    return logits, net.backward(dlogits, tape), tape


def check(one: tuple[Array, Params, Any], other: tuple[Array, Params, Any]) -> None:
    CLOSE(one[0], other[0])
    assert list(one[1]) == list(other[1])
    for name, grad in one[1].items():
        CLOSE(other[1][name], grad, err_msg=name)


def test_a_batch_in_two_shares_with_masks() -> None:
    net = networks.dvs_network(SMALL)
    params, given = net.init(np.random.default_rng(0)), net.draw_masks(np.random.default_rng(1), B)
    with DataParallel(net, 2) as workers:
        for batch in (B, 2, 1):  # one sample leaves the other member without
            masks = {name: M[:batch] for name, M in given.items()}
            inputs = params, frames(batch), masks
            check(passes(net.passes(), *inputs), passes(workers, *inputs))


def test_batch_normalisation_is_each_shares_own() -> None:
    net = networks.gesture_network(network_config=SMALL)
    params, X = net.init(np.random.default_rng(0)), frames()
    with DataParallel(net, 2) as workers:
        logits, grads, _ = passes(workers, params, X)
    one, two = (passes(net.passes(), params, x)[0] for x in (X[:3], X[3:]))
    CLOSE(logits, np.concatenate((one, two)))
    assert list(grads) == list(net.param_shapes())


def normalised(steps: str) -> networks.SequenceClassifier:
    """A network whose only normalisation sees the frames themselves."""
    flat, norm = NamedLayer("flat", Flatten((8, 6, 2))), NamedLayer("norm", BatchNorm((96,), steps))
    out = NamedLayer("out", Dense(96, 4)), NamedLayer("sum", TimeMean((4,)))
    return networks.SequenceClassifier((flat, norm, *out), SMALL.steps)


@pytest.mark.parametrize("steps", ["joint", "per_step"])
def test_running_statistics_are_those_of_one_process(steps: str) -> None:
    net = normalised(steps)
    params = net.init(np.random.default_rng(0))
    with DataParallel(net, 3) as workers:
        for batch in (5, 3, 2):  # shares of 2, 2, 1; 1, 1, 1; 1, 1 and none
            X = frames(batch) + np.arange(batch, dtype="f").reshape(batch, 1, 1, 1, 1)
            for part in (X, X[:, :1]):
                logits, tape = workers.forward(params, part)
                found = workers.update_running_stats(net.initial_running_stats(), tape)
                _, alone = net.passes().forward(params, part)
                expected = net.update_running_stats(net.initial_running_stats(), alone)
                assert np.isfinite(logits).all()
                assert list(found) == list(expected)
                for name, value in expected.items():
                    CLOSE(found[name], value, err_msg=name)
                again = workers.update_running_stats(net.initial_running_stats(), tape)
                assert trees_equal(again, found)


def text(seed: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 7, (B, 6)), rng.integers(0, 7, (B, 2))


@pytest.fixture(scope="module")
def three() -> Iterator[DataParallel]:
    with DataParallel(BABI, 3) as workers:
        yield workers


@pytest.mark.parametrize("wrong", [[0], [2], [2, 4], [0, 2]])  # of the first, second, third share
def test_a_batch_after_a_failed_one_is_right(three: DataParallel, wrong: list[int]) -> None:
    params, (story, query) = BABI.init(np.random.default_rng(0)), text(0)
    bad = story.copy()
    bad[wrong] += 100
    error = IndexError if 0 in wrong else RunError  # this process has the first share
    with pytest.raises(
        error, match="out of bounds" if 0 in wrong else "process failed: IndexError"
    ):
        three.forward(params, bad, query)
    inputs = params, *text(1)
    check(passes(BABI.passes(), *inputs), passes(three, *inputs))


def test_a_tape_is_that_of_the_last_batch(three: DataParallel) -> None:
    params = BABI.init(np.random.default_rng(0))
    logits, tape = three.forward(params, *text(0))
    three.forward(params, *text(1))
    message = "tape of DataParallel: expected the tape of the last forward, got another"
    with pytest.raises(InputError, match=message):
        three.backward(logits, tape)
    with pytest.raises(InputError, match=message):
        three.update_running_stats({}, tape)


def test_a_process_that_has_ended_is_an_error_and_not_a_wait() -> None:
    with DataParallel(BABI, 2) as workers:
        os.kill(workers.workers[0].pool.submit(os.getpid).result(), signal.SIGTERM)
        with pytest.raises(RunError, match="a worker process has ended"):
            workers.forward(BABI.init(np.random.default_rng(0)), *text(0))


KILLED = """
import os, signal
import liaf_ref as lr
from liaf_ref.training import DataParallel

if __name__ == "__main__":
    with DataParallel(lr.BabiNetwork(7, "gru"), 2) as parallel:
        parallel.workers[0].pool.submit(os.getpid).result()
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")
def test_a_process_ends_when_the_main_process_is_killed(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(KILLED)
    main = start_python("main.py", cwd=tmp_path)
    assert wait_for(main).returncode == -signal.SIGKILL  # at the end of all that hold its output


class ScaleNetwork:
    """y = w x."""

    def param_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"w": (2,)}

    def passes(self) -> Any:
        return self

    def forward(self, params: Any, x: Any) -> Any:
        return x * params["w"], x


class SettingsNetwork(ScaleNetwork):
    """Answers with the settings of its process."""

    inherited = False

    def forward(self, params: Any, x: Any) -> Any:
        threads = {pool["num_threads"] for pool in threadpool_info()}
        over, invalid = (np.geterr()[kind] for kind in ("over", "invalid"))
        handler = signal.getsignal(signal.SIGINT)
        return [[threads, over, invalid, handler, SettingsNetwork.inherited]], None


def test_a_process_begins_anew_with_one_thread_and_leaves_errors_and_ctrl_c_to_the_main_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SettingsNetwork, "inherited", True)  # by a fork, with locks of threads
    with DataParallel(SettingsNetwork(), 2) as workers:
        assert len(workers.workers) == 1  # beside this process
        logits, _ = workers.forward({"w": np.ones(2, np.float32)}, np.ones((2, 2), np.float32))
    assert list(logits[1]) == [{1}, "ignore", "ignore", signal.SIG_IGN, False]
