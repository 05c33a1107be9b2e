"""Smaller cases: of fewer nodes, of shorter axes, with usual options."""

# Only nodes and inputs are chosen. The shapes of all other arrays follow from the op table, and
# their numbers are those of the larger case as far as they go.

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Chunks, Node
from liaf_ref.oracle.chunks import can_be_cut
from liaf_ref.oracle.draw.answer import level_of
from liaf_ref.oracle.draw.network import gates
from liaf_ref.oracle.opset import LOSSES, OPS, PADDING, SIZE, SIZES
from liaf_ref.oracle.shapes import array_shapes, network_shapes

FRESH = np.array([1.0, -0.5, 0.5, 1.0, -1.0, 0.25, -1.0])  # upstream gradients of a new last node
LEAST = {SIZE: 1, SIZES: 1, PADDING: 0}  # of an option that counts something
NAMES = ("in/X", "in/X2", "in/X3", "in/X4")

Move: TypeAlias = Callable[[Case], Case]  # it raises where it does not fit


def rebuilt(
    case: Case,
    nodes: Iterable[Node],
    given: Mapping[str, Array] | None = None,
    from_end: bool = False,
) -> Case:
    """A case of other nodes and inputs, with the first or the last numbers of this one."""
    nodes, given = _needed([*nodes]), given or _inputs(case)
    sources = [source for n in nodes for source in n.inputs if source in given]
    free = (name for name in NAMES if name not in sources)
    names = {s: s if s.startswith("in/") else next(free) for s in dict.fromkeys(sources)}
    nodes = [n._replace(inputs=tuple(names.get(s, s) for s in n.inputs)) for n in nodes]
    arrays = {names[source]: given[source] for source in names}
    inputs = {name: array.shape for name, array in arrays.items()}
    parts = {f"par/{node.name}": gates(node.op) for node in nodes}
    for name, shape in array_shapes(nodes, inputs, None).items():
        if min(shape, default=1) < 1:
            raise InputError(f"expected entries in {name}")
        is_asked = name.startswith(("in/", "fix/", "par/", "up/")) and name not in arrays
        if is_asked and (name in case or not name.endswith("T")):
            own = parts.get(name.partition(".")[0], 1)
            arrays[name] = _fitted(case.get(name, FRESH), shape, from_end, own)
    for node in nodes:
        if (limit := network_shapes(nodes, inputs)[node.name].index_limit) is not None:
            name = "in/y" if node.op in LOSSES else node.inputs[0]
            arrays[name] = arrays[name] % limit
        if node.op == "dropout":  # a mask is 0 or 1 / keep
            mask = f"fix/{node.name}.M"
            arrays[mask] = (arrays[mask] != 0) / node.options["keep"]
    optimizer = case.optimizer if nodes[-1].op in LOSSES else None
    level = level_of(nodes, optimizer)
    found = replace(case, level=level, nodes=tuple(nodes), arrays=arrays, optimizer=optimizer)
    return found if can_be_cut(found) else replace(found, chunks=None)


def _inputs(case: Case) -> dict[str, Array]:
    """The arrays that the nodes read."""
    return {name: case[name] for node in case.nodes for name in node.inputs if name in case}


def _needed(nodes: list[Node]) -> list[Node]:
    """Those that the last one depends on."""
    found, needed = list[Node](), {nodes[-1].name}
    for node in reversed(nodes):
        if node.name in needed:
            found.insert(0, node)
            needed |= {*node.inputs}
    return found


def _fitted(array: Array, shape: tuple[int, ...], from_end: bool, parts: int = 1) -> Array:
    """The first or the last entries of each axis; on longer and on new axes, the same again."""
    if parts > 1:  # each gate of the last axis for itself
        shape = (*shape[:-1], shape[-1] // parts)
        each = (_fitted(a, shape, from_end) for a in np.split(array, parts, axis=-1))
        return np.concatenate([*each], axis=-1)
    while array.ndim > len(shape):
        array = array[0]
    array = array.reshape((1,) * (len(shape) - array.ndim) + array.shape)
    for axis, (size, n) in enumerate(zip(array.shape, shape, strict=True)):
        start = max(size - n, 0) if from_end else 0
        array = array.take(np.arange(start, start + n) % size, axis)
    return array


def part(answer: Mapping[str, Array], first: int, last: int, case: Case) -> Case:
    """The nodes from the first to the last; the outputs of others before them are inputs."""
    outputs = {n.name: answer[f"exp/{n.name}.{OPS[n.op].output}"] for n in case.nodes[:first]}
    return rebuilt(case, case.nodes[first : last + 1], _inputs(case) | outputs)


def without(left_out: Node, case: Case) -> Case:
    """A node left out: its first input takes the place of its output."""
    source = {left_out.name: left_out.inputs[0]}
    others = (node for node in case.nodes if node.name != left_out.name)
    return rebuilt(
        case, (n._replace(inputs=tuple(source.get(s, s) for s in n.inputs)) for n in others)
    )


def changed(
    name: str, case: Case, from_end: bool = False, options: Mapping[str, Any] = {}, **fields: Any
) -> Case:
    """A node with other fields, and with other values of some options."""
    nodes = (
        n._replace(options={**n.options, **options}, **fields) if n.name == name else n
        for n in case.nodes
    )
    return rebuilt(case, nodes, from_end=from_end)


class Size(NamedTuple):
    """A size of a case, how to choose another, what it is a multiple of, and its least."""

    now: int
    chosen: Callable[[int, bool, Case], Case]  # kept from the start or the end
    step: int = 1
    least: int = 1


def sizes(case: Case) -> list[Size]:
    """Axes of the inputs, options, chunks and training steps, always in this order."""
    shapes = [array.shape for array in _inputs(case).values()]
    most, found = max(gates(node.op) for node in case.nodes), list[Size]()
    for axis in range(axes := max(map(len, shapes))):
        step = most if axis == axes - 1 else 1
        longest = max(shape[axis] for shape in shapes if len(shape) > axis)
        found.append(Size(longest, partial(_with_axis, axis, step), step))
    for node in case.nodes:
        for name, option in OPS[node.op].options.items():
            if option.values in LEAST:
                step = most if option.values == SIZE else 1
                for axis, now in enumerate(np.atleast_1d(node.options[name])):
                    choose = partial(_with_option, node, name, axis)
                    found.append(Size(int(np.max(now)), choose, step, LEAST[option.values]))
    if case.chunks is not None:
        found.append(Size(len(case.chunks.steps), partial(_with_fewer_chunks, case.chunks)))
    if case.optimizer is not None:
        found.append(Size(case.optimizer["steps"], _with_fewer_steps))
    return found


def _with_axis(axis: int, gates: int, size: int, from_end: bool, case: Case) -> Case:
    """All inputs with an axis of at most a size, and chunks of the steps that are left."""
    cut = {
        name: _fitted(
            a, (*a.shape[:axis], min(size, a.shape[axis]), *a.shape[axis + 1 :]), from_end, gates
        )
        if a.ndim > axis
        else a
        for name, a in _inputs(case).items()
    }
    if case.chunks is not None and axis == 1:
        start = sum(case.chunks.steps) - size if from_end else 0
        ends = ((max(a, start), min(b, start + size)) for a, b in case.chunks.spans())
        steps = tuple(b - a for a, b in ends if b > a)
        case = replace(case, chunks=case.chunks._replace(steps=steps))
    return rebuilt(case, case.nodes, cut, from_end)


def _with_option(node: Node, name: str, axis: int, n: int, from_end: bool, case: Case) -> Case:
    """An option whose number, or whose numbers of an axis, are at most n."""
    value = np.array(node.options[name])
    np.atleast_1d(value)[axis] = np.minimum(np.atleast_1d(value)[axis], n)
    return changed(node.name, case, from_end, {name: value.tolist()})


def _with_fewer_chunks(chunks: Chunks, n: int, from_end: bool, case: Case) -> Case:
    """The last chunks as one, or the first."""
    order = slice(None, None, -1 if from_end else 1)
    steps = chunks.steps[order]
    joined = (*steps[: n - 1], sum(steps[n - 1 :]))[order]
    return replace(case, chunks=chunks._replace(steps=joined))


def _with_fewer_steps(n: int, from_end: bool, case: Case) -> Case:
    return replace(case, optimizer={**(case.optimizer or {}), "steps": n})


def usual(case: Case) -> Iterator[Move]:
    """Fewer inputs of a concatenation, no chunks, options at their defaults."""
    for node in case.nodes:
        for k in range(len(node.inputs)) if len(node.inputs) > 1 else ():
            yield partial(changed, node.name, inputs=(*node.inputs[:k], *node.inputs[k + 1 :]))
        for name, default in unusual_options(node).items():
            yield partial(changed, node.name, options={name: default})
    if case.chunks is not None:
        yield lambda case: replace(case, chunks=None)


def unusual_options(node: Node) -> dict[str, Any]:
    """The defaults of the options of a node that have another value."""
    options = OPS[node.op].options
    defaults = {name: _listed(o.default) for name, o in options.items() if o.default is not None}
    return {name: value for name, value in defaults.items() if _listed(node.options[name]) != value}


def _listed(value: Any) -> Any:
    return [*map(_listed, value)] if isinstance(value, list | tuple) else value
