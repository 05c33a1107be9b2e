"""Layers and networks to ONNX, the Open Neural Network Exchange."""

# onnx_writer.py has the nodes of each equation.

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import InputError
from liaf_ref._core.imports import import_optional_dependency
from liaf_ref._core.text import describe_value
from liaf_ref._core.validation import check_bool, check_choice, check_path
from liaf_ref.analysis.op_count import steps_out
from liaf_ref.interop.onnx_graph import Dims
from liaf_ref.interop.onnx_layers import add_layer, logits_of
from liaf_ref.interop.onnx_writer import OnnxWriter
from liaf_ref.interop.real_params import check_real_params
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Layer, Params
from liaf_ref.layers.layer import check_buffers
from liaf_ref.networks import Network
from liaf_ref.networks.classifier import SequenceClassifier

__all__ = ["to_onnx"]

WHERE = "to_onnx"
DTYPES = ("float32", "float64")
Outputs = dict[str, tuple[str, Dims]]


def to_onnx(
    model: Layer | Network,
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
    if not isinstance(model, Layer | Network):
        reason = f"expected a Layer or a Network, got {describe_value(model)}"
        raise InputError.for_argument("model", WHERE, reason)
    check_bool("stateful", stateful, WHERE)
    arrays = _check_arrays(model, params, buffers)
    own = next((array.dtype.name for array in arrays.values()), None)
    if dtype is not None:
        check_choice("dtype", dtype, (own,) if own else DTYPES, WHERE)
    writer = OnnxWriter(onnx, own or dtype or "float32")
    names = writer.add_initializers(arrays)
    if isinstance(model, Layer):
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


def _check_arrays(model: Layer | Network, params: object, buffers: object) -> Params:
    """Parameters and running statistics; a mask of dropout is none of them."""
    arrays = check_real_params(params, model.shapes, WHERE)
    owner = model.sequential if isinstance(model, SequenceClassifier) else model
    shapes = owner.buffer_shapes() if isinstance(owner, Layer) else {}
    running = {name: shape for name, shape in shapes.items() if "B" not in shape}
    dtype = next((array.dtype for array in arrays.values()), None)
    return arrays | check_buffers(buffers, running, 0, dtype, WHERE)


def _add_layer(
    writer: OnnxWriter, layer: Layer, names: Mapping[str, str], stateful: bool
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
