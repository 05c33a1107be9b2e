"""snnTorch's neurons; ``Leaky`` and its relatives want a ``beta`` and have no default for it."""

from collections.abc import Callable
from typing import Any

import snntorch

from liaf_ref.oracle.adapters.single_layer import surrogate_spike
from liaf_ref.oracle.frameworks.probe import NeuronProbe
from liaf_ref.oracle.frameworks.torch_probe import has_parameter, make_runner


def probes() -> list[NeuronProbe]:
    """``Leaky`` with each of its resets, and two relatives."""
    zero = {"beta": 0.5, "reset_mechanism": "zero"}
    near = zero | {"spike_grad": surrogate_spike(0.5), "learn_threshold": True}
    zeroed = 'beta=1/2, reset_mechanism="zero"'
    given = f"{zeroed}, spike_grad=(4) and (13), learn_threshold=True"
    at_once = {"reset_delay": False}
    return [
        _probe(snntorch.Leaky, "beta=1/2", {"beta": 0.5}),
        _probe(snntorch.Leaky, "beta=1/2, reset_delay=False", {"beta": 0.5} | at_once),
        _probe(snntorch.Leaky, zeroed, zero),
        _probe(snntorch.Leaky, given, near),
        _probe(snntorch.Leaky, f"{given}, reset_delay=False", near | at_once),
        _probe(snntorch.Lapicque, "beta=1/2", {"beta": 0.5}),
        _probe(snntorch.Synaptic, "alpha=1/4, beta=1/2", {"alpha": 0.25, "beta": 0.5}),
    ]


def _probe(neuron: Any, settings: str, options: dict[str, Any]) -> NeuronProbe:
    def build(v_th: Any, count: int) -> Callable[[Any], tuple[Any, Any]]:
        node = neuron(**(options | {"learn_threshold": False, "threshold": v_th}))
        state: list[Any] = []

        def step(x: Any) -> tuple[Any, Any]:
            y, *state[:] = node(x, *state)
            return y, state[-1]

        return step

    node = neuron(**options)
    asked = neuron(**(options | {"learn_threshold": True}))
    learns = "yes" if has_parameter(node, "threshold") else "no"
    if learns == "no" and has_parameter(asked, "threshold"):
        learns = "optional"
    return NeuronProbe(
        "snntorch",
        neuron.__name__,
        settings,
        make_runner(build),
        float(node.threshold.detach()),
        learns,
    )
