"""The benchmark measures what it says, with frameworks or without; all compute the same."""

import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import bench
import benchmark
import numpy as np
import pytest

from liaf_ref.fast import neuron
from liaf_ref.kernels import activation, spike
from liaf_ref.kernels.array import Array
from liaf_ref.layers import GRU, LSTM, RNN, Params
from liaf_ref.networks import (
    ConvBlock,
    NetworkConfig,
    SequenceClassifier,
    dvs_network,
    gesture_network,
)

SMALL = NetworkConfig("small", (8, 6, 2), 3, (ConvBlock(3, (2, 2)), ConvBlock(4, None)), (5,), 4)
NETWORKS: dict[str, Callable[[], SequenceClassifier]] = {
    "liaf": partial(dvs_network, SMALL, dropout=0.0),
    "lif": partial(dvs_network, SMALL, "lif", dropout=0.0),
    "conv2d": partial(dvs_network, SMALL, "conv2d", dropout=0.0),
    "gesture-liaf": partial(gesture_network, network_config=SMALL),
    "gesture-lif": partial(gesture_network, "lif", network_config=SMALL),
}


@pytest.fixture
def no_frameworks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "jax"):
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, f"bench.{name}_baselines", raising=False)


@pytest.mark.usefixtures("no_frameworks")
@pytest.mark.parametrize("name", ["babi-gru", "neuron-1e4"])
def test_without_frameworks_no_baseline_is_measured_and_it_says_why(name: str) -> None:
    record = benchmark.measure_case(name, 1, 0)
    assert record["baselines"] == {}
    assert any("torch" in reason for reason in record["missing"])
    assert any("jax" in reason for reason in record["missing"])
    assert record["seconds"] > 0


def test_without_a_compiler_torch_compile_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(ImportError, match="no C\\+\\+ compiler 'no-such-compiler'"):
        import_module("bench.torch_baselines").Style(compiled=True).compile(len)


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # PyTorch's
def test_the_baselines_compute_the_same_neuron(monkeypatch: pytest.MonkeyPatch) -> None:
    """All gradients agree to float32 rounding."""
    torch = pytest.importorskip("torch")
    jax = pytest.importorskip("jax")
    # Without C++: what is tested is the code around the compiler.
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager"))
    rng = np.random.default_rng(0)

    def draw(*size: int) -> Array:
        return rng.normal(size=size).astype(np.float32)

    values = {name: np.full(5, x, np.float32) for name, x in bench.NEURON_PARAMS.items()}
    arrays: dict[str, Array] = {"I": draw(6, 4, 5), "dY": draw(6, 4, 5), "V": draw(4, 5)} | values
    p, choices = neuron.Params(**values), (spike.paper(bench.MU), activation.identity, neuron.TR)
    _, _, tape = neuron.forward(arrays["I"].swapaxes(0, 1), arrays["V"], p, *choices)
    dV = np.zeros_like(arrays["V"])
    dI, dV, dp = neuron.backward(arrays["dY"].swapaxes(0, 1), dV, tape, *choices)
    expected = [*dI.swapaxes(0, 1), dV, *dp]
    built = bench.baselines("neurons", arrays, torch=bench.TORCH_NEURONS, jax=bench.JAX_LOOPS)
    for name, build in built.items():
        got: Any = build()()
        leaves = [*got[0], *jax.tree.leaves(got[1:])] if "JAX" in name else got
        for a, b in zip(leaves, expected, strict=True):
            np.testing.assert_allclose(np.asarray(a), b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_jax_computes_the_same_recurrent_cell(cell: str) -> None:
    pytest.importorskip("jax")
    rng, layer = np.random.default_rng(0), {"rnn": RNN, "lstm": LSTM, "gru": GRU}[cell](3, 4)
    params = layer.init(rng, np.float32)
    X = rng.normal(size=(2, 5, 3)).astype(np.float32)
    Y, *_ = layer.forward(params, X)
    A = X.swapaxes(0, 1) @ params["W"] + params["b"]
    module = import_module("bench.jax_baselines")
    got = module.last_state(module.Style(), cell, A, params["U"])
    np.testing.assert_allclose(got, Y[:, -1], rtol=1e-5, atol=1e-6)


def test_the_baselines_compute_the_same_convolution() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("jax")
    case = bench.conv_case(3, 10, 12, 16, 0)
    ours: Any = case.ours()
    dX, dp = ours
    in_torch = dX.transpose(0, 3, 1, 2), dp.W.transpose(3, 2, 0, 1), dp.b
    for name, build in case.baselines.items():
        theirs: Any = build()()
        got_all, expected = (theirs, (dX, *dp)) if name == "JAX" else (theirs[1], in_torch)
        for got, want in zip(got_all, expected, strict=True):
            # All may transform; some 300 terms of order 1.
            np.testing.assert_allclose(got, want, rtol=0, atol=1e-5 * abs(want).max())


def _small(name: str) -> tuple[SequenceClassifier, Params, bench.Batch, Array, Params]:
    """A small network, its parameters, a batch, and our loss and gradients."""
    net, rng = NETWORKS[name](), np.random.default_rng(1)
    params = {key: p + 0.1 * rng.normal(size=p.shape) for key, p in net.init(rng, float).items()}
    frames, labels = bench.random_batch(net, 3, 0)
    data = bench.Batch(frames.astype(float), labels)
    logits, tape = net.forward(params, data.frames)
    loss, loss_tape = net.loss.forward(logits, data.labels)
    grads = net.backward(net.loss.backward(np.ones(()), loss_tape), tape)
    return net, params, data, loss, grads


@pytest.mark.parametrize("style", bench.TORCH_IMAGES)
@pytest.mark.parametrize("name", NETWORKS)
def test_networks_are_the_same_in_torch(
    name: str, style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch, "compile", lambda run, **_: run)
    net, params, data, loss, grads = _small(name)
    run = bench.network_baselines(net, params, data)[style]()
    other, other_grads = run()  # type: ignore[misc]
    assert abs(float(other) - float(loss)) < 1e-12 * float(loss)  # type: ignore[has-type]
    for (key, grad), theirs in zip(grads.items(), other_grads, strict=True):  # type: ignore[has-type]
        expected = grad
        if key.endswith(".W"):
            expected = grad.transpose(3, 2, 0, 1) if grad.ndim == 4 else grad.T
        # Sums of some hundred terms in another order; a bias before a norm is all rounding.
        found = theirs.numpy().reshape(-1)
        np.testing.assert_allclose(found, expected.reshape(-1), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["liaf", "gesture-lif"])
def test_networks_are_the_same_in_jax(name: str) -> None:
    jax = pytest.importorskip("jax")
    net, params, data, loss, grads = _small(name)
    with jax.enable_x64(True):
        run = bench.network_baselines(net, params, data)["JAX, scan"]()
        other, other_grads = run()  # type: ignore[misc]
    assert abs(float(other) - float(loss)) < 1e-12 * float(loss)  # type: ignore[has-type]
    for key, grad in grads.items():
        theirs = np.asarray(other_grads[key]).reshape(grad.shape)  # type: ignore[has-type]
        np.testing.assert_allclose(theirs, grad, rtol=1e-9, atol=1e-12)
