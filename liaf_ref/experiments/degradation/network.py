"""Degrade a trained LIAF network: replace Act by the spike, or remove the memory, by shares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Size
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import Activation, NamedLayer, NeuronLayer, Neurons, Params
from liaf_ref.layers.base import State, Tape
from liaf_ref.layers.kernel_set import KernelSet
from liaf_ref.layers.parameter_free import ParameterFreeLayer
from liaf_ref.networks import DVSNetwork

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


@dataclass(frozen=True, eq=False)
class _SubtractThreshold(ParameterFreeLayer):
    """``Y = X - v_th`` at every time step: the argument of Act for TR neurons, Eq. (8)."""

    equation = "Eq. (8)"
    shape: Size
    v_th: Array

    def _forward(
        self, params: Mapping[str, Array], X: Array, state: State, forms: KernelSet
    ) -> tuple[Array, State, Tape]:
        """Run without checks."""
        Y = X - self.v_th  # (8)
        return Y, (), Tape(None, forms, Y.shape, Y.dtype, ())

    def _backward(self, dY: Array, d_state: State, tape: Tape) -> tuple[Array, State, Params]:
        """Differentiate without checks."""
        return dY, (), {}


def interpolate_to_spike(
    network: DVSNetwork, params: Mapping[str, Array], share: float
) -> DVSNetwork:
    """Mix the Act of all neurons with the spike."""

    def mixed(name: str, neurons: Neurons) -> Pair:
        spike, act, s = neurons.kernel_arguments
        v_th = 0.0 if s else params[f"{name}.v_th"]
        curves = zip(act, spike, strict=True)
        return Pair(*(InterpolatedFunction(a, b, share, v_th) for a, b in curves))

    parts = (
        NamedLayer(
            name, layer if layer.neurons is None else layer.with_act(mixed(name, layer.neurons))
        )
        for name, layer in network.sequential.layers
    )
    return _with_layers(network, tuple(parts))


def scale_memory(network: DVSNetwork, params: Mapping[str, Array], share: float) -> Params:
    """Scale alpha and beta of all neurons."""
    neurons = {name for name, layer in network.sequential.flat_layers if layer.neurons is not None}
    ends = {f"{name}.{decay}" for name in neurons for decay in ("alpha", "beta")}
    return {name: (share * a).astype(a.dtype) if name in ends else a for name, a in params.items()}


def without_neurons(network: DVSNetwork, params: Mapping[str, Array]) -> tuple[DVSNetwork, Params]:
    """Replace neurons by their Act alone, which alpha = beta = 0 must be equal to."""
    parts: list[NamedLayer] = []
    saved = dict(params)
    for name, layer in network.sequential.layers:
        neurons = layer.neurons
        if neurons is None:
            parts.append(NamedLayer(name, layer))
            continue
        v_th, *_ = (saved.pop(f"{name}.{own}") for own in neurons.param_shapes())
        if isinstance(layer, NeuronLayer):
            parts.append(NamedLayer(name, layer.synapse))
        if neurons.threshold_related:
            b = saved.get(f"{name}.b")
            if b is not None and v_th.ndim == b.ndim:
                saved[f"{name}.b"] = b - v_th
            else:
                parts.append(NamedLayer(f"{name}_th", _SubtractThreshold(neurons.shape, v_th)))
        parts.append(NamedLayer(f"{name}_act", Activation(neurons.shape, str(neurons.act_name))))
    return _with_layers(network, tuple(parts)), saved


def _with_layers(network: DVSNetwork, layers: tuple[NamedLayer, ...]) -> DVSNetwork:
    chain = replace(network.sequential, layers=layers)
    return replace(network, sequential=chain)
