"""Rockpool's neurons with PyTorch as backend; their threshold is 1 by default."""

from collections.abc import Callable
from math import log
from typing import Any

from rockpool.nn.modules.torch import lif_neuron_torch, lif_torch

from liaf_ref.oracle.frameworks.probe import NeuronProbe
from liaf_ref.oracle.frameworks.torch_probe import has_parameter, make_sequence_runner


def probes() -> list[NeuronProbe]:
    """``LIFTorch`` with both surrogates, and ``LIFNeuronTorch``, which has no current."""
    layer = lif_torch.LIFTorch
    decays = {"leak_mode": "decays", "alpha": 0.5, "beta": 0.25}
    values = 'leak_mode="decays", alpha=1/2, beta=1/4'
    periodic = {"spike_generation_fn": lif_torch.PeriodicExponential}
    return [
        _probe(layer, "", {}),
        _probe(layer, values, decays),
        _probe(layer, f"{values}, max_spikes_per_dt=1", decays | {"max_spikes_per_dt": 1}),
        _probe(layer, f"{values}, spike_generation_fn=PeriodicExponential", decays | periodic),
        _probe(lif_neuron_torch.LIFNeuronTorch, "tau_mem=1 ms/ln 2", {"tau_mem": 1e-3 / log(2)}),
    ]


def _probe(layer: Any, settings: str, options: dict[str, Any]) -> NeuronProbe:
    def build(v_th: Any, count: int) -> Callable[[Any], tuple[Any, Any]]:
        node = layer(1, **options)
        # Its threshold is a parameter; a tensor takes its place.
        del node.threshold
        object.__setattr__(node, "threshold", v_th)

        def run(drive: Any) -> tuple[Any, Any]:
            Y, _, record = node(drive.movedim(0, 1), record=True)
            return Y.movedim(1, 0), record["vmem"].movedim(1, 0)

        return run

    node = layer(1, **options)
    learns = "yes" if has_parameter(node, "threshold") else "no"
    runner = make_sequence_runner(build)
    return NeuronProbe("rockpool", layer.__name__, settings, runner, float(node.threshold), learns)
