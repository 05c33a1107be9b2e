"""The forward pass of golden cases as ONNX models, in folders of ONNX's backend tests."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.imports import import_optional_dependency
from liaf_ref._core.locks import write_folder
from liaf_ref.interop.onnx_writer import OnnxWriter
from liaf_ref.kernels.grid import Grid, Size
from liaf_ref.kernels.neuron import NTR, TR
from liaf_ref.oracle import opset
from liaf_ref.oracle.case import Array, Case, Node
from liaf_ref.oracle.golden.cases import GoldenCase, round_up
from liaf_ref.oracle.shapes import network_shapes


class Call(NamedTuple):
    """One node: the writer, its options, and the names of what it is given."""

    writer: OnnxWriter
    options: Mapping[str, Any]
    X: tuple[str, ...]
    par: Mapping[str, str]  # and constants
    states: tuple[str, ...]
    in_shape: Size
    out_shape: Size


def to_onnx_model(case: Case, dtype: Any) -> Any:
    """Make the model; it ends at the logits, and every array of the case is an input of it."""
    onnx = import_optional_dependency("onnx", "onnx")
    nodes = nodes_without_loss(case)
    writer = OnnxWriter(onnx, dtype)
    values = {
        name: writer.add_input(name, array.shape, None if array.dtype.kind == "f" else np.int64)
        for name, array in case.items()
        if name.startswith(("in/", "par/", "fix/"))
    }
    sizes = {name: array.shape for name, array in case.items()}
    for node, shapes in zip(nodes, network_shapes(nodes, sizes).values(), strict=True):
        own = f"par/{node.name}.", f"fix/{node.name}."
        par = {n.rpartition(".")[2]: value for n, value in values.items() if n.startswith(own)}
        X = tuple(values[source] for source in node.inputs)
        states = tuple(values[f"in/{node.name}.{state}0"] for state in opset.OPS[node.op].states)
        in_shape, sizes[node.name] = sizes[node.inputs[0]], shapes.output
        call = Call(writer, node.options, X, par, states, in_shape, shapes.output)
        values[node.name] = OPS[node.op](call)
    read = {source for node in nodes for source in node.inputs}
    outputs = {
        f"exp/{node.name}.{opset.OPS[node.op].output}": (values[node.name], sizes[node.name])
        for node in nodes
        if node.name not in read
    }
    return writer.build(case.name, outputs)


def nodes_without_loss(case: Case) -> list[Node]:
    """The nodes of a model; none of a case that only computes a loss."""
    return [node for node in case.nodes if node.op not in opset.LOSSES]


def _neuron(call: Call) -> str:
    act = call.options["act"]
    related = act == "spike" or call.options["mode"] == "TR"
    given = call.X[0], call.par, call.states[0], act, len(call.in_shape)
    return call.writer.neuron(*given, TR if related else NTR)[0]


def _recurrent(op: str) -> Callable[[Call], str]:
    return lambda call: call.writer.recurrent(
        op, call.X[0], call.par["U"], call.states, call.out_shape[-1], hard=False
    )[0]


def _pool(op: str) -> Callable[[Call], str]:
    return lambda c: c.writer.pool(
        op, c.X[0], c.options["size"], c.options["stride"], c.in_shape[2:], c.out_shape[2:]
    )


def _batch_norm(call: Call) -> str:
    eps = call.options["eps"]
    if call.options["statistics"] == "running":
        return call.writer.batch_norm(call.X[0], call.par, call.out_shape[-1], eps)
    axes = opset.norm_axes(call.options["axes"], len(call.in_shape))
    return call.writer.norm(call.X[0], call.par, axes, eps)


def _grid(options: Mapping[str, Any]) -> Grid:
    return Grid(tuple(options["stride"]), tuple(map(tuple, options["pad"])))


OPS: Mapping[str, Callable[[Call], str]] = {
    "dense": lambda c: c.writer.dense(c.X[0], c.par["W"], c.par.get("b")),
    "embedding": lambda c: c.writer.add("Gather", c.par["E"], c.X[0], axis=0),
    "neuron": _neuron,
    "current": lambda c: c.writer.current(c.X[0], c.par["decay"], c.states[0], len(c.in_shape))[0],
    "rnn": _recurrent("RNN"),
    "lstm": _recurrent("LSTM"),
    "gru": _recurrent("GRU"),
    "conv": lambda c: c.writer.conv(
        c.X[0], c.par["W"], c.par.get("b"), _grid(c.options), c.in_shape[2:], c.out_shape[2:]
    ),
    "conv3d": lambda c: c.writer.conv3d(c.X[0], c.par["W"], c.par.get("b"), _grid(c.options)),
    "convlstm": lambda c: c.writer.conv_lstm(
        c.X[0], c.par["U"], c.states, c.options["kernel"], hard=False
    )[0],
    "average_pool": _pool("AveragePool"),
    "max_pool": _pool("MaxPool"),
    "layer_norm": lambda c: c.writer.layer_norm(
        c.X[0], c.par, len(opset.norm_axes(c.options["axes"], len(c.in_shape))), c.options["eps"]
    ),
    "batch_norm": _batch_norm,
    "dropout": lambda c: c.writer.add("Mul", c.X[0], c.par["M"]),
    "act": lambda c: c.writer.act(c.options["act"], c.X[0]),
    "flatten": lambda c: c.writer.flatten(c.X[0], len(c.out_shape) - 1),
    "last": lambda c: c.writer.last(c.X[0]),
    "mean": lambda c: c.writer.mean(c.X[0], (1,), keep=False),
    "concat": lambda c: c.writer.add("Concat", *c.X, axis=-1),
}

DATA_SET = "test_data_set_0"


def save_onnx(folder: Path, cases: Iterable[GoldenCase], dtype: str) -> None:
    """Write ``test_CASE/model.onnx`` and its data for each case."""
    files = (
        (f"test_{golden.name}/{name}", message.SerializeToString(deterministic=True))
        for golden in cases
        for name, message in _messages(golden, dtype)
    )
    write_folder(folder, files)


def _messages(golden: GoldenCase, dtype: str) -> Iterator[tuple[str, Any]]:
    """The files of a case; a tolerance has the number of its output."""
    onnx = import_optional_dependency("onnx", "onnx")
    model = to_onnx_model(golden.case, dtype)
    yield "model.onnx", model
    given, expected = golden.case.astype(dtype), golden.expected
    for number, name in enumerate(value.name for value in model.graph.input):
        yield _tensor(onnx, "input", number, name, given[name])
    for number, name in enumerate(value.name for value in model.graph.output):
        output = expected[name].astype(dtype)
        tolerance = round_up(golden.tolerance[dtype][name] + abs(output - expected[name]))
        yield _tensor(onnx, "output", number, name, output)
        yield _tensor(onnx, "tolerance", number, name, tolerance)  # its rounding is in it


def _tensor(onnx: Any, kind: str, number: int, name: str, array: Array) -> tuple[str, Any]:
    tensor = onnx.numpy_helper.from_array(np.asarray(array, order="C"), name)
    return f"{DATA_SET}/{kind}_{number}.pb", tensor
