"""Degrade a trained LIAF network: replace Act by the spike, or remove the memory, by shares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import Activation, Driven, KernelSet, Layer, NamedLayer, Neurons, Params
from liaf_ref.layers.driven import neurons_of
from liaf_ref.layers.layer import Given, Grads, Pass, State
from liaf_ref.layers.plain import Shaped
from liaf_ref.networks import SequenceClassifier

ElementwiseFunction = Callable[[Array], Array]


@dataclass(frozen=True)
class InterpolatedFunction:
    """``(1 - share) act(x) + share spike(x - v_th)``, entry by entry."""

    act: ElementwiseFunction
    spike: ElementwiseFunction
    share: float
    v_th: Array | float

    def __call__(self, x: Array) -> Array:
        mixed: Array = (1 - self.share) * self.act(x) + self.share * self.spike(x - self.v_th)
        return mixed.astype(x.dtype)


class _SubtractThreshold(Shaped):
    """``Y = X - v_th`` at every time step: the argument of Act for TR neurons, Eq. (8)."""

    equation = "Eq. (8)"
    v_th: Array

    def run(self, p: Given, X: Array, state: State, kernels: KernelSet) -> Pass:
        """Run all time steps."""
        return X - self.v_th, (), None  # (8)

    def back(self, dY: Array, d_state: State, saved: Any, kernels: KernelSet) -> Grads:
        """Differentiate :meth:`run`."""
        return dY, (), {}


def interpolate_to_spike(
    network: SequenceClassifier, params: Mapping[str, Array], share: float
) -> SequenceClassifier:
    """Mix the Act of all neurons with the spike."""

    def mixed(name: str, neurons: Neurons) -> Pair:
        spike, act = neurons.neuron.fires, neurons.neuron.activation
        v_th = 0.0 if neurons.neuron.mode == "TR" else params[f"{name}.v_th"]
        curves = zip(act, spike, strict=True)
        return Pair(*(InterpolatedFunction(a, b, share, v_th) for a, b in curves))

    def degraded(name: str, layer: Layer) -> Layer:
        neurons = neurons_of(layer)
        if neurons is None:
            return layer
        act = mixed(name, neurons)
        own = replace(neurons, neuron=replace(neurons.neuron, act=act, output=None))
        return replace(layer, dynamics=own) if isinstance(layer, Driven) else own

    parts = [NamedLayer(name, degraded(name, layer)) for name, layer in network.sequential.layers]
    return _with_layers(network, parts)


def scale_memory(network: SequenceClassifier, params: Mapping[str, Array], share: float) -> Params:
    """Scale alpha and beta of all neurons."""
    neurons = {name for name, layer in network.sequential.stages if isinstance(layer, Neurons)}
    ends = {f"{name}.{decay}" for name in neurons for decay in ("alpha", "beta")}
    return {name: (share * a).astype(a.dtype) if name in ends else a for name, a in params.items()}


def without_neurons(
    network: SequenceClassifier, params: Mapping[str, Array]
) -> tuple[SequenceClassifier, Params]:
    """Replace neurons by their Act alone, which alpha = beta = 0 must be equal to."""
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
    return _with_layers(network, parts), saved


def _with_layers(network: SequenceClassifier, layers: list[NamedLayer]) -> SequenceClassifier:
    chain = type(network.sequential)(layers)
    return replace(network, sequential=chain)
