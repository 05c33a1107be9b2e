"""A layer or a network of this package as a case: what the second author and the bound can read.

Only shapes, options and numbers are taken over; every equation is the reader's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
    Chain,
    Conv,
    Conv3D,
    ConvLSTMCell,
    Dense,
    DirectLIAF,
    DirectLIF,
    Dropout,
    ElmanCell,
    Flatten,
    GRUCell,
    Integrated,
    Layer,
    LayerNorm,
    LSTMCell,
    MaxPool,
    Neurons,
    Part,
    Sumlayer,
)
from liaf_ref.networks import BabiNetwork, VisionNetwork
from liaf_ref.oracle.case import Case, Node

Arrays = Mapping[str, Array]
STATES: Mapping[type, tuple[str, ...]] = {
    DirectLIAF: ("V",),
    DirectLIF: ("V",),
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
AXES = {(3, "joint"): "BTHW", (3, "each"): "BHW", (1, "joint"): "BT", (1, "each"): "B"}


@dataclass
class Translated:
    """Nodes and arrays as they come, and where the case has what the network names."""

    nodes: list[Node] = field(default_factory=list)
    arrays: dict[str, Array] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)  # the network's name to the case's
    states: list[str] = field(default_factory=list)  # nodes and states, in the layer's order

    def add(self, name: str, op: str, source: str, options: Mapping[str, Any]) -> str:
        """One more node; its name, by which it is a source."""
        self.nodes.append(Node(name, op, (source,), options))
        return name

    def give(self, node: str, prefix: str, arrays: Arrays, named: str = "") -> None:
        """A node's parameters under the names the network has for them."""
        for quantity, array in arrays.items():
            self.arrays[f"{prefix}/{node}.{quantity}"] = array.astype(np.float64)
            if prefix == "par":
                self.params[f"{named}{quantity}"] = f"par/{node}.{quantity}"

    def case(self, level: str = "L3") -> Case:
        """What has been added, as a case."""
        return Case("numbers", level, tuple(self.nodes), self.arrays)

    @property
    def last(self) -> str:
        """The output's name in an answer."""
        return _output(self.nodes[-1])

    @property
    def logits(self) -> str:
        """The name of what the loss takes."""
        return _output(self.nodes[-2])


def _output(node: Node) -> str:
    return f"exp/{node.name}.{'I' if node.op in {'dense', 'conv', 'conv3d'} else 'Y'}"


def layer(made: Layer, params: Arrays, X: Array, state: tuple[Array, ...]) -> Translated:
    """A layer or a chain of layers on an input; the gradients from above are the caller's."""
    found = Translated(arrays={"in/X": X.astype(np.float64)})
    parts = made.parts if isinstance(made, Chain) else (Part("", made),)
    _chain(found, parts, params, "in/X", list(state))
    return found


def vision(net: VisionNetwork, params: Arrays, frames: Array, labels: Array) -> Translated:
    """A network on frames under its own loss; masks and running statistics among ``params``."""
    start = net.chain.zeros(len(frames), np.float64)
    found = layer(net.chain, params, frames, start)
    _under(found, LOSSES[net.loss], labels)
    return found


def babi(net: BabiNetwork, params: Arrays, story: Array, query: Array, answer: Array) -> Translated:
    """Fig. 5, its stories unmasked."""
    found = Translated(arrays={"in/story": story, "in/query": query})
    ends = []
    for name, tokens in (("story", story), ("query", query)):
        found.add(f"{name}e", "embedding", f"in/{name}", {})
        found.give(f"{name}e", "par", {"E": params[f"{name}.E"]}, f"{name}.")
        start = net.layer.zeros(len(tokens), np.float64)
        _chain(found, (Part(name, net.layer),), params, f"{name}e", list(start))
        ends.append(found.add(f"{name}l", "last", found.nodes[-1].name, {}))
    found.nodes.append(Node("both", "concat", tuple(ends), {}))
    _chain(found, (Part("head", net.head),), params, "both", [])
    _under(found, "softmax_ce", answer)
    return found


def _under(found: Translated, name: str, labels: Array) -> None:
    found.add("loss", name, found.nodes[-1].name, {})
    found.arrays["in/y"] = labels


def _chain(
    found: Translated, parts: tuple[Part, ...], params: Arrays, source: str, state: list[Array]
) -> None:
    once = False  # behind the Sumlayer there is no axis of time
    for name, whole in parts:
        own = {
            key.removeprefix(f"{name}."): value
            for key, value in params.items()
            if not name or key.startswith(f"{name}.")
        }
        stages: tuple[Layer, ...] = (whole,)
        if isinstance(whole, Integrated):
            stages = whole.synapse, whole.dynamics
        for k, made in enumerate(stages):
            prefix = f"{name}." if name else ""
            source = _node(found, made, f"{name or 'n'}{'is'[k]}", own, source, prefix, once)
            once = once or isinstance(made, Sumlayer)
            for quantity in STATES.get(type(made), ()):
                found.arrays[f"in/{source}.{quantity}0"] = state.pop(0).astype(np.float64)
                found.states.append(f"{source}.{quantity}")


def _node(
    found: Translated, made: Layer, name: str, own: Arrays, source: str, prefix: str, once: bool
) -> str:
    """One layer as a node; without a mask, a dropout is none."""
    if isinstance(made, Dropout) and "M" not in own:
        return source
    op, options = OPS[type(made)](made, own)
    found.add(name, op, source, options)
    found.give(name, "par", {key: own[key] for key in made.shapes()}, prefix)
    if isinstance(made, BatchNorm):
        kept = {key: own.get(key, value) for key, value in made.running(np.float64).items()}
        found.give(name, "fix", kept)
    if isinstance(made, Dropout):
        found.give(name, "fix", {"M": own["M"][:, 0] if once else own["M"]})
    return name


def _convolution(made: Conv, _: Arrays) -> tuple[str, dict[str, Any]]:
    stride, pad = made.grid
    op = "conv3d" if isinstance(made, Conv3D) else "conv"
    return op, {"stride": list(stride), "pad": [list(zeros) for zeros in pad]}


def _neuron(made: Neurons, _: Arrays) -> tuple[str, dict[str, Any]]:
    spike, act, _s = made.choices
    mu = _window(spike)
    options = {"mode": "TR" if made.threshold_related else "NTR", "sharing": made.sharing, "mu": mu}
    options["reset"] = "paper" if mu else "detached"
    names = {pair: name for name, pair in ACTIVATIONS.items()}
    if act in names:
        return "neuron", options | {"act": names[act]}
    assert _window(act) == mu, "a case has one window for reset and output"
    return "neuron", options | {"act": "spike"}


def _window(spike: Pair) -> float:
    assert spike.value is step
    assert isinstance(spike.slope, Window)
    return spike.slope.mu


def _batch_norm(made: BatchNorm, own: Arrays) -> tuple[str, dict[str, Any]]:
    statistics = "running" if "m" in own else "batch"
    options = {"eps": made.eps, "momentum": made.momentum, "statistics": statistics}
    return "batch_norm", {"axes": AXES[len(made.shape), made.steps]} | options


def _layer_norm(made: LayerNorm, _: Arrays) -> tuple[str, dict[str, Any]]:
    return "layer_norm", {"axes": "L" if len(made.features) == 1 else "HWL", "eps": made.eps}


def _pool(op: str) -> Callable[[Any, Arrays], tuple[str, dict[str, Any]]]:
    return lambda made, _: (op, {"size": [*made.windows[0]], "stride": [*made.windows[1]]})


def _plain(op: str) -> Callable[[Any, Arrays], tuple[str, dict[str, Any]]]:
    return lambda made, _: (op, {})


OPS: Mapping[type, Callable[[Any, Arrays], tuple[str, dict[str, Any]]]] = {
    Dense: _plain("dense"),
    Conv: _convolution,
    Conv3D: _convolution,
    DirectLIAF: _neuron,
    DirectLIF: _neuron,
    ElmanCell: _plain("rnn"),
    LSTMCell: _plain("lstm"),
    GRUCell: _plain("gru"),
    ConvLSTMCell: _plain("convlstm"),
    AveragePool: _pool("average_pool"),
    MaxPool: _pool("max_pool"),
    LayerNorm: _layer_norm,
    BatchNorm: _batch_norm,
    Activation: lambda made, _: ("act", {"act": made.act}),
    Dropout: _plain("dropout"),
    Flatten: _plain("flatten"),
    Sumlayer: _plain("mean"),
}
