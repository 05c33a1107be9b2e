"""A layer or a network of this package as a case, for the independent implementation and bounds.

Only shapes, options and numbers are taken over; every equation is the reader's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import loss, loss_mse, loss_sigmoid_bce, loss_softmax_bce
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import Window, step
from liaf_ref.layers import (
    Activation,
    AveragePool,
    BatchNorm,
    Conv2D,
    Conv3D,
    ConvLSTMCell,
    Dense,
    Driven,
    Dropout,
    ElmanCell,
    Flatten,
    GRUCell,
    Layer,
    LayerNorm,
    LSTMCell,
    MaxPool,
    NamedLayer,
    Neurons,
    Sequential,
    SynapticCurrent,
    TimeMean,
)
from liaf_ref.networks import BabiNetwork, SequenceClassifier
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.opset import OPS as ROWS
from liaf_ref.oracle.shapes import Size, array_shapes, network_shapes

Arrays = Mapping[str, Array]
STATES: Mapping[type, tuple[str, ...]] = {
    Neurons: ("V",),
    SynapticCurrent: ("I",),
    ElmanCell: ("c",),
    LSTMCell: ("h", "c"),
    ConvLSTMCell: ("h", "c"),
    GRUCell: ("h",),
}
LOSSES = {
    loss: "softmax_ce",
    loss_softmax_bce: "softmax_bce",
    loss_sigmoid_bce: "sigmoid_bce",
    loss_mse: "mse",
}
AXES = {(3, "joint"): "BTHW", (3, "per_step"): "BHW", (1, "joint"): "BT", (1, "per_step"): "B"}


@dataclass
class CaseBuilder:
    """Nodes and arrays as they come, and where the case has what the network names."""

    nodes: list[Node] = field(default_factory=list)
    arrays: dict[str, Array] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)  # the network's name to the case's
    states: list[str] = field(default_factory=list)  # nodes and states, in the layer's order

    def add_node(self, name: str, op: str, source: str, options: Mapping[str, Any]) -> str:
        """One more node; its name, by which it is a source."""
        self.nodes.append(Node(name, op, (source,), options))
        return name

    def add_arrays(self, node: str, prefix: str, arrays: Arrays, name_prefix: str = "") -> None:
        """A node's parameters under the names the network has for them."""
        for quantity, array in arrays.items():
            self.arrays[f"{prefix}/{node}.{quantity}"] = array.astype(np.float64)
            if prefix == "par":
                self.params[f"{name_prefix}{quantity}"] = f"par/{node}.{quantity}"

    def case(self, level: str = "L3") -> Case:
        """What has been added, as a case."""
        return Case("numbers", level, tuple(self.nodes), self.arrays)

    @property
    def last(self) -> str:
        """The output's name in an answer."""
        return _output_name(self.nodes[-1])

    @property
    def logits(self) -> str:
        """The name of what the loss takes."""
        return _output_name(self.nodes[-2])


def _output_name(node: Node) -> str:
    return f"exp/{node.name}.{ROWS[node.op].output}"


def layer_case(layer: Layer, params: Arrays, X: Array, state: tuple[Array, ...]) -> CaseBuilder:
    """A layer or a chain of layers on an input; the gradients from above are the caller's."""
    found = CaseBuilder(arrays={"in/X": X.astype(np.float64)})
    parts = layer.layers if isinstance(layer, Sequential) else (NamedLayer("", layer),)
    _add_layers(found, parts, params, "in/X", list(state))
    return found


def dvs_case(net: SequenceClassifier, params: Arrays, frames: Array, labels: Array) -> CaseBuilder:
    """A network on frames under its own loss; masks and running statistics among ``params``."""
    start = net.sequential.zeros(len(frames), np.float64)
    found = layer_case(net.sequential, params, frames, start)
    _add_loss(found, LOSSES[net.loss], labels)
    return found


def babi_case(
    net: BabiNetwork, params: Arrays, story: Array, query: Array, answer: Array
) -> CaseBuilder:
    """Fig. 5, its stories unmasked."""
    found = CaseBuilder(arrays={"in/story": story, "in/query": query})
    ends = []
    for name, tokens in (("story", story), ("query", query)):
        found.add_node(f"{name}e", "embedding", f"in/{name}", {})
        found.add_arrays(f"{name}e", "par", {"E": params[f"{name}.E"]}, f"{name}.")
        start = net.temporal_layer.zeros(len(tokens), np.float64)
        _add_layers(found, (NamedLayer(name, net.temporal_layer),), params, f"{name}e", list(start))
        ends.append(found.add_node(f"{name}l", "last", found.nodes[-1].name, {}))
    found.nodes.append(Node("both", "concat", tuple(ends), {}))
    _add_layers(found, (NamedLayer("head", net.head),), params, "both", [])
    _add_loss(found, "softmax_ce", answer)
    return found


def _add_loss(builder: CaseBuilder, name: str, labels: Array) -> None:
    builder.add_node("loss", name, builder.nodes[-1].name, {})
    builder.arrays["in/y"] = labels


def _add_layers(
    builder: CaseBuilder,
    parts: tuple[NamedLayer, ...],
    params: Arrays,
    source: str,
    state: list[Array],
) -> None:
    once = False  # behind the TimeMean there is no axis of time
    for name, whole in parts:
        own = {
            key.removeprefix(f"{name}."): value
            for key, value in params.items()
            if not name or key.startswith(f"{name}.")
        }
        stages: tuple[Layer, ...] = (whole,)
        if isinstance(whole, Driven):
            stages = whole.synapse, whole.dynamics
        for k, made in enumerate(stages):
            prefix = f"{name}." if name else ""
            source = _add_layer(builder, made, f"{name or 'n'}{'is'[k]}", own, source, prefix, once)
            once = once or isinstance(made, TimeMean)
            for quantity in STATES.get(type(made), ()):
                builder.arrays[f"in/{source}.{quantity}0"] = state.pop(0).astype(np.float64)
                builder.states.append(f"{source}.{quantity}")


def _add_layer(
    builder: CaseBuilder,
    layer: Layer,
    name: str,
    own: Arrays,
    source: str,
    prefix: str,
    time_reduced: bool,
) -> str:
    """One layer as a node; without a mask, a dropout is none."""
    if isinstance(layer, Dropout) and "M" not in own:
        return source
    op, options = OPS[type(layer)](layer, own)
    builder.add_node(name, op, source, options)
    if isinstance(layer, SynapticCurrent) and not layer.trained:
        builder.add_arrays(name, "par", {"decay": np.full(1, layer.decay)}, prefix)
    builder.add_arrays(name, "par", {key: own[key] for key in layer.param_shapes()}, prefix)
    if isinstance(layer, BatchNorm):
        saved = {
            key: own.get(key, value)
            for key, value in layer.initial_running_stats(np.float64).items()
        }
        builder.add_arrays(name, "fix", saved)
    if isinstance(layer, Dropout):
        builder.add_arrays(name, "fix", {"M": own["M"][:, 0] if time_reduced else own["M"]})
    return name


def _convolution_op(layer: Conv2D, _: Arrays) -> tuple[str, dict[str, Any]]:
    stride, pad = layer.grid
    op = "conv3d" if isinstance(layer, Conv3D) else "conv"
    return op, {"stride": list(stride), "pad": [list(zeros) for zeros in pad]}


def _neuron_op(layer: Neurons, _: Arrays) -> tuple[str, dict[str, Any]]:
    own = layer.neuron
    act, mu = own.activation, _window_width(own.spike_pair)
    options = {"mode": own.mode, "sharing": own.sharing, "mu": mu}
    options["reset"] = "paper" if mu else "detached"
    names = {pair: name for name, pair in ACTIVATIONS.items()}
    if act in names:
        return "neuron", options | {"act": names[act]}
    assert _window_width(act) == mu, "a case has one window for reset and output"
    return "neuron", options | {"act": "spike"}


def _window_width(spike: Pair) -> float:
    assert spike.value is step
    assert isinstance(spike.slope, Window)
    return spike.slope.mu


def _batch_norm(layer: BatchNorm, own: Arrays) -> tuple[str, dict[str, Any]]:
    statistics = "running" if "m" in own else "batch"
    options = {"eps": layer.eps, "momentum": layer.momentum, "statistics": statistics}
    return "batch_norm", {"axes": AXES[len(layer.shape), layer.time_statistics]} | options


def _layer_norm(layer: LayerNorm, _: Arrays) -> tuple[str, dict[str, Any]]:
    return "layer_norm", {
        "axes": "L" if len(layer.scale_shape) == 1 else "HWL",
        "eps": layer.eps,
    }


def _pool_op(op: str) -> Callable[[Any, Arrays], tuple[str, dict[str, Any]]]:
    return lambda made, _: (
        op,
        {"size": [*made.size], "stride": [*(made.stride or made.size)]},
    )


def _op_without_options(op: str) -> Callable[[Any, Arrays], tuple[str, dict[str, Any]]]:
    return lambda made, _: (op, {})


OPS: Mapping[type, Callable[[Any, Arrays], tuple[str, dict[str, Any]]]] = {
    Dense: _op_without_options("dense"),
    Conv2D: _convolution_op,
    Conv3D: _convolution_op,
    Neurons: _neuron_op,
    SynapticCurrent: lambda made, _: (
        "current",
        {"sharing": made.sharing if made.trained else "all"},
    ),
    ElmanCell: _op_without_options("rnn"),
    LSTMCell: _op_without_options("lstm"),
    GRUCell: _op_without_options("gru"),
    ConvLSTMCell: _op_without_options("convlstm"),
    AveragePool: _pool_op("average_pool"),
    MaxPool: _pool_op("max_pool"),
    LayerNorm: _layer_norm,
    BatchNorm: _batch_norm,
    Activation: lambda made, _: ("act", {"act": made.act}),
    Dropout: _op_without_options("dropout"),
    Flatten: _op_without_options("flatten"),
    TimeMean: _op_without_options("mean"),
}


FINE_STEP = 2.0**-20


class UniformGrid(NamedTuple):
    """The numbers ``low, low + step, ... high``, each equally likely."""

    low: float
    high: float
    step: float = FINE_STEP

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Draw an array of float64."""
        count = round((self.high - self.low) / self.step)
        drawn: Array = self.low + self.step * rng.integers(0, count + 1, shape)
        return drawn


RANDOM_DISTRIBUTIONS: Mapping[str, UniformGrid] = {
    **dict.fromkeys(("W", "E", "Y", "VT", "hT", "cT", "IT"), UniformGrid(-1.0, 1.0)),
    **dict.fromkeys(("V0", "h0", "c0", "I0", "m"), UniformGrid(-0.5, 0.5)),
    "X": UniformGrid(-1.0, 1.5),
    "b": UniformGrid(-0.25, 0.5),
    "U": UniformGrid(-0.75, 0.75),
    **dict.fromkeys(("v_th", "alpha", "decay"), UniformGrid(0.25, 0.75)),
    "v_reset": UniformGrid(-0.25, 0.25),
    "beta": UniformGrid(-0.125, 0.25),
    "gamma": UniformGrid(0.5, 1.5),
    "v": UniformGrid(0.25, 1.5),
}


class CaseSpec(NamedTuple):
    """The specification from which a case is sampled."""

    name: str
    level: str
    description: str
    nodes: tuple[Node, ...]
    input_shapes: Mapping[str, Size]
    seed: int


def draw_case(spec: CaseSpec, attempt: int) -> Case:
    """Draw a case; the same arguments give the same bits."""
    rng = np.random.default_rng([spec.seed, attempt])
    inputs = {f"in/{name}": shape for name, shape in spec.input_shapes.items()}
    shapes = network_shapes(spec.nodes, inputs)
    limits = {
        node.inputs[0] if ROWS[node.op].target is None else "in/y": limit
        for node in spec.nodes
        if (limit := shapes[node.name].index_limit)
    }
    arrays = {
        name: rng.integers(0, limits[name], shape)
        if name in limits
        else RANDOM_DISTRIBUTIONS[name.rpartition("/")[2].rpartition(".")[2]].sample(rng, shape)
        for name, shape in array_shapes(spec.nodes, inputs, None).items()
        if name.startswith(("in/", "par/", "fix/", "up/"))
    }
    return Case(spec.name, spec.level, spec.nodes, arrays, None, spec.description)


def op_node(op: str, name: str, *sources: str, **options: Any) -> Node:
    """A node of any operation."""
    defaults = {name: _as_json(option.default) for name, option in ROWS[op].options.items()}
    return Node(name, op, sources, defaults | options)


def _as_json(value: Any) -> Any:
    return [_as_json(part) for part in value] if isinstance(value, tuple) else value
