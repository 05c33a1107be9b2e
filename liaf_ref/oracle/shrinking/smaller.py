"""Smaller cases: of fewer nodes, of shorter axes, with usual options."""

# Only nodes and inputs are chosen. The shapes of all other arrays follow from the op table, and
# their numbers are those of the larger case as far as they go.

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial, reduce
from operator import getitem
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.chunks import can_be_cut
from liaf_ref.oracle.draw.answer import level_of
from liaf_ref.oracle.draw.network import gates
from liaf_ref.oracle.opset import LOSSES, OPS, OPTIMIZERS, PADDING, SIZE, SIZES
from liaf_ref.oracle.shapes import array_shapes, network_shapes

FRESH = np.array([1.0, -0.5, 0.5, 1.0, -1.0, 0.25, -1.0])  # upstream gradients of a new last node
TYPES = (SIZE, SIZES, PADDING)  # of options that count something
NAMES = ("in/X", "in/X2", "in/X3", "in/X4")

Move: TypeAlias = Callable[[Case], Case]  # it raises where it does not fit


def network_inputs(case: Case) -> dict[str, Array]:
    """The arrays that the nodes read as inputs."""
    return {name: case[name] for node in case.nodes for name in node.inputs if name in case}


def rebuilt(
    case: Case,
    nodes: Iterable[Node],
    given: Mapping[str, Array] | None = None,
    from_end: bool = False,
) -> Case:
    """A case of other nodes and inputs, with the first or the last numbers of this one."""
    nodes, given = _needed(list(nodes)), given or network_inputs(case)
    sources = {source: given[source] for n in nodes for source in n.inputs if source in given}
    free = (name for name in NAMES if name not in sources)
    names = {s: s if s.startswith("in/") else next(free) for s in sources}
    nodes = [n._replace(inputs=tuple(names.get(s, s) for s in n.inputs)) for n in nodes]
    arrays = {names[source]: array for source, array in sources.items()}
    inputs = {name: array.shape for name, array in arrays.items()}
    parts = {f"par/{node.name}": gates(node.op) for node in nodes}
    for name, shape in array_shapes(nodes, inputs, None).items():
        if min(shape, default=1) < 1:
            raise InputError(f"expected entries in {name}")
        is_asked = name.startswith(("in/", "fix/", "par/", "up/")) and name not in arrays
        if is_asked and (name in case or not name.endswith("T")):
            own = parts.get(name.partition(".")[0], 1)
            arrays[name] = fitted(case.get(name, FRESH), shape, from_end, own)
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


def _needed(nodes: list[Node]) -> list[Node]:
    """Those that the last one depends on."""
    found, needed = list[Node](), {nodes[-1].name}
    for node in reversed(nodes):
        if node.name in needed:
            found.insert(0, node)
            needed |= {*node.inputs}
    return found


def fitted(array: Array, shape: tuple[int, ...], from_end: bool = False, parts: int = 1) -> Array:
    """The first or the last entries of each axis; on longer and on new axes, the same again."""
    if parts > 1:  # each gate of the last axis for itself
        shape = (*shape[:-1], shape[-1] // parts)
        each = (fitted(a, shape, from_end) for a in np.split(array, parts, axis=-1))
        return np.concatenate([*each], axis=-1)
    while array.ndim > len(shape):
        array = array[0]
    array = array.reshape((1,) * (len(shape) - array.ndim) + array.shape)
    for axis, (size, n) in enumerate(zip(array.shape, shape, strict=True)):
        start = max(size - n, 0) if from_end else 0
        array = array.take(np.arange(start, start + n) % size, axis)
    return array


def part(case: Case, answer: Mapping[str, Array], first: int, last: int) -> Case:
    """The nodes from the first to the last; the outputs of others before them are inputs."""
    outputs = {n.name: answer[f"exp/{n.name}.{OPS[n.op].output}"] for n in case.nodes[:first]}
    return rebuilt(case, case.nodes[first : last + 1], network_inputs(case) | outputs)


def without(name: str, case: Case) -> Case:
    """A node left out: its first input takes the place of its output."""
    (source,) = (node.inputs[0] for node in case.nodes if node.name == name)
    others = (node for node in case.nodes if node.name != name)
    return rebuilt(
        case,
        (n._replace(inputs=tuple(source if s == name else s for s in n.inputs)) for n in others),
    )


def changed(name: str, case: Case, from_end: bool = False, **fields: Any) -> Case:
    """A node with other fields."""
    nodes = (n._replace(**fields) if n.name == name else n for n in case.nodes)
    return rebuilt(case, nodes, None, from_end)


class Size(NamedTuple):
    """A size of a case: how to read it, how to choose it, and what it is a multiple of."""

    read: Callable[[Case], int]
    chosen: Callable[[int, bool, Case], Case]  # a smaller one, kept from the start or the end
    step: int = 1
    least: int = 1


def sizes(case: Case) -> Iterator[Size]:
    """Inputs, options, chunks and training steps; each can be chosen whatever the others are."""
    inputs = network_inputs(case)
    most = max(gates(node.op) for node in case.nodes)
    axes = max(array.ndim for array in inputs.values())
    for axis in range(axes):
        long = [name for name, array in inputs.items() if array.ndim > axis]
        for names in (long, *([name] for name in long[1:])):
            own = most if axis == axes - 1 else 1
            yield Size(partial(_length, names, axis), partial(_with_axis, names, axis, own), own)
    for node in case.nodes:
        for name, option in OPS[node.op].options.items():
            for path in _paths(node.options[name]) if option.values in TYPES else ():
                own = most if option.values == SIZE else 1
                at = (node.name, name, path)
                least = 0 if option.values == PADDING else 1
                yield Size(partial(_option, *at), partial(_with_option, *at), own, least)
    yield Size(lambda case: len(case.chunks.steps) if case.chunks else 0, _with_fewer_chunks)
    yield Size(
        lambda case: case.optimizer["steps"] if case.optimizer else 0,
        lambda n, _, case: with_optimizer("steps", n, case),
    )


def _length(names: list[str], axis: int, case: Case) -> int:
    inputs = network_inputs(case)
    return int(max(inputs[name].shape[axis] for name in names))


def _with_axis(
    names: list[str], axis: int, parts: int, size: int, from_end: bool, case: Case
) -> Case:
    """Some inputs with an axis of another size, and chunks of the steps that are left."""
    inputs = network_inputs(case)
    shapes = {s: (*inputs[s].shape[:axis], size, *inputs[s].shape[axis + 1 :]) for s in names}
    cut = {s: fitted(inputs[s], shape, from_end, parts) for s, shape in shapes.items()}
    if case.chunks is not None and axis == 1:
        start = sum(case.chunks.steps) - size if from_end else 0
        ends = ((max(a, start), min(b, start + size)) for a, b in case.chunks.spans())
        steps = tuple(b - a for a, b in ends if b > a)
        case = replace(case, chunks=case.chunks._replace(steps=steps))
    return rebuilt(case, case.nodes, inputs | cut, from_end)


def _paths(value: Any) -> Iterator[tuple[int, ...]]:
    """Where the numbers of nested lists are."""
    if isinstance(value, int):
        yield ()
    else:
        yield from ((i, *path) for i, item in enumerate(value) for path in _paths(item))


def _options(node: str, case: Case) -> Mapping[str, Any]:
    (options,) = (n.options for n in case.nodes if n.name == node)
    return options


def _option(node: str, name: str, path: tuple[int, ...], case: Case) -> int:
    return int(reduce(getitem, path, _options(node, case)[name]))


def _with_option(
    node: str, name: str, path: tuple[int, ...], value: Any, from_end: bool, case: Case
) -> Case:
    options = _options(node, case)
    value = _put(options[name], path, value)
    return changed(node, case, from_end, options={**options, name: value})


def _put(value: Any, path: tuple[int, ...], x: Any) -> Any:
    """Nested lists with another number at a place."""
    if not path:
        return x
    return [_put(v, path[1:], x) if i == path[0] else v for i, v in enumerate(value)]


def _with_fewer_chunks(n: int, from_end: bool, case: Case) -> Case:
    """The chunks at one end as one."""
    steps, many = case.chunks.steps, len(case.chunks.steps) - n + 1  # type: ignore[union-attr]
    joined = (
        (*steps[: n - 1], sum(steps[n - 1 :])) if from_end else (sum(steps[:many]), *steps[many:])
    )
    return replace(case, chunks=case.chunks._replace(steps=joined))  # type: ignore[union-attr]


def with_optimizer(name: str, value: float, case: Case) -> Case:
    """An optimizer with another value of an option."""
    return replace(case, optimizer={**(case.optimizer or {}), name: value})


def usual(case: Case) -> Iterator[Move]:
    """Fewer inputs of a concatenation, no chunks, options at their defaults."""
    for node in case.nodes:
        for k in range(len(node.inputs)) if len(node.inputs) > 1 else ():
            yield partial(changed, node.name, inputs=(*node.inputs[:k], *node.inputs[k + 1 :]))
        for name, default in unusual_options(node).items():
            yield partial(_with_option, node.name, name, (), default, False)
    if case.chunks is not None:
        yield lambda case: replace(case, chunks=None)
    for name, value in (
        OPTIMIZERS[case.optimizer["name"]].defaults.items() if case.optimizer else ()
    ):
        yield partial(with_optimizer, name, 1.0 if value is None else value)


def unusual_options(node: Node) -> dict[str, Any]:
    """The defaults of the options of a node that have another value."""
    options = OPS[node.op].options
    defaults = {name: _listed(o.default) for name, o in options.items() if o.default is not None}
    return {name: value for name, value in defaults.items() if _listed(node.options[name]) != value}


def _listed(value: Any) -> Any:
    return [*map(_listed, value)] if isinstance(value, list | tuple) else value


def is_simpler(case: Case, before: Case) -> bool:
    """Whether a case is smaller, or as small and of rounder numbers."""
    size, limit = _size(case), _size(before)
    return size < limit or (size == limit and cost(case) < cost(before))


def _size(case: Case) -> tuple[int, ...]:
    """What is reduced, the most important first."""
    optimizer = case.optimizer or {}
    return (
        len(case.nodes),
        optimizer.get("steps", 0),
        len(case.chunks.steps) if case.chunks else 0,
        sum(array.size for array in case.values()),
        sum(len(unusual_options(node)) for node in case.nodes)
        + sum(value not in {0.0, 1.0} for value in optimizer.values()),
    )


def cost(case: Case) -> int:
    """How far the numbers of a case are from 0 and from each other."""
    return sum(entry_cost(x) for array in case.values() for x in array.ravel().tolist())


def entry_cost(x: float) -> int:
    """0 for 0; more for each bit before and after the binary point, and for a sign."""
    top, bottom = abs(x).as_integer_ratio()
    return 2 * (top.bit_length() + 2 * (bottom.bit_length() - 1)) + (x < 0)
