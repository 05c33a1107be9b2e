"""From a description and a seed to a case."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from liaf_ref.kernels.grid import out_size
from liaf_ref.oracle.case import LOSS_OPS, Case, Node
from liaf_ref.oracle.cases.case_spec import CaseSpec
from liaf_ref.oracle.cases.distributions import UniformGrid
from liaf_ref.oracle.cases.nodes import GATE_COUNT

Shape = tuple[int, ...]
STATES = {
    "neuron": ("V",),
    "rnn": ("c",),
    "lstm": ("h", "c"),
    "gru": ("h",),
    "convlstm": ("h", "c"),
}
PARAMETERS = ("v_th", "v_reset", "alpha", "beta")


def draw_case(spec: CaseSpec, attempt: int) -> Case:
    """Draw a case; the same arguments give the same bits."""
    rng = np.random.default_rng([spec.seed, attempt])
    arrays = {
        name: rng.integers(0, limit, shape)
        if (limit := _integer_limit(spec, name))
        else _distribution(spec, name).sample(rng, shape)
        for name, shape in _shapes(spec)
    }
    head = spec.name, spec.level, spec.nodes
    return Case(*head, arrays, spec.optimizer, spec.description)


def _shapes(spec: CaseSpec) -> Iterator[tuple[str, Shape]]:
    out = {f"in/{name}": shape for name, shape in spec.input_shapes.items()}
    yield from out.items()
    for node in spec.nodes:
        shapes = [out[source] for source in node.inputs]
        own, out[node.name] = _node_shapes(node, shapes)
        yield from ((f"par/{node.name}.{name}", shape) for name, shape in own.items())
        fixed = _constant_shapes(node, shapes[0])
        yield from ((f"fix/{node.name}.{name}", shape) for name, shape in fixed.items())
        for state in STATES.get(node.op, ()):
            shape = out[node.name]
            yield f"in/{node.name}.{state}0", (shape[0], *shape[2:])
            if spec.final_state_gradient:
                yield f"up/{node.name}.{state}T", (shape[0], *shape[2:])
    if spec.nodes[-1].op not in LOSS_OPS:
        yield f"up/{spec.nodes[-1].name}.Y", out[spec.nodes[-1].name]


def _node_shapes(node: Node, shapes: list[Shape]) -> tuple[dict[str, Shape], Shape]:
    """Shapes of a node's parameters and of its output."""
    (*outer, K), options = shapes[0], node.options
    own: dict[str, Shape] = {}
    out = shapes[0]
    match node.op:
        case "dense":
            L = options["units"]
            own, out = {"W": (K, L)} | ({"b": (L,)} if options["bias"] else {}), (*outer, L)
        case "embedding":
            own = {"E": (options["tokens"], options["width"])}
            out = (*shapes[0], options["width"])
        case "neuron":
            shared = {"all": (1,), "channel": (K,), "non": out[2:]}[options["sharing"]]
            own = dict.fromkeys(PARAMETERS, shared)
        case "rnn" | "lstm" | "gru":
            L = K // GATE_COUNT[node.op]
            own, out = {"U": (L, K)}, (*outer, L)
        case "convlstm":
            L = K // GATE_COUNT[node.op]
            own, out = {"U": (*options["kernel"], L, K)}, (*outer, L)
        case "conv" | "conv3d":
            L, kernel = options["units"], tuple(options["kernel"])
            own = {"W": (*kernel, K, L)} | ({"b": (L,)} if options["bias"] else {})
            out = (*_windowed_shape(shapes[0], kernel, options["stride"], options["pad"]), L)
        case "average_pool" | "max_pool":
            out = (*_windowed_shape(shapes[0], options["size"], options["stride"], [[0, 0]] * 2), K)
        case "layer_norm" | "batch_norm":
            shared = out[2:] if options["axes"] == "HWL" else (K,)
            own = {"gamma": shared, "b": shared}
        case "flatten":
            out = (*out[:-3], math.prod(out[-3:]))
        case "concat":
            out = (*outer, sum(shape[-1] for shape in shapes))
        case "last" | "mean":
            out = (out[0], *out[2:])
    return own, out


def _windowed_shape(shape: Shape, kernel: Any, stride: Any, pad: Any) -> Shape:
    """All axes but the last, those under the kernel as many as there are windows."""
    first = len(shape) - 1 - len(kernel)
    size = (n + sum(zeros) for n, zeros in zip(shape[first:-1], pad, strict=True))
    return (*shape[:first], *out_size(tuple(size), tuple(kernel), tuple(stride)))


def _constant_shapes(node: Node, shape: Shape) -> dict[str, Shape]:
    """Shapes of what a node is given and does not differentiate."""
    match node.op:
        case "batch_norm":
            return {"m": shape[-1:], "v": shape[-1:]}
        case "dropout":
            return {"M": shape}
    return {}


def _distribution(spec: CaseSpec, name: str) -> UniformGrid:
    """Where an array is drawn from; a mask's two values are its node's."""
    for node in spec.nodes:
        if name == f"fix/{node.name}.M":
            saved = 1 / node.options["keep"]
            return UniformGrid(0.0, saved, saved)
    return spec.distributions[_quantity(name)]


def _integer_limit(spec: CaseSpec, name: str) -> int | None:
    """One more than the largest number of an array of whole numbers."""
    if name == "in/y":
        units = [n.options["units"] for n in spec.nodes if n.op == "dense"]
        return int(units[-1] if units else spec.input_shapes["X"][-1])
    readers = [node for node in spec.nodes if name in node.inputs and node.op == "embedding"]
    return int(readers[0].options["tokens"]) if readers else None


def _quantity(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[2]
