"""Sizes from the texts of the op table."""

import math
import re
from collections.abc import Iterable, Mapping
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, TypeVar

from liaf_ref._core.errors import InputError
from liaf_ref._core.text import short_repr
from liaf_ref.kernels.grid import out_size
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.opset import OPS, Op

A = TypeVar("A")
Size = tuple[int, ...]

# The arrays of an operation, by the field of its row: their names in a case.
NAMES: Mapping[str, tuple[str, ...]] = {
    "parameters": ("par/{}.{}",),
    "constants": ("fix/{}.{}",),
    "states": ("in/{}.{}0", "up/{}.{}T"),
    "traces": ("exp/{}.{}",),
    "adjoints": ("dbg/{}.{}",),
}


class NodeShapes(NamedTuple):
    """The shapes of a node's arrays, by their names in a case."""

    arrays: Mapping[str, Size]
    output: Size
    index_limit: int | None


def array_shapes(
    nodes: Iterable[Node], inputs: Mapping[str, Size], steps: int | None
) -> dict[str, Size]:
    """Every array that a case can have, by name; ``steps`` are those of its optimizer."""
    found = dict(inputs)
    for name, own in network_shapes(nodes, inputs).items():
        found |= own.arrays
        upstream = {} if "in/y" in own.arrays else {f"up/{name}.Y": own.output}
    found |= upstream
    given = {name: shape for name, shape in found.items() if name.startswith(("in/", "par/"))}
    found |= {f"grad/{name}": shape for name, shape in given.items()}
    if steps is not None:
        found |= {n.replace("par/", "step1/"): s for n, s in given.items() if n.startswith("par/")}
        found["exp/curve"] = (steps,)
    return found


def network_shapes(nodes: Iterable[Node], inputs: Mapping[str, Size]) -> dict[str, NodeShapes]:
    """The shapes of a network's arrays, by node."""
    out, found = dict(inputs), dict[str, NodeShapes]()
    for node in nodes:
        found[node.name] = node_shapes(node, [out[source] for source in node.inputs])
        out[node.name] = found[node.name].output
    return found


def node_shapes(node: Node, inputs: list[Size]) -> NodeShapes:
    """The shapes of a node's arrays, by those of its inputs."""
    op, found = OPS[node.op], dict[str, Size]()
    for name, option in op.options.items():
        value = node.options.get(name, option.default)
        if isinstance(option.values, tuple) and value not in option.values:
            known = ", ".join(map(str, option.values))
            raise InputError(f"{node.name}: expected {name} among {known}, got {short_repr(value)}")
    sizes = _sizes(op, node, inputs)
    for kind, names in NAMES.items():
        for quantity, shape in getattr(op, kind).items():
            text = shape if isinstance(shape, str) else shape.shapes[node.options[shape.option]]
            if text is not None:
                size = _resolve(text, sizes)
                found |= {name.format(node.name, quantity): size for name in names}
    if op.target is not None:
        found["in/y"] = _resolve(op.target, sizes)
    limit = None if op.index_limit is None else _resolve(op.index_limit, sizes)[0]
    return NodeShapes(found, found[f"exp/{node.name}.{op.output}"], limit)


def _sizes(op: Op, node: Node, inputs: list[Size]) -> dict[str, Size]:
    """By the letter or the option; of one number unless the text has a star."""
    bound = [bind(op.input, shape) for shape in inputs]
    sizes = {**bound[0], "sum": (sum(each.get("K", (0,))[0] for each in bound),)}
    if op.num_gates > 1:
        sizes["L"] = (sizes["L"][0] // op.num_gates,)
    for name, value in node.options.items():
        if isinstance(value, int | list | tuple):
            sizes[name] = (value,) if isinstance(value, int) else tuple(value)
    if op.windows is not None:
        sizes["P"] = _window_counts(node.options, op.windows, sizes["S"])
    return sizes


def bind(text: str, axes: tuple[A, ...]) -> dict[str, tuple[A, ...]]:
    """Which axes the letters of a text stand for."""
    letters = re.findall(r"(\*?)\d*(\w)", text)
    lengths = [len(axes) - len(letters) + 1 if star else 1 for star, _ in letters]
    if min(lengths) < 0 or sum(lengths) != len(axes):
        raise InputError(f"expected an input of shape ({text}), got {axes}")
    spans = pairwise(accumulate(lengths, initial=0))
    return {letter: axes[a:b] for (_, letter), (a, b) in zip(letters, spans, strict=True)}


def _resolve(text: str, sizes: Mapping[str, Size]) -> Size:
    shape: list[int] = []
    for axis in text.split():
        if axis[0] == "*":
            shape += sizes[axis[1:]]
        else:
            factors = re.findall(r"\d+|[A-Z]|[a-z]+", axis.removesuffix("(K)"))
            shape.append(math.prod(int(f) if f.isdigit() else sizes[f][0] for f in factors))
    return tuple(shape)


def _window_counts(options: Mapping[str, Any], windows: str, size: Size) -> Size:
    kernel, stride = options[windows], options["stride"]
    pad = options.get("pad", [[0, 0]] * len(size))
    if not len(kernel) == len(stride) == len(pad) == len(size):
        raise InputError(f"expected windows over {len(size)} axes, got a size of {kernel}")
    padded = (n + sum(zeros) for n, zeros in zip(size, pad, strict=True))
    return out_size(tuple(padded), tuple(kernel), tuple(stride))


def states_of(nodes: Iterable[Node]) -> list[tuple[str, str, str]]:
    """Of each state: the names of its trace, its initial value, its final gradient."""
    states = (f"{node.name}.{state}" for node in nodes for state in OPS[node.op].states)
    return [(f"exp/{state}", f"in/{state}0", f"up/{state}T") for state in states]


def is_network_input(name: str) -> bool:
    """Whether an array is given to the network, and not to one node."""
    return name.startswith("in/") and "." not in name


def required_arrays(case: Case, answer: Iterable[str]) -> frozenset[str]:
    """What a backend must return: the output or the loss, running statistics, what is derived."""
    answer = frozenset(answer)
    last, ops = case.nodes[-1], ((node.name, OPS[node.op]) for node in case.nodes)
    saved = {f"exp/{name}.{q}" for name, op in ops for q in op.constants.keys() & op.traces.keys()}
    required = frozenset({f"exp/{last.name}.{OPS[last.op].output}", "exp/curve"} | saved)
    derived = {name for name in answer if name.startswith(("grad/", "step1/"))}
    return required & answer | derived
