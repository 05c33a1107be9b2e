"""Read a NIR graph: its nodes in the order of the signal, as layers."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import (
    REAL,
    as_array,
    check_float_array,
    check_float_dtype,
    check_params,
    check_shape,
)
from liaf_ref.interop.nir_euler import (
    LINEAR_FIELDS,
    NEURON_FIELDS,
    STORED_KEYS,
    V0_KEY,
    ConversionOptions,
    DiscreteNeurons,
    NodeFields,
    Stage,
    check_nodes,
    check_tau,
    from_nir_fields,
    input_gain,
    metadata_array,
    metadata_neurons,
    read_metadata,
    unreachable_threshold,
)
from liaf_ref.kernels import neuron
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import Dense, DirectLIAF, DirectLIF, Driven, Neurons, Params


def nodes_in_order(graph: Any) -> list[tuple[str, Any]]:
    """Return the nodes of an unbranched graph, from Input to Output."""
    after = {name: [b for a, b in graph.edges if a == name] for name in graph.nodes}
    before = {name: [a for a, b in graph.edges if b == name] for name in graph.nodes}
    name = _single_node(graph, "Input")
    last = _single_node(graph, "Output")
    path = [name]
    while name != last:
        name = _single_neighbor(after[name], name, "successor")
        if name not in after:
            raise _refuse(name, "a node of this name, got none")
        _single_neighbor(before[name], name, "predecessor")
        if name in path:
            raise _refuse(name, "no cycle, got one")
        path.append(name)
    lost = [name for name in graph.nodes if name not in path]
    if lost:
        reason = "a node on the path from Input to Output, got one that is not connected to both"
        raise _refuse(lost[0], reason)
    return [(name, graph.nodes[name]) for name in path[1:-1]]


def _single_node(graph: Any, kind: str) -> str:
    found = [name for name, node in graph.nodes.items() if type(node).__name__ == kind]
    if len(found) != 1:
        raise InputError(f"{kind} nodes of the NIR graph: expected one, got {_join_names(found)}")
    return str(found[0])


def _single_neighbor(neighbors: list[str], name: str, relation: str) -> str:
    if len(neighbors) != 1:
        found = _join_names(neighbors)
        raise _refuse(name, f"one {relation}, got {found}; only chains can be imported")
    return neighbors[0]


def _refuse(name: str, reason: str) -> InputError:
    return InputError(f"node {name!r} of the NIR graph: expected {reason}")


def _join_names(names: list[str]) -> str:
    return ", ".join(map(repr, names)) or "none"


class NeuronNode(NamedTuple):
    """A NIR neuron node."""

    node: Any
    where: str
    fields: NodeFields
    v0: Array | None  # NIR's potential before the first step, if in the metadata
    stored_params: DiscreteNeurons | None  # our own parameters, if in the metadata and still valid

    @property
    def kind(self) -> str:
        """LIF, IF, LI or I."""
        return type(self.node).__name__

    @property
    def has_threshold(self) -> bool:
        """Whether it has a threshold."""
        return "v_threshold" in self.fields

    def initial_potential(self, initial: str | None) -> Array:
        """NIR's potential before the first step: the stored or the requested one."""
        zero = np.zeros_like(self.fields["r"])
        if initial is None:
            return zero if self.v0 is None else self.v0
        if initial != "zero" and initial not in self.fields:
            reason = f"expected 'zero' or a field of the {self.kind} node, got {initial!r}"
            raise InputError.for_argument("initial_potential", self.where, reason)
        return self.fields.get(initial, zero)

    def to_discrete(self, initial: str | None, options: ConversionOptions) -> DiscreteNeurons:
        """Convert to our neurons."""
        v0 = self.initial_potential(initial)
        if self.stored_params is not None:
            p = self.stored_params
            return p if initial is None else p._replace(V0=p.alpha * v0 + p.beta)
        if self.has_threshold:
            with np.errstate(over="ignore"):
                return from_nir_fields(self.fields, v0, options)
        never = np.full_like(v0, unreachable_threshold(v0.dtype))
        silent = self.fields | {"v_threshold": never, "v_reset": np.zeros_like(v0)}
        return from_nir_fields(silent, v0, options._replace(exact_threshold=False))

    def residual_gain(self, options: ConversionOptions) -> Array:
        """The factor for the weights in front; exactly 1 if it is 1 up to rounding."""
        factor = input_gain(self.fields, options)
        one = np.abs(factor - 1) <= 2 * np.finfo(factor.dtype).eps  # four roundings
        return np.where(one, 1, factor).astype(factor.dtype)


def read_neuron_node(node: Any, dtype: Any, dt: float, where: str) -> NeuronNode:
    """Check the arrays of a node and convert them to one dtype."""
    names = NEURON_FIELDS[type(node).__name__]
    stored = {name: as_array(name, getattr(node, name), where) for name in names}
    shape = stored["r"].shape
    if len(shape) not in {1, 3}:
        reason = f"expected shape (L,) or (L, H, W), got shape {shape}"
        raise InputError.for_argument("r", where, reason)
    fields = {
        name: check_float_array(name, value.astype(dtype), shape, where)
        for name, value in stored.items()
    }
    if "tau" in fields:
        check_tau(fields["tau"], dt, where)
    _check_metadata(node, stored["r"], where)
    v0 = metadata_array(node, V0_KEY, stored["r"])
    noted = metadata_neurons(node, stored, dt)
    if noted is not None:
        noted = DiscreteNeurons(*(value.astype(dtype) for value in noted))
    return NeuronNode(node, where, fields, None if v0 is None else v0.astype(dtype), noted)


def _check_metadata(node: Any, like: Array, where: str) -> None:
    """Refuse metadata with a value that is not finite."""
    for name in STORED_KEYS:
        value = metadata_array(node, name, like)
        if value is not None:
            native = value.astype(value.dtype.newbyteorder("="))
            check_float_array(name, native, like.shape, where)


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
            where = f"node {name!r} of the NIR graph"
            if type(node).__name__ in LINEAR_FIELDS:
                stage = _make_linear(node, dtype, where)
                _check_width(stage.layer.in_shape, width, where)
                width = stage.params["W"].shape[1:]
            else:
                read = read_neuron_node(node, dtype, self.options.dt, where)
                stage = self._make_neurons(read)
                _check_width(stage.layer.in_shape, width, where)
                width = stage.layer.in_shape
                synapse = found.pop() if found and isinstance(found[-1].layer, Dense) else None
                stage = self._attach_synapse(synapse, stage, read)
            check_params(stage.params, stage.layer.shapes, where)
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
        return check_float_dtype("dtype", dtype, "from_nir", REAL)

    def _make_neurons(self, neuron_node: NeuronNode) -> Stage:
        p = neuron_node.to_discrete(self.initial_potential, self.options)
        layer = self._make_layer(neuron_node, p.alpha.shape[1:] + p.alpha.shape[:1])
        last = {name: _channels_last(value) for name, value in p._asdict().items()}
        params = {
            name: _reduce_to_shared(name, last[name], layer, neuron_node.where)
            for name in neuron.Params._fields
        }
        return Stage(
            layer, params, check_float_array("V0", last["V0"], layer.shape, neuron_node.where)
        )

    def _make_layer(self, neuron_node: NeuronNode, shape: tuple[int, ...]) -> Neurons:
        found = read_metadata(neuron_node.node)
        act, mode = found.get("act"), str(found.get("mode"))
        if not neuron_node.has_threshold:
            act, mode = "identity", "NTR"
        elif self.analog is None or "analog" not in found:
            return DirectLIF(shape, sharing=self.sharing, spike=self.spike)
        if act not in ACTIVATIONS:
            reason = f"expected one of {', '.join(ACTIVATIONS)} to restore, got {act!r}"
            raise InputError.for_argument("act", neuron_node.where, reason)
        return DirectLIAF(shape, act=act, mode=mode, sharing=self.sharing, spike=self.spike)

    def _attach_synapse(
        self, synapse: Stage | None, neurons: Stage, neuron_node: NeuronNode
    ) -> Stage:
        factor = neuron_node.residual_gain(self.options)
        self._check_fold(synapse, factor, neuron_node.where)
        if synapse is None:
            return neurons
        params: Params = {name: value * factor for name, value in synapse.params.items()}
        driven = Driven(synapse.layer, neurons.layer)
        return Stage(driven, {**params, **neurons.params}, neurons.V0)

    def _check_fold(self, synapse: Stage | None, factor: Array, where: str) -> None:
        off = np.argwhere(factor != 1)
        if not len(off) or (synapse is not None and self.options.fold_gain):
            return
        index = tuple(int(i) for i in off[0])
        way = "there are no preceding weights to multiply by it"
        if synapse is not None:
            way = "pass fold_gain=True to multiply the preceding weights by it"
        reason = f"expected tau / dt (1 / dt without tau), got {factor[index]} times that"
        raise InputError.for_argument("r", where, f"{reason} at index {index}; {way}")


def _make_linear(node: Any, dtype: Any, where: str) -> Stage:
    stored = check_shape("weight", node.weight, ("L", "K"), where)
    weight = check_float_array("weight", stored.astype(dtype), ("L", "K"), where)
    L, K = weight.shape
    params = {"W": np.ascontiguousarray(weight.T)}
    bias = type(node).__name__ == "Affine"
    if bias:
        stored = check_shape("bias", node.bias, (L,), where)
        params["b"] = check_float_array("bias", stored.astype(dtype), (L,), where)
    return Stage(Dense(K, L, bias), params)


def _check_width(got: tuple[int, ...], width: tuple[int, ...] | None, where: str) -> None:
    if width is not None and got != width:
        reason = f"expected shape {got}, got {width} from the previous node"
        raise InputError.for_argument("input", where, reason)


def _channels_last(value: Array) -> Array:
    """Turn (L, H, W) to (H, W, L); one axis stays."""
    return np.ascontiguousarray(np.moveaxis(value, 0, -1))


def _reduce_to_shared(name: str, value: Array, layer: Neurons, where: str) -> Array:
    """Reduce equal values to the shape of a shared parameter."""
    saved = value[(0,) * (value.ndim - 1)] if layer.neuron.sharing == "channel" else value
    saved = value.reshape(-1)[:1] if layer.neuron.sharing == "all" else saved
    differs = np.argwhere(value != np.broadcast_to(saved, value.shape))
    if len(differs):
        index = tuple(int(i) for i in differs[0])
        reason = (
            f"expected equal values, as sharing is {layer.neuron.sharing!r}, got {value[index]}"
        )
        raise InputError.for_argument(name, where, f"{reason} at index {index}")
    return saved.copy()
