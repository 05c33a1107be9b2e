"""Layers as NIR's nodes, and NIR's nodes as layers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np

from liaf_ref._core import validation
from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import REAL, check_float_array, check_params
from liaf_ref.interop import nir_euler as euler
from liaf_ref.interop.nir_euler import ConversionOptions, DiscreteNeurons, NodeFields, Stage
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import step
from liaf_ref.layers import (
    Dense,
    DirectLIAF,
    DirectLIF,
    Driven,
    Layer,
    Neurons,
    Params,
    SynapticCurrent,
)

SUPPORTED = "Dense, SynapticCurrent, LIF or LIAF neurons"
NODE_FIELDS = {  # of the nodes that have a counterpart
    "Linear": ("weight",),
    "Affine": ("weight", "bias"),
    "LIF": ("tau", "r", "v_leak", "v_threshold", "v_reset"),
    "IF": ("r", "v_threshold", "v_reset"),
    "LI": ("tau", "r", "v_leak"),
    "I": ("r",),
    "CubaLIF": ("tau_mem", "r", "v_leak", "v_threshold", "v_reset", "tau_syn", "w_in"),
}
# By the names of nir_euler: the tau of a membrane is called the same in all nodes.
FIELDS = {k: {n.removesuffix("_mem"): n for n in names} for k, names in NODE_FIELDS.items()}
UNSUPPORTED_REASONS = {
    "CubaLI": "it has a synaptic current and does not fire",
    "NIRGraph": "nested graphs are not supported",
    "Threshold": "it fires without resetting a potential",
    "Delay": "Eqs. (2)-(8) have no delay",
}
INITIAL_POTENTIALS = ("zero", "v_leak", "v_reset")
Shape = tuple[int, ...]


def _check_width(shape: Shape, width: Shape | None, where: str, before: str) -> None:
    if width is not None and shape != width:
        reason = f"expected shape {shape}, got {width} from the previous {before}"
        raise InputError.for_argument("input", where, reason)


def _unreachable_threshold(dtype: Any) -> Array:
    """A threshold that no potential reaches: the largest finite number."""
    return np.asarray(np.finfo(dtype).max, dtype)


# Layers to nodes.


@dataclass
class NirExporter:
    """State of an export: options and nodes so far."""

    nir: ModuleType
    options: ConversionOptions
    analog: str | None
    nodes: dict[str, Any] = field(default_factory=dict)
    number: int = 0  # of the layer that is written
    current: Stage | None = None  # which the next neurons are written with
    where: str = "to_nir"  # the layer as named in error messages

    def export(self, stages: Sequence[Stage]) -> Any:
        """Export all stages."""
        if not stages:
            raise InputError.for_argument("stages", "to_nir", "expected at least one, got none")
        width: Shape | None = None
        for self.number, stage in enumerate(stages):
            self.where = f"layer {self.number} of to_nir"
            layer = validation.check_instance("kind", stage.layer, Layer, self.where, SUPPORTED)
            _check_width(_nir_shape(layer.in_shape), width, self.where, "layer")
            if self.current is not None and not isinstance(layer, Neurons):
                raise self.lone_current()
            if stage.V0 is not None and isinstance(layer, Dense | SynapticCurrent):
                raise InputError.for_argument("V0", self.where, "expected None without neurons")
            params = check_params(stage.params, layer.shapes, self.where, REAL)
            add_nodes(layer, self, stage._replace(params=params))
            width = _nir_shape(layer.out_shape)
        if self.current is not None:
            raise self.lone_current()
        first = np.array(_nir_shape(stages[0].layer.in_shape))
        nodes = {"input": self.nir.Input({"input": first}), **self.nodes}
        nodes["output"] = self.nir.Output({"output": np.array(width)})
        note = {"version": euler.VERSION, "dt": self.options.dt, "step": euler.STEP_DESCRIPTION}
        edges, metadata = list(pairwise(nodes)), {euler.METADATA_KEY: note}
        return self.nir.NIRGraph(nodes=nodes, edges=edges, metadata=metadata)

    def add_neurons(self, layer: Neurons, stage: Stage) -> None:
        """Write neurons with parameters of Eqs. (4)-(6)."""
        where, options = self.where, self.options
        p = _expand_params(layer, stage, where)
        if layer.neuron.spike_pair.value is not step:
            reason = "expected the step of Eq. (4), got another function"
            raise InputError.for_argument("spike", where, reason)
        if layer.neuron.variant is not None:
            reason = "expected the paper's spike, reset and output, Eqs. (4), (5), (7), got others"
            raise InputError.for_argument("neurons", where, f"{reason}: NIR has none for them")
        shows_potential = layer.neuron.act_name == "identity" and layer.neuron.mode == "NTR"
        silent = shows_potential and bool((p.v_th == _unreachable_threshold(p.v_th.dtype)).all())
        marks: dict[str, Any] = {} if silent else self._analog_metadata(layer, where)
        euler.check_range(p, where)
        kind = ("LI" if silent else "LIF") if euler.has_leak(p) else ("I" if silent else "IF")
        with np.errstate(over="ignore"):
            every, v0 = euler.to_nir_fields(p, options), euler.nir_initial_potential(p)
        if self.current is not None:
            if kind != "LIF":
                raise self.lone_current()
            decay = _expand(self.current.params["decay"], layer.shape).astype(p.alpha.dtype)
            kind, marks = "CubaLIF", {**marks, euler.DECAY_KEY: decay}
            every = every | euler.to_nir_current(decay, options, where)
            self.current = None
        fields = {name: every[name] for name in FIELDS[kind]}
        written = {FIELDS[kind][name]: value for name, value in fields.items()}
        for name, value in (written | {euler.V0_KEY: v0}).items():
            check_float_array(name, value, value.shape, where)
        if options.fold_gain:
            self._fold_into_weights(1 / euler.input_gain(fields, options), where)
        metadata = euler.neuron_metadata(p, options, sharing=layer.neuron.sharing, **marks)
        node = getattr(self.nir, kind)(**written, metadata=metadata)
        self.nodes[f"neurons{self.number}"] = node

    def _analog_metadata(self, layer: Neurons, where: str) -> dict[str, str]:
        act, mode = layer.neuron.act_name or "custom", layer.neuron.mode
        if layer.neuron.activation.value is step and mode == "TR":
            return {}
        if self.analog is None:
            reason = f"expected the spike of a LIF neuron, got {act} ({mode}); NIR has no analog "
            hint = "neuron that fires; analog='as-lif' writes a LIF neuron instead"
            raise InputError.for_argument("act", where, reason + hint)
        return {"analog": self.analog, "act": act, "mode": mode}

    def lone_current(self) -> InputError:
        """The error for a current that no node can hold."""
        reason = "expected leaky neurons that fire behind a SynapticCurrent, for NIR's CubaLIF"
        return InputError.for_argument("kind", self.where, f"{reason}; got others or none")

    def _fold_into_weights(self, factor: Array, where: str) -> None:
        last = next(reversed(self.nodes.values()), None)
        if not isinstance(last, self.nir.Linear | self.nir.Affine):
            reason = "expected a weight layer before the neurons, got none"
            raise InputError.for_argument("fold_gain", where, reason)
        last.weight = _scale("weight", last.weight, factor[:, None], where)
        if isinstance(last, self.nir.Affine):
            last.bias = _scale("bias", last.bias, factor, where)


@singledispatch
def add_nodes(layer: Layer, to: NirExporter, stage: Stage) -> None:
    """Write a layer's nodes; ``add_nodes.register`` adds an entry for a layer of your own."""
    reason = f"expected {SUPPORTED}, got {layer.constructor}, which NIR export does not support"
    raise InputError.for_argument("kind", to.where, reason)


@add_nodes.register
def _(layer: Dense, to: NirExporter, stage: Stage) -> None:
    weight, b = np.array(stage.params["W"].T, order="C"), stage.params.get("b")
    affine = None if b is None else to.nir.Affine(weight=weight, bias=b.copy())
    to.nodes[f"dense{to.number}"] = affine or to.nir.Linear(weight=weight)


@add_nodes.register
def _(layer: SynapticCurrent, to: NirExporter, stage: Stage) -> None:
    decay = stage.params.get("decay", np.full(1, layer.decay))
    to.current = stage._replace(params={"decay": decay})


@add_nodes.register
def _(layer: Neurons, to: NirExporter, stage: Stage) -> None:
    to.add_neurons(layer, stage)


@add_nodes.register
def _(layer: Driven, to: NirExporter, stage: Stage) -> None:
    add_nodes(layer.synapse, to, stage)
    add_nodes(layer.dynamics, to, stage)


def _scale(name: str, value: Array, factor: Array, where: str) -> Array:
    with np.errstate(over="ignore"):
        product: Array = value * factor
    return check_float_array(name, product, product.shape, where)


def _expand_params(layer: Neurons, stage: Stage, where: str) -> DiscreteNeurons:
    """Broadcast shared parameters to all neurons, with the axis order of NIR."""
    p, shape = layer.kernel_params(stage.params), layer.shape
    given = np.zeros(shape, p.alpha.dtype) if stage.V0 is None else stage.V0
    V0 = check_float_array("V0", given, shape, where, p.alpha.dtype)
    return DiscreteNeurons(*(_expand(value, shape) for value in (*p, V0)))


def _expand(value: Array, shape: Shape) -> Array:
    """A value for each neuron; (H, W, L) becomes (L, H, W), one axis stays."""
    return np.array(np.moveaxis(np.broadcast_to(value, shape), -1, 0), order="C")


def _nir_shape(shape: Shape) -> Shape:
    return shape[-1:] + shape[:-1]


# Nodes to layers.


def nodes_in_order(graph: Any) -> list[tuple[str, Any]]:
    """The nodes of an unbranched graph, from Input to Output, without these."""
    kinds = {name: type(node).__name__ for name, node in graph.nodes.items()}
    ends = [name for name, kind in kinds.items() if kind in {"Input", "Output"}]
    after = defaultdict[str, list[str]](list)
    for source, target in graph.edges:
        after[source].append(target)
    path = [name for name in ends if kinds[name] == "Input"]
    while len(path) < len(kinds) and path and len(after[path[-1]]) == 1:
        path += after[path[-1]]
    whole = sorted(path) == sorted(kinds) and len(graph.edges) == len(kinds) - 1
    if not whole or sorted(ends) != sorted(path[:: len(path) - 1]):
        expected = "expected a chain of all nodes, from one Input to one Output"
        raise InputError(f"NIR graph: {expected}, got the path {' -> '.join(path) or 'none'}")
    return [(name, graph.nodes[name]) for name in path[1:-1]]


def _refused(name: str, reason: str) -> InputError:
    return InputError(f"node {name!r} of the NIR graph: expected {reason}")


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
        dtype = self._common_dtype(nodes)
        found: list[Stage] = []
        width: Shape | None = None
        for name, node in nodes:
            where = f"node {name!r} of the NIR graph"
            if "weight" in FIELDS[type(node).__name__]:
                read = [_read_weights(node, dtype, where)]
                _check_width(read[0].layer.in_shape, width, where, "node")
            else:
                fields = _read_fields(node, dtype, where)
                neurons = self._read_neurons(node, fields, where)
                _check_width(neurons.layer.in_shape, width, where, "node")
                synapse = found.pop() if found and isinstance(found[-1].layer, Dense) else None
                synapse = self._fold_gain(synapse, fields, where)
                current = self._read_current(node, fields, where) if "tau_syn" in fields else None
                read = _stages_of(synapse, current, neurons)
            for stage in read:
                check_params(stage.params, stage.layer.shapes, where)
            width = read[-1].layer.out_shape
            found += read
        return found

    def _read_current(self, node: Any, fields: NodeFields, where: str) -> Stage:
        """The current of a CubaLIF, whose decay is as noted if that is still the node's."""
        dt, noted = self.options.dt, euler.noted_arrays(node, where).get(euler.DECAY_KEY)
        tau = fields["tau_syn"]
        euler.raise_if_any("tau_syn", tau, tau < dt, f"tau_syn >= dt = {dt:g}", where)
        decay = 1 - dt / tau
        if noted is not None and (noted < 1).all():
            again, _ = euler.time_constant_and_factor(noted, self.options)
            decay = noted.astype(tau.dtype) if (again == tau).all() else decay
        value = np.moveaxis(decay, 0, -1)
        layer = SynapticCurrent(value.shape, sharing=self.sharing)
        return Stage(layer, {"decay": _reduce_to_shared("decay", value, self.sharing, where)})

    def _common_dtype(self, nodes: list[tuple[str, Any]]) -> Any:
        """The dtype of all parameters; every node has to have a counterpart."""
        arrays = []
        for name, node in nodes:
            kind = type(node).__name__
            if kind not in FIELDS:
                why = UNSUPPORTED_REASONS.get(kind, "liaf_ref has no such layer")
                raise _refused(name, f"one of {', '.join(FIELDS)}, got {kind}; {why}")
            where = f"node {name!r} of the NIR graph"
            arrays += [
                validation.as_array(each, getattr(node, each), where) for each in NODE_FIELDS[kind]
            ]
        dtype = np.result_type(*arrays) if self.dtype is None else self.dtype
        return validation.check_float_dtype("dtype", dtype, "from_nir", REAL)

    def _read_neurons(self, node: Any, fields: NodeFields, where: str) -> Stage:
        p = self._discrete(node, fields, where)
        layer = self._make_layer(node, p.alpha.shape[1:] + p.alpha.shape[:1], where)
        last = {  # (L, H, W) becomes (H, W, L); one axis stays
            name: np.ascontiguousarray(np.moveaxis(value, 0, -1))
            for name, value in p._asdict().items()
        }
        V0 = check_float_array("V0", last.pop("V0"), layer.shape, where)
        params = {n: _reduce_to_shared(n, last[n], self.sharing, where) for n in last}
        return Stage(layer, params, V0)

    def _discrete(self, node: Any, fields: NodeFields, where: str) -> DiscreteNeurons:
        """Neurons of Eqs. (4)-(6): as noted, if they are still these fields; else of the fields."""
        dtype, dt, noted = fields["r"].dtype, self.options.dt, euler.noted_arrays(node, where)
        kind = type(node).__name__
        tau = fields.get("tau", np.full_like(fields["r"], dt))
        expected = f"tau >= dt = {dt:g} (alpha = 1 - dt / tau)"
        euler.raise_if_any("tau", tau, tau < dt, expected, where)
        stored = {ours: np.asarray(getattr(node, its)) for ours, its in FIELDS[kind].items()}
        p = euler.metadata_neurons(node, noted, stored, dt)
        zero, initial = np.zeros_like(fields["r"]), self.initial_potential
        v0 = noted.get(euler.V0_KEY, zero).astype(dtype)
        if initial is not None:
            if initial != "zero" and initial not in fields:
                reason = f"expected 'zero' or a field of the {kind} node, got {initial!r}"
                raise InputError.for_argument("initial_potential", where, reason)
            v0 = fields.get(initial, zero)
        if p is not None:
            p = DiscreteNeurons(*(value.astype(dtype) for value in p))
            return p if initial is None else p._replace(V0=p.alpha * v0 + p.beta)
        options = self.options
        if "v_threshold" not in fields:  # it never fires
            never = np.full_like(zero, _unreachable_threshold(dtype))
            fields = fields | {"v_threshold": never, "v_reset": zero}
            options = options._replace(exact_threshold=False)
        with np.errstate(over="ignore"):
            return euler.from_nir_fields(fields, v0, options)

    def _make_layer(self, node: Any, shape: Shape, where: str) -> Neurons:
        found = euler.read_metadata(node)
        act, mode = found.get("act"), str(found.get("mode"))
        if not hasattr(node, "v_threshold"):
            act, mode = "identity", "NTR"
        elif self.analog is None or "analog" not in found:
            return DirectLIF(shape, sharing=self.sharing, spike=self.spike)
        if act not in ACTIVATIONS:
            reason = f"expected one of {', '.join(ACTIVATIONS)} to restore, got {act!r}"
            raise InputError.for_argument("act", where, reason)
        return DirectLIAF(shape, act=act, mode=mode, sharing=self.sharing, spike=self.spike)

    def _fold_gain(self, synapse: Stage | None, fields: NodeFields, where: str) -> Stage | None:
        """The weights with the gain of the neurons' input; refused where there is no place."""
        gain = euler.input_gain(fields, self.options)
        # Four roundings of half an eps; four more with a current.
        one = np.abs(gain - 1) <= (4 if "tau_syn" in fields else 2) * np.finfo(gain.dtype).eps
        factor = np.where(one, 1, gain).astype(gain.dtype)
        if synapse is None or not self.options.fold_gain:
            way = "there are no preceding weights to multiply by it"
            if synapse is not None:
                way = "pass fold_gain=True to multiply the preceding weights by it"
            expected = "a gain r dt / tau (r dt without tau) of 1"
            euler.raise_if_any("r", factor, factor != 1, expected, where, f"; {way}")
        if synapse is None:
            return None
        params: Params = {name: value * factor for name, value in synapse.params.items()}
        return synapse._replace(params=params)


def _stages_of(synapse: Stage | None, current: Stage | None, neurons: Stage) -> list[Stage]:
    """The weights and the neurons they drive as one layer, unless a current is between."""
    if current is not None or synapse is None:
        return [*filter(None, (synapse, current)), neurons]
    driven = Driven(synapse.layer, neurons.layer)
    return [Stage(driven, {**synapse.params, **neurons.params}, neurons.V0)]


def _read_weights(node: Any, dtype: Any, where: str) -> Stage:
    stored = validation.check_shape("weight", node.weight, ("L", "K"), where)
    L, K = stored.shape
    weight = check_float_array("weight", stored.astype(dtype), (L, K), where)
    params = {"W": np.ascontiguousarray(weight.T)}
    if bias := "bias" in FIELDS[type(node).__name__]:
        stored = validation.check_shape("bias", node.bias, (L,), where)
        params["b"] = check_float_array("bias", stored.astype(dtype), (L,), where)
    return Stage(Dense(K, L, bias), params)


def _read_fields(node: Any, dtype: Any, where: str) -> NodeFields:
    """The arrays of a node with neurons, checked and in one dtype."""
    shape = np.shape(node.r)
    if len(shape) not in {1, 3}:
        reason = f"expected shape (L,) or (L, H, W), got shape {shape}"
        raise InputError.for_argument("r", where, reason)
    return {
        ours: check_float_array(its, np.asarray(getattr(node, its)).astype(dtype), shape, where)
        for ours, its in FIELDS[type(node).__name__].items()
    }


def _reduce_to_shared(name: str, value: Array, sharing: str, where: str) -> Array:
    """Reduce equal values to the shape of a shared parameter."""
    saved = value[(0,) * (value.ndim - 1)] if sharing == "channel" else value
    saved = value.reshape(-1)[:1] if sharing == "all" else saved
    expected = f"equal values, as sharing is {sharing!r}"
    euler.raise_if_any(name, value, value != saved, expected, where)
    return saved.copy()
