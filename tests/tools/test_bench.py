"""The benchmark measures what it says, with frameworks or without; all compute the same."""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import bench
import benchmark
import numpy as np
import pytest
from bench import operations

from liaf_ref.kernels.array import Array
from liaf_ref.networks import (
    ConvBlock,
    NetworkConfig,
    SequenceClassifier,
    dvs_network,
    gesture_network,
)

SMALL = NetworkConfig("small", (8, 6, 2), 3, (ConvBlock(3, (2, 2)), ConvBlock(4, None)), (5,), 4)
NETWORKS: dict[str, Callable[[], SequenceClassifier]] = {
    **{c: partial(dvs_network, SMALL, c, dropout=0.0) for c in ("liaf", "lif", "conv2d")},
    **{f"gesture-{c}": partial(gesture_network, c, network_config=SMALL) for c in ("liaf", "lif")},
}


@pytest.fixture
def no_frameworks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "jax"):
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, f"bench.in_{name}", raising=False)


@pytest.mark.usefixtures("no_frameworks")
@pytest.mark.parametrize("name", ["babi-gru", "neuron-1e4"])
def test_without_frameworks_no_baseline_is_measured_and_it_says_why(name: str) -> None:
    times, missing = benchmark.measure_case(bench.CASES[name][1](0), 1)
    assert [*times] == ["ours"]
    assert {part in reason for part in ("torch", "jax") for reason in missing} == {True, False}
    assert min(times["ours"]) > 0
    assert name in benchmark.format_rows(name, times)


def test_a_baseline_that_does_not_run_is_named() -> None:
    def fail() -> None:
        raise RuntimeError("no C++ compiler\nand more")

    case = bench.Case(lambda: None, {"compiled": lambda: fail})
    times, missing = benchmark.measure_case(case, 1)
    assert (missing, [*times]) == (["compiled: no C++ compiler"], ["ours"])
    shown = benchmark.format_rows("made", {"ours": [1, 2], "slow": [4, 4], "fast": [2, 1]})
    rows = [line.split()[-6:] for line in shown.splitlines()]
    assert [row[0] for row in rows] == ["fast", "slow"]
    assert rows[1][1:] == ["4000.000", "0.375", "(0.250", "-", "0.500)"]


def check(baselines: bench.Baselines, grads: Mapping[str, Array], **close: Any) -> None:
    """Compare the gradients of each baseline with ours."""
    torch, _ = map(pytest.importorskip, ("torch", "jax"))
    for name, build in baselines.items():
        with pytest.MonkeyPatch.context() as patch:  # without C++: the code around the compiler
            patch.setattr(torch, "compile", lambda run, **_: run)
            result: Any = build()()
        for key, ours in grads.items():
            got, expected = result[1][key], ours
            if not name.startswith("JAX"):
                got = [x.grad.numpy() for x in (got if isinstance(got, list) else [got])]
                if key.endswith("W"):
                    expected = ours.transpose((3, 2, 0, 1) if ours.ndim == 4 else (1, 0))
            got = np.reshape(got, expected.shape)
            np.testing.assert_allclose(got, expected, **close, err_msg=f"{name}: {key}")


def test_the_baselines_compute_the_same_neuron() -> None:
    """All gradients agree to float32 rounding."""
    case = bench.neuron_case(400, 0)
    dI, dV, dp = cast(Any, case.ours())
    grads = {"I": dI.swapaxes(0, 1), "V": dV, **dp._asdict()}
    check(case.baselines, grads, rtol=1e-5, atol=2e-5)


def test_the_baselines_compute_the_same_convolution() -> None:
    case = bench.conv_case(3, 10, 12, 16, 0)
    dX, dp = cast(Any, case.ours())
    # All may transform; some 300 terms of order 1.
    check(case.baselines, {"X": dX[None], **dp._asdict()}, rtol=0, atol=2e-4)


@pytest.mark.parametrize("cell", operations.GATES)
def test_the_baselines_compute_the_same_cell(cell: str) -> None:
    case = bench.babi_case(cell, 0)
    # PyTorch's own orders the gates otherwise, and its GRU is another; to unroll takes XLA seconds.
    others = {"PyTorch", "JAX, unroll 10", *(["JAX"] if cell in ("lif", "rnn", "gru") else [])}
    same = {name: case.baselines[name] for name in case.baselines.keys() - others}
    check(same, cast(Any, case.ours()), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_baselines_compute_the_same_network(name: str) -> None:
    net, rng = NETWORKS[name](), np.random.default_rng(1)
    params = {key: p + 0.1 * rng.normal(size=p.shape) for key, p in net.init(rng, float).items()}
    frames, labels = bench.random_batch(net, 3, 0)
    logits, tape = net.forward(params, frames.astype(float))
    _, loss_tape = net.loss.forward(logits, labels)
    grads = net.backward(net.loss.backward(np.ones(()), loss_tape), tape)
    work = bench.network_work(net, params, frames.astype(float), labels)
    with pytest.importorskip("jax").enable_x64(True):
        # Sums of some hundred terms in another order; a bias before a norm is all rounding.
        # XLA compiles for seconds: all layers of both networks, with each kind of neuron once.
        jax: bench.Programs = {} if name in ("gesture-liaf", "lif") else {"JAX": {}}
        check(work.baselines(bench.TORCH, jax), grads, rtol=1e-9, atol=1e-12)
