"""Convert NIR nodes to layers."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    as_array,
    check_float_array,
    check_float_dtype,
    check_params,
    check_shape,
)
from liaf_ref.interop.nir_chain import nodes_in_order
from liaf_ref.interop.nir_euler import ConversionOptions
from liaf_ref.interop.nir_metadata import read_metadata
from liaf_ref.interop.nir_node import NeuronNode, read_neuron_node
from liaf_ref.interop.nir_range import LINEAR_FIELDS, NEURON_FIELDS, check_nodes
from liaf_ref.interop.stage import Stage
from liaf_ref.kernels import neuron
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import Dense, DirectLIAF, DirectLIF, Driven, Neurons, Params

INITIAL_POTENTIALS = ("zero", "v_leak", "v_reset")


@dataclass(frozen=True)
class NirImporter:
    """Options of an import."""

    options: ConversionOptions
    dtype: Any
    sharing: str
    initial_potential: str | None
    analog: str | None
    spike: Pair

    def import_stages(self, graph: Any) -> list[Stage]:
        """Import all nodes."""
        nodes = nodes_in_order(graph)
        check_nodes(dict(nodes))
        dtype = self._common_dtype(nodes)
        found: list[Stage] = []
        width: tuple[int, ...] | None = None
        for name, node in nodes:
            source = f"node {name!r} of the NIR graph"
            if type(node).__name__ in LINEAR_FIELDS:
                stage = _make_linear(node, dtype, source)
                _check_width(stage.layer.in_shape, width, source)
                width = stage.params["W"].shape[1:]
            else:
                read = read_neuron_node(node, dtype, self.options.dt, source)
                stage = self._make_neurons(read)
                _check_width(stage.layer.in_shape, width, source)
                width = stage.layer.in_shape
                synapse = found.pop() if found and isinstance(found[-1].layer, Dense) else None
                stage = self._attach_synapse(synapse, stage, read)
            check_params(stage.params, stage.layer.shapes, source)
            found.append(stage)
        return found

    def _common_dtype(self, nodes: list[tuple[str, Any]]) -> Any:
        dtype = self.dtype
        if dtype is None:
            dtype = np.result_type(
                *(
                    as_array(field, getattr(node, field), f"node {name!r} of the NIR graph")
                    for name, node in nodes
                    for field in (LINEAR_FIELDS | NEURON_FIELDS)[type(node).__name__]
                )
            )
        return check_float_dtype("dtype", dtype, "from_nir", ("float32", "float64"))

    def _make_neurons(self, neuron_node: NeuronNode) -> Stage:
        p = neuron_node.to_discrete(self.initial_potential, self.options)
        layer = self._make_layer(neuron_node, p.alpha.shape[1:] + p.alpha.shape[:1])
        last = {name: _channels_last(value) for name, value in p._asdict().items()}
        params = {
            name: _reduce_to_shared(name, last[name], layer, neuron_node.source)
            for name in neuron.Params._fields
        }
        return Stage(
            layer, params, check_float_array("V0", last["V0"], layer.shape, neuron_node.source)
        )

    def _make_layer(self, neuron_node: NeuronNode, shape: tuple[int, ...]) -> Neurons:
        found = read_metadata(neuron_node.node)
        act, mode = found.get("act"), str(found.get("mode"))
        if not neuron_node.fires:
            act, mode = "identity", "NTR"
        elif self.analog is None or "analog" not in found:
            return DirectLIF(shape, sharing=self.sharing, spike=self.spike)
        if act not in ACTIVATIONS:
            reason = f"expected one of {', '.join(ACTIVATIONS)} to restore, got {act!r}"
            raise InputError.for_argument("act", neuron_node.source, reason)
        return DirectLIAF(shape, act=act, mode=mode, sharing=self.sharing, spike=self.spike)

    def _attach_synapse(
        self, synapse: Stage | None, neurons: Stage, neuron_node: NeuronNode
    ) -> Stage:
        factor = neuron_node.residual_gain(self.options)
        self._check_fold(synapse, factor, neuron_node.source)
        if synapse is None:
            return neurons
        params: Params = {name: value * factor for name, value in synapse.params.items()}
        layer, dynamics = synapse.layer, neurons.layer
        if not isinstance(layer, Dense) or not isinstance(dynamics, Neurons):
            raise TypeError(f"a {type(layer).__name__} that drives a {type(dynamics).__name__}")
        return Stage(Driven(layer, dynamics), {**params, **neurons.params}, neurons.V0)

    def _check_fold(self, synapse: Stage | None, factor: Array, source: str) -> None:
        off = np.argwhere(factor != 1)
        if not len(off) or (synapse is not None and self.options.fold_gain):
            return
        index = tuple(int(i) for i in off[0])
        way = "there are no preceding weights to multiply by it"
        if synapse is not None:
            way = "pass fold_gain=True to multiply the preceding weights by it"
        reason = f"expected tau / dt (1 / dt without tau), got {factor[index]} times that"
        raise InputError.for_argument("r", source, f"{reason} at index {index}; {way}")


def _make_linear(node: Any, dtype: Any, source: str) -> Stage:
    stored = check_shape("weight", node.weight, ("L", "K"), source)
    weight = check_float_array("weight", stored.astype(dtype), ("L", "K"), source)
    L, K = weight.shape
    params = {"W": np.ascontiguousarray(weight.T)}
    bias = type(node).__name__ == "Affine"
    if bias:
        stored = check_shape("bias", node.bias, (L,), source)
        params["b"] = check_float_array("bias", stored.astype(dtype), (L,), source)
    return Stage(Dense(K, L, bias), params)


def _check_width(got: tuple[int, ...], width: tuple[int, ...] | None, source: str) -> None:
    if width is not None and got != width:
        raise InputError.for_argument(
            "input", source, f"expected shape {got}, got {width} from the previous node"
        )


def _channels_last(value: Array) -> Array:
    """Turn (L, H, W) to (H, W, L); one axis stays."""
    return np.ascontiguousarray(np.moveaxis(value, 0, -1))


def _reduce_to_shared(name: str, value: Array, layer: Neurons, source: str) -> Array:
    """Reduce equal values to the shape of a shared parameter."""
    saved = value[(0,) * (value.ndim - 1)] if layer.neuron.sharing == "channel" else value
    saved = value.reshape(-1)[:1] if layer.neuron.sharing == "all" else saved
    differs = np.argwhere(value != np.broadcast_to(saved, value.shape))
    if len(differs):
        index = tuple(int(i) for i in differs[0])
        reason = (
            f"expected equal values, as sharing is {layer.neuron.sharing!r}, got {value[index]}"
        )
        raise InputError.for_argument(name, source, f"{reason} at index {index}")
    return saved.copy()
