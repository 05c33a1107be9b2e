"""Layers and networks to ONNX, the Open Neural Network Exchange.

An entry for a layer of your own: ``add_layer.register``; for a network: ``logits_of.register``.
"""

from collections.abc import Mapping
from functools import singledispatch
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref import layers
from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.declared import derived
from liaf_ref._core.errors import InputError, unexpected
from liaf_ref._core.imports import import_optional_dependency
from liaf_ref._core.validation import REAL, check_bool, check_choice, check_params, check_path
from liaf_ref.analysis.op_count import steps_out
from liaf_ref.interop.onnx_graph import Dims
from liaf_ref.interop.onnx_writer import OnnxWriter, Traced
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.spike import step
from liaf_ref.layers.cells import HARD_SIGMOID, Cell
from liaf_ref.layers.layer import check_buffers
from liaf_ref.layers.neurons import LOGIT
from liaf_ref.layers.plain import Pool
from liaf_ref.layers.sequential import group_by_prefix
from liaf_ref.networks import BabiNetwork, Network, SequenceClassifier

# onnx_writer.py has the nodes of each equation.


WHERE = "to_onnx"

Outputs = dict[str, tuple[str, Dims]]


def to_onnx(
    model: layers.Layer | Network,
    params: Mapping[str, Array],
    path: Path | str | None = None,
    *,
    buffers: Mapping[str, Array] | None = None,
    stateful: bool = False,
    dtype: str | None = None,
) -> Any:
    """Write a layer or a network as an ONNX model, which computes what ``forward`` computes.

    Parameters
    ----------
    model : Layer or Network
        A layer takes ``X`` (B, T, ...) and returns ``Y``; a network takes its own inputs and
        returns ``logits``. Batch and time have any size when the model runs.
    params : mapping of str to array
        Parameters by name, float32 or float64. They become initializers with the same names and
        shapes.
    path : Path or str, optional
        File to write or replace, such as ``net.onnx``.
    buffers : mapping of str to array, optional
        Running statistics of batch normalization. Without them it uses the statistics of the
        batch, as ``forward`` does.
    stateful : bool
        Of a layer: also take the states before the first step, ``state0`` and so on, and return
        those after the last, ``next_state0``; without, the states start at zero.

    dtype : str, optional
        ``"float32"`` or ``"float64"``, for a model without parameters; by default float32.

    Returns
    -------
    onnx.ModelProto
        The model, of opset 17; ``onnx.checker`` has checked it.

    Raises
    ------
    LiafError
        If onnx is not installed.
    InputError
        If the parameters are not those of the model, or a layer or an option has no counterpart
        in ONNX; it is named.
    RunError
        If the file cannot be written.

    Notes
    -----
    onnxruntime has no float64 ``Conv``, ``AveragePool``, ``RNN``, ``LSTM`` and ``GRU``. For such a
    model in float64 use ``onnx.reference.ReferenceEvaluator``.

    See Also
    --------
    liaf_ref.to_nir : Write LIF neurons as a NIR graph, for hardware.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> layer = lr.DenseLIAF(4, 3)
    >>> model = lr.to_onnx(layer, layer.init(0, "float32"))
    >>> [value.name for value in (*model.graph.input, *model.graph.output)]
    ['X', 'Y']
    >>> [array.name for array in model.graph.initializer][:3]
    ['W', 'b', 'v_th']
    """
    onnx = import_optional_dependency("onnx", "onnx")
    file = None if path is None else check_path("path", path, WHERE)
    if not isinstance(model, layers.Layer | Network):
        raise unexpected("model", model, WHERE, "a Layer or a Network")
    check_bool("stateful", stateful, WHERE)
    arrays = _check_arrays(model, params, buffers)
    own = next((array.dtype.name for array in arrays.values()), None)
    if dtype is not None:
        check_choice("dtype", dtype, (own,) if own else REAL, WHERE)
    writer = OnnxWriter(onnx, own or dtype or "float32")
    names = writer.add_initializers(arrays)
    if isinstance(model, layers.Layer):
        outputs = _add_layer(writer, model, names, stateful)
    elif stateful:
        reason = "expected False for a network, whose states start at zero; export its layers"
        raise InputError.for_argument("stateful", WHERE, reason)
    else:
        outputs = {"logits": (logits_of(model, writer, names), ("B", "classes"))}
    found = writer.build(model.constructor, outputs)
    if file is not None:
        write_atomic(file, found.SerializeToString(deterministic=True))
    return found


def _check_arrays(model: layers.Layer | Network, params: object, buffers: object) -> layers.Params:
    """Parameters and running statistics; a mask of dropout is none of them."""
    arrays = check_params(params, model.shapes, WHERE, REAL)
    owner = model.sequential if isinstance(model, SequenceClassifier) else model
    shapes = owner.buffer_shapes() if isinstance(owner, layers.Layer) else {}
    running = {name: shape for name, shape in shapes.items() if "B" not in shape}
    dtype = next((array.dtype for array in arrays.values()), None)
    return arrays | check_buffers(buffers, running, 0, dtype, WHERE)


def _add_layer(
    writer: OnnxWriter, layer: layers.Layer, names: Mapping[str, str], stateful: bool
) -> Outputs:
    X = writer.add_input("X", ("B", "T", *layer.in_shape))
    sizes = layer.state_shapes()
    states = tuple(
        writer.add_input(f"state{k}", ("B", *size)) for k, size in enumerate(sizes) if stateful
    )
    Y, ends = add_layer(layer, writer, names, X, states if stateful else None)
    steps = steps_out(layer, 2)  # as many as come in, or one
    outputs: Outputs = {"Y": (Y, ("B", "T" if steps == 2 else steps, *layer.out_shape))}
    if stateful:
        for k, (end, size) in enumerate(zip(ends, sizes, strict=True)):
            outputs[f"next_state{k}"] = end, ("B", *size)
    return outputs


Names = Mapping[str, str]  # of the values that hold the parameters, and running statistics if given
States = tuple[str, ...]
Added = tuple[str, States]  # names of the output and of the last states


@singledispatch
def add_layer(layer: layers.Layer, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    """Add a layer's nodes; ``state`` names the states before the first step, None for zeros."""
    reason = f"expected a layer with an entry in add_layer, got {layer.constructor}"
    raise InputError.for_argument("layer", f"to_onnx of {layer.label}", reason)


@add_layer.register
def _(layer: layers.Dense, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.dense(X, p["W"], p.get("b")), ()


@add_layer.register
def _(layer: layers.Conv2D, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.conv(X, p["W"], p.get("b"), layer.grid, layer.shape, layer.out_shape), ()


@add_layer.register
def _(layer: layers.Conv3D, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.conv3d(X, p["W"], p.get("b"), layer.grid), ()


@add_layer.register
def _(layer: Pool, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    size, stride = layer.windows
    return to.pool(layer.constructor, X, size, stride, layer.shape, layer.out_shape), ()


@add_layer.register
def _(layer: layers.Activation, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.act(layer.act, X), ()


@add_layer.register
def _(layer: layers.TimeMean, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.mean(X, (1,)), ()


@add_layer.register
def _(layer: layers.Flatten, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.flatten(X, 2), ()


@add_layer.register
def _(layer: layers.Dropout, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return X, ()  # a model that is exported is evaluated, not trained


@add_layer.register
def _(layer: layers.LayerNorm, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    return to.layer_norm(X, p, len(layer.scale_shape), layer.eps), ()


@add_layer.register
def _(layer: layers.BatchNorm, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    if "m" in p:
        return to.batch_norm(X, p, layer.shape[-1], layer.eps), ()
    return to.norm(X, p, layer.axes, layer.eps), ()


@add_layer.register
def _(layer: layers.Neurons, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    act, own = _act_name(layer), dict(p)
    if layer.neuron.decay == "sigmoid":
        own["alpha"] = to.add("Sigmoid", own[LOGIT])
        layer = derived(layer, neuron=derived(layer.neuron, decay="alpha"))
    values: Any = {name: Traced(to, value) for name, value in own.items()}
    own = {name: value.name for name, value in layer.kernel_params(values)._asdict().items()}
    first, *_ = state or (to.zeros(X, layer.shape),)
    return to.neuron(X, own, first, act, 2 + len(layer.shape), *layer.neuron.kernel_arguments[2:])


@add_layer.register
def _(
    layer: layers.SynapticCurrent, to: OnnxWriter, p: Names, X: str, state: States | None
) -> Added:
    decay = p["decay"] if layer.trained else to.constant(layer.decay)
    (first,) = state or (to.zeros(X, layer.shape),)
    return to.current(X, decay, first, 2 + len(layer.shape))


def _act_name(layer: layers.Neurons) -> str:
    """The name of the activation; what has no counterpart in ONNX is refused."""
    own = layer.neuron
    name = own.act_name or ("spike" if own.activation.value is step else None)
    for argument, known, allowed in (
        ("spike", own.spike_pair.value is step, "the step of Eq. (4)"),
        ("act", name is not None, f"one of {', '.join(ACTIVATIONS)}, or the spike"),
    ):
        if not known:
            reason = f"expected {allowed}, got another, for which ONNX export has no nodes"
            raise InputError.for_argument(argument, f"to_onnx of {layer.label}", reason)
    return str(name)


@add_layer.register
def _(layer: Cell, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    hard = layer.activations[0] == HARD_SIGMOID
    return to.recurrent(layer.kernel_name.upper(), X, p["U"], state or (), layer.L, hard=hard)


@add_layer.register
def _(layer: layers.ConvLSTMCell, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    first = state or (to.zeros(X, layer.out_shape),) * layer.states
    hard = layer.activations[0] == HARD_SIGMOID
    return to.conv_lstm(X, p["U"], first, layer.kernel, hard=hard)


@add_layer.register
def _(layer: layers.Driven, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
    drive, _ = add_layer(layer.synapse, to, p, X, ())
    return add_layer(layer.dynamics, to, p, drive, state)


@add_layer.register
def _(layer: layers.Sequential, to: OnnxWriter, p: Names, X: str, state: States | None) -> Added:
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
        why = "ONNX has no sequences that begin at different steps; export an unmasked network"
        reason = f"expected 'unmasked', got {network.padding!r}: {why}"
        raise InputError.for_argument("padding", f"to_onnx of {network.label}", reason)
    own, ends = group_by_prefix(p), []
    for name, steps in (("story", "T"), ("query", "Q")):
        ids = to.add_input(name, ("B", steps), np.int64)
        X = to.add("Gather", own[name]["E"], ids, axis=0)
        Y, _ = add_layer(network.temporal_layer, to, own[name], X, None)
        ends.append(to.last(Y))
    joined = to.add("Concat", *ends, axis=-1)
    return to.dense(joined, own["head"]["W"], own["head"]["b"])
