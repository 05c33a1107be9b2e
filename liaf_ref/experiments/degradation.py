"""Measure the three equivalences of Section II-C, and a trained network that is degraded."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from liaf_ref.experiments import equivalences
from liaf_ref.experiments.study import Study, TrainedNetwork
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import Activation, Driven, KernelSet, Layer, NamedLayer, Neurons, Params
from liaf_ref.layers.driven import neurons_of
from liaf_ref.layers.plain import Shaped
from liaf_ref.layers.types import Arrays, Grads, Pass, State
from liaf_ref.networks import SequenceClassifier

ElementwiseFunction = Callable[[Array], Array]
MIXING_SHARES = tuple(share / 10 for share in range(11))
COMPARED_RECORDINGS = 8  # recordings on which two networks are compared


def interpolate(
    act: ElementwiseFunction, spike: ElementwiseFunction, share: float, v_th: Array | float
) -> ElementwiseFunction:
    """``(1 - share) act(x) + share spike(x - v_th)``, entry by entry."""

    def mixed(x: Array) -> Array:
        total: Array = (1 - share) * act(x) + share * spike(x - v_th)
        return total.astype(x.dtype)

    return mixed


class _SubtractThreshold(Shaped):
    """``Y = X - v_th`` at every time step: the argument of Act for TR neurons, Eq. (8)."""

    equation = "Eq. (8)"
    v_th: Array

    def run(self, p: Arrays, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps."""
        return X - self.v_th, (), None  # (8)

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        return dY, (), {}


def interpolate_to_spike(
    network: SequenceClassifier, params: Mapping[str, Array], share: float
) -> SequenceClassifier:
    """Mix the Act of all neurons with the spike."""

    def degraded(name: str, layer: Layer) -> Layer:
        neurons = neurons_of(layer)
        if neurons is None:
            return layer
        v_th = 0.0 if neurons.neuron.mode == "TR" else params[f"{name}.v_th"]
        curves = zip(neurons.neuron.activation, neurons.neuron.spike_pair, strict=True)
        act = Pair(*(interpolate(a, b, share, v_th) for a, b in curves))
        own = replace(neurons, neuron=replace(neurons.neuron, act=act, output=None))
        return replace(layer, dynamics=own) if isinstance(layer, Driven) else own

    parts = [NamedLayer(name, degraded(name, layer)) for name, layer in network.sequential.layers]
    return replace(network, sequential=type(network.sequential)(parts))


def scale_memory(network: SequenceClassifier, params: Mapping[str, Array], share: float) -> Params:
    """Scale both decays of all neurons."""
    neurons = {name for name, layer in network.sequential.stages if isinstance(layer, Neurons)}
    ends = {f"{name}.{decay}" for name in neurons for decay in equivalences.DECAYS}
    return {name: (share * a).astype(a.dtype) if name in ends else a for name, a in params.items()}


def without_neurons(
    network: SequenceClassifier, params: Mapping[str, Array]
) -> tuple[SequenceClassifier, Params]:
    """Replace neurons by their Act alone, which neurons without memory must be equal to."""
    parts: list[NamedLayer] = []
    saved = dict(params)
    for name, layer in network.sequential.layers:
        neurons = neurons_of(layer)
        if neurons is None:
            parts.append(NamedLayer(name, layer))
            continue
        v_th, *_ = (saved.pop(f"{name}.{own}") for own in neurons.shapes)
        if isinstance(layer, Driven):
            parts.append(NamedLayer(name, layer.synapse))
        if neurons.neuron.mode == "TR":
            b = saved.get(f"{name}.b")
            if b is not None and v_th.ndim == b.ndim:
                saved[f"{name}.b"] = b - v_th
            else:
                parts.append(NamedLayer(f"{name}_th", _SubtractThreshold(neurons.shape, v_th)))
        parts.append(
            NamedLayer(f"{name}_act", Activation(neurons.shape, str(neurons.neuron.act_name)))
        )
    return replace(network, sequential=type(network.sequential)(parts)), saved


def measure_degradation(
    networks: Mapping[str, TrainedNetwork], on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Measure the equivalences, and the accuracy of a network as it is degraded."""
    on_progress("comparing layers")
    found = [equivalence._asdict() for equivalence in equivalences.measure_all()]
    liaf = networks["liaf"]
    network, params = liaf.network, liaf.params
    interpolation, memory_scaling = [], []
    for share in MIXING_SHARES:
        on_progress(f"Act {100 * share:.0f} % spike, and {100 * share:.0f} % of the memory")
        mixed = interpolate_to_spike(network, params, share) if share else network
        interpolation.append({"share": share} | _score(liaf, mixed, params))
        scaled = scale_memory(network, params, share)
        memory_scaling.append({"share": share} | _score(liaf, network, scaled))
    return {
        "equivalences": found,
        "remaining_effects": equivalences.remaining_effects(),
        "stateless_error": _stateless_error(liaf),
        "interpolation": interpolation,
        "memory_scaling": memory_scaling,
        "majority_accuracy": liaf.majority_accuracy(),
        "recordings": len(liaf.test),
    }


def _score(liaf: TrainedNetwork, network: SequenceClassifier, params: Params) -> dict[str, float]:
    """The test accuracy and loss of a degraded network."""
    score = liaf._replace(network=network, params=params).test_score()
    return {"accuracy": score.accuracy, "loss": score.loss}


def _stateless_error(liaf: TrainedNetwork) -> float:
    """Compare the logits of neurons without memory and without neurons, in float64."""
    frames, _ = next(liaf.batches(liaf.test, COMPARED_RECORDINGS))
    exact, given = (
        {name: array.astype(np.float64) for name, array in arrays.items()}
        for arrays in (liaf.params, liaf.running_stats)
    )
    network, params = without_neurons(liaf.network, exact)
    X = frames.astype(np.float64)
    ours, _ = liaf.network.forward(scale_memory(liaf.network, exact, 0.0), X, given)
    theirs, _ = network.forward(params, X, given)
    return equivalences.max_ulp_errors({"logits": ours}, {"logits": theirs})["logits"]


DEGRADATION = Study(
    "degradation",
    "Section II-C",
    "Check that LIAF reduces to LIF, perceptron, convolution and RNN in its special cases,\n"
    "entry by entry, and move a trained network towards them step by step.",
    ("liaf",),
    measure_degradation,
)
