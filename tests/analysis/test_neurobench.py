"""NeuroBench's numbers against its own harness, on a network of LIF and LIAF neurons."""

from typing import Any

import numpy as np
import pytest

import liaf_ref as lr

models = pytest.importorskip("neurobench.models")  # before PyTorch, which takes seconds
torch: Any = pytest.importorskip("torch")
static = pytest.importorskip("neurobench.metrics.static")
workload = pytest.importorskip("neurobench.metrics.workload")


class Replayed(torch.nn.Module):  # type: ignore[misc]
    """Neurons with known outputs, a step a call."""

    def __init__(self, Y: Any) -> None:
        super().__init__()
        self.steps = [torch.tensor(Y[:, t]) for t in range(Y.shape[1])]

    def forward(self, drive: Any) -> Any:
        return self.steps.pop(0)


class Stepwise(torch.nn.Module):  # type: ignore[misc]
    """A convolution, neurons, a dense layer, neurons, a dense layer: step by step."""

    def __init__(self, params: dict[str, Any], spikes: Any, analog: Any) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(2, 3, 3, padding=1)
        self.dense, self.out = torch.nn.Linear(90, 8), torch.nn.Linear(8, 4)
        for name, axes in (("conv", (3, 2, 0, 1)), ("dense", (1, 0)), ("out", (1, 0))):
            W = torch.tensor(params[f"{name}.W"].transpose(axes).copy())
            getattr(self, name).weight = torch.nn.Parameter(W)
        self.spikes, self.analog = Replayed(spikes), Replayed(analog)

    def forward(self, X: Any) -> Any:
        for t in range(X.shape[1]):
            Y = self.spikes(self.conv(X[:, t].permute(0, 3, 1, 2)))
            Y = self.out(self.analog(self.dense(Y.flatten(1))))
        return Y


def test_numbers_are_those_of_the_harness() -> None:
    rng = np.random.default_rng(0)
    layers = [
        ("conv", lr.ConvLIF((6, 5, 2), 3)),
        ("flat", lr.Flatten((6, 5, 3))),
        ("dense", lr.DenseLIAF(90, 8, act="relu")),
        ("out", lr.Dense(8, 4)),
    ]
    net = lr.Sequential(layers)
    params = net.init(0, np.float32)
    params["dense.W"][rng.random((90, 8)) < 0.3] = 0
    X = rng.poisson(0.5, (3, 4, 6, 5, 2)).astype(np.float32)
    X[:, 1] = X[:, 1] > 0  # a step of spikes: its operations are accumulations
    ours = lr.analysis.measure_neurobench(net, params, X)

    spikes, _, _ = lr.Sequential(layers[:1])({n: a for n, a in params.items() if "conv" in n}, X)
    below = {n: a for n, a in params.items() if "out" not in n}
    analog, _, _ = lr.Sequential(layers[:3])(below, X)
    model = models.TorchModel(Stepwise(params, spikes, analog))
    model.add_activation_module(Replayed)
    model.register_hooks()
    data = torch.tensor(X), torch.zeros(3)
    model(data[0])
    theirs = workload.SynapticOperations()(model, None, data)
    assert (ours.dense, ours.effective_macs, ours.effective_acs) == (
        theirs["Dense"],
        theirs["Effective_MACs"],
        theirs["Effective_ACs"],
    )
    assert 0 < ours.effective_acs < ours.dense - ours.effective_macs
    assert ours.activation_sparsity == workload.ActivationSparsity()(model, None, data)
    assert round(ours.connection_sparsity, 4) == static.ConnectionSparsity()(model)
    of_neurons = 4 * 4 * (3 + 8)  # bytes of V_th, V_reset, alpha, beta of each channel
    assert ours.footprint == static.Footprint()(model) + of_neurons
