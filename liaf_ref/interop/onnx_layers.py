"""The ONNX nodes of each kind of layer and network.

An entry for a layer of your own: ``add_layer.register``; for a network: ``logits_of.register``.
"""

from collections.abc import Mapping
from functools import singledispatch

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.interop.onnx_writer import OnnxWriter
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.spike import step
from liaf_ref.layers import (
    Activation,
    BatchNorm,
    Conv2D,
    Conv3D,
    ConvLSTMCell,
    Dense,
    Driven,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    Neurons,
    Sequential,
    TimeMean,
)
from liaf_ref.layers.cells import HARD_SIGMOID, Cell
from liaf_ref.layers.neurons import LOGIT
from liaf_ref.layers.plain import Pool
from liaf_ref.layers.sequential import group_by_prefix
from liaf_ref.networks import BabiNetwork, Network, SequenceClassifier

Names = Mapping[str, str]  # of the values that hold the parameters, and running statistics if given
States = tuple[str, ...]
Added = tuple[str, States]  # names of the output and of the last states


@singledispatch
def add_layer(layer: Layer, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    """Add a layer's nodes; ``state`` names the states before the first step, None for zeros."""
    reason = f"expected a layer with an entry in add_layer, got {layer.constructor}"
    raise InputError.for_argument("layer", f"to_onnx of {layer.label}", reason)


@add_layer.register
def _(layer: Dense, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.dense(X, p["W"], p.get("b")), ()


@add_layer.register
def _(layer: Conv2D, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.conv(X, p["W"], p.get("b"), layer.grid, layer.shape, layer.out_shape), ()


@add_layer.register
def _(layer: Conv3D, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.conv3d(X, p["W"], p.get("b"), layer.grid), ()


@add_layer.register
def _(layer: Pool, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    size, stride = layer.windows
    return to.pool(layer.constructor, X, size, stride, layer.shape, layer.out_shape), ()


@add_layer.register
def _(layer: Activation, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.act(layer.act, X), ()


@add_layer.register
def _(layer: TimeMean, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.mean(X, (1,)), ()


@add_layer.register
def _(layer: Flatten, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.flatten(X, 2), ()


@add_layer.register
def _(layer: Dropout, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return X, ()  # a model that is exported is evaluated, not trained


@add_layer.register
def _(layer: LayerNorm, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.layer_norm(X, p, len(layer.scale_shape), layer.eps), ()


@add_layer.register
def _(layer: BatchNorm, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    if "m" in p:
        return to.batch_norm(X, p, layer.shape[-1], layer.eps), ()
    return to.norm(X, p, layer.axes, layer.eps), ()


@add_layer.register
def _(layer: Neurons, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    act, own = _act_name(layer), dict(p)
    if layer.neuron.decay == "sigmoid":
        own["alpha"] = to.add("Sigmoid", own[LOGIT])
    first, *_ = state or (to.zeros(X, layer.shape),)
    related, axes, variant = layer.neuron.mode == "TR", 2 + len(layer.shape), layer.neuron.variant
    return to.neuron(X, own, first, act, threshold_related=related, num_axes=axes, variant=variant)


def _act_name(layer: Neurons) -> str:
    """The name of the activation; what has no counterpart in ONNX is refused."""
    own = layer.neuron
    name = own.act_name or ("spike" if own.activation.value is step else None)
    for argument, known, allowed in (
        ("spike", own.fires.value is step, "the step of Eq. (4)"),
        ("act", name is not None, f"one of {', '.join(ACTIVATIONS)}, or the spike"),
    ):
        if not known:
            reason = f"expected {allowed}, got another, for which ONNX export has no nodes"
            raise InputError.for_argument(argument, f"to_onnx of {layer.label}", reason)
    return str(name)


@add_layer.register
def _(layer: Cell, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    hard = layer.activations[0] == HARD_SIGMOID
    op = layer.kernel_name.upper()
    Y, last = to.recurrent(op, X, p["U"], state or (), layer.L, hard=hard)
    return Y, last


@add_layer.register
def _(layer: ConvLSTMCell, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    first = state or (to.zeros(X, layer.out_shape),) * layer.states
    hard = layer.activations[0] == HARD_SIGMOID
    Y, last = to.conv_lstm(X, p["U"], first, layer.kernel, hard=hard)
    return Y, last


@add_layer.register
def _(layer: Driven, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    drive, _ = add_layer(layer.synapse, to, p, X, ())
    return add_layer(layer.dynamics, to, p, drive, state)


@add_layer.register
def _(layer: Sequential, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    own, ends = group_by_prefix(p), States()
    for number, (name, part) in enumerate(layer.stages):
        start = None if state is None else state[layer.places[number]]
        X, end = add_layer(part, to, own[name], X, start)
        ends += end
    return X, ends


@singledispatch
def logits_of(network: Network, to: OnnxWriter, p: Names) -> str:
    """Add a network's inputs and nodes; the name of its logits."""
    reason = f"expected a network with an entry in logits_of, got {network.constructor}"
    raise InputError.for_argument("network", f"to_onnx of {network.label}", reason)


@logits_of.register
def _(network: SequenceClassifier, to: OnnxWriter, p: Names) -> str:
    X = to.add_input("X", ("B", "T", *network.sequential.in_shape))
    return to.last(add_layer(network.sequential, to, p, X, None)[0])


@logits_of.register
def _(network: BabiNetwork, to: OnnxWriter, p: Names) -> str:
    if network.padding != "unmasked":
        reason = (
            f"expected 'unmasked', got {network.padding!r}: ONNX has no sequences that begin at "
            "different steps; export an unmasked network with the same parameters, and run each "
            "story without its padding"
        )
        raise InputError.for_argument("padding", f"to_onnx of {network.label}", reason)
    own, ends = group_by_prefix(p), []
    for name, steps in (("story", "T"), ("query", "Q")):
        ids = to.add_input(name, ("B", steps), np.int64)
        X = to.embedding(own[name]["E"], ids)
        Y, _ = add_layer(network.temporal_layer, to, own[name], X, None)
        ends.append(to.last(Y))
    joined = to.add("Concat", *ends, axis=-1)
    return to.dense(joined, own["head"]["W"], own["head"]["b"])
