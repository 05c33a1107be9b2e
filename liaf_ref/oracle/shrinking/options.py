"""Simpler options: defaults, windows without strides and padding, one axis instead of many."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.opset import OPS, OPTIMIZERS, SIZES, Windows
from liaf_ref.oracle.shapes import array_shapes
from liaf_ref.oracle.shrinking.axes import Dimension, Kept, keep, network_inputs

Draft: TypeAlias = Callable[[], Case]  # it raises where the options do not fit together


def simpler_options(case: Case) -> Iterator[Draft]:
    """Cases with one option changed."""
    yield from _fewer_chunks(case)
    for node in case.nodes:
        yield from _smaller_windows(case, node)
    for node in case.nodes:
        for name, default in differing_options(node):
            yield partial(_with_options, case, node, {name: default})
    yield from _simpler_optimizers(case)
    yield from _fewer_axes(case)


def _fewer_chunks(case: Case) -> Iterator[Draft]:
    """No chunks, or one less: two are one."""
    if case.chunks is None:
        return
    yield partial(replace, case, chunks=None)
    steps = case.chunks.steps
    for k in range(len(steps) - 1):
        joined = (*steps[:k], steps[k] + steps[k + 1], *steps[k + 2 :])
        yield partial(replace, case, chunks=case.chunks._replace(steps=joined))


def differing_options(node: Node) -> Iterator[tuple[str, Any]]:
    """The options of a node that are not the default, and the default."""
    for name, option in OPS[node.op].options.items():
        if option.default is not None and _tupled(node.options[name]) != option.default:
            yield name, _listed(option.default)


def _with_options(case: Case, node: Node, options: Mapping[str, Any], kept: Kept = {}) -> Case:  # noqa: B006
    new = node._replace(options={**node.options, **options})
    found = keep(case, kept, {node.name: new})
    mask = f"fix/{node.name}.M"
    if "keep" in options:  # a mask is 0 or 1 / keep
        found = found.with_arrays({mask: (found[mask] != 0) / options["keep"]})
    return found


def _smaller_windows(case: Case, node: Node) -> Iterator[Draft]:
    """Windows of one tap, or of one less; stride 1; no zeros around the input."""
    op, windows = OPS[node.op], OPS[node.op].windows
    if windows is None:
        for name, option in op.options.items():
            if option.values == SIZES:  # same padding, so that the size of the output stays
                for axis, size in enumerate(node.options[name]):
                    for tap in range(size) if size > 1 else ():
                        kept = {Dimension(node.name, name, axis, size): np.array([tap])}
                        yield partial(keep, case, kept)
        return
    size, stride = list(node.options[windows.size]), list(node.options[windows.stride])
    pad = [list(zeros) for zeros in node.options[windows.pad]] if windows.pad else None
    for axis, (n, step) in enumerate(zip(size, stride, strict=True)):
        zeros = pad[axis] if pad else [0, 0]
        for taps in _taps(n):
            yield from _with_window(case, node, windows, axis, taps, step, [0, 0])
        if step > 1:
            yield from _with_window(case, node, windows, axis, np.arange(n), 1, zeros)
        for fewer in ([0, 0], [0, zeros[1]], [zeros[0], 0]):
            if fewer != zeros:
                yield from _with_window(case, node, windows, axis, np.arange(n), step, fewer)


def _taps(n: int) -> Iterator[Array]:
    if n > 1:
        yield from (np.array([tap]) for tap in range(n))
        yield np.arange(n - 1)
        yield np.arange(1, n)


def _with_window(
    case: Case,
    node: Node,
    windows: Windows,
    axis: int,
    taps: Array,
    step: int,
    zeros: list[int],
) -> Iterator[Draft]:
    """One axis of a window changed, and as much of the input as the same output needs."""
    options = {
        name: _replaced(node.options[name], axis, value)
        for name, value in ((windows.stride, step), (windows.pad, zeros))
        if name is not None
    }
    kept: dict[Dimension, Any] = {}
    size = node.options[windows.size][axis]
    if windows.pad is None:  # of a pool, whose windows have no parameters
        options[windows.size] = _replaced(node.options[windows.size], axis, len(taps))
    else:
        kept[Dimension(node.name, windows.size, axis, size)] = taps
    (source,) = node.inputs
    yield partial(_with_options, case, node, options, kept)
    if source in network_inputs(case):
        first = case[source].ndim - 1 - len(node.options[windows.size])
        length = case[source].shape[first + axis]
        old_zeros = sum(node.options[windows.pad][axis]) if windows.pad else 0
        count = (length + old_zeros - size) // node.options[windows.stride][axis] + 1
        needed = (count - 1) * step + len(taps) - sum(zeros)
        for start in {0, length - needed} if 0 < needed < length else ():
            at = Dimension(source, "", first + axis, length)
            inside = {**kept, at: np.arange(start, start + needed)}
            yield partial(_with_options, case, node, options, inside)


def _simpler_optimizers(case: Case) -> Iterator[Draft]:
    if case.optimizer is None:
        return
    rule = OPTIMIZERS[case.optimizer["name"]]
    for steps in {2, case.optimizer["steps"] // 2, case.optimizer["steps"] - 1}:
        if 1 < steps < case.optimizer["steps"]:
            yield partial(replace, case, optimizer={**case.optimizer, "steps": steps})
    for name, default in rule.defaults.items():
        simple = 1.0 if default is None else default
        if case.optimizer.get(name, default) != simple:
            yield partial(replace, case, optimizer={**case.optimizer, name: simple})


def _fewer_axes(case: Case) -> Iterator[Draft]:
    """H and W of size 1 left out."""
    inputs = network_inputs(case)
    shapes = {
        name: array.shape[:2] + array.shape[4:] if array.shape[2:4] == (1, 1) else array.shape
        for name, array in inputs.items()
    }
    if any(shapes[name] != array.shape for name, array in inputs.items()):
        yield partial(_reshaped, case, shapes)


def _reshaped(case: Case, inputs: Mapping[str, tuple[int, ...]]) -> Case:
    steps = None if case.optimizer is None else case.optimizer["steps"]
    shapes = array_shapes(case.nodes, inputs, steps)
    return case.with_arrays({name: array.reshape(shapes[name]) for name, array in case.items()})


def _replaced(values: Any, axis: int, value: object) -> list[Any]:
    return [value if i == axis else old for i, old in enumerate(values)]


def _tupled(value: Any) -> Any:
    return tuple(map(_tupled, value)) if isinstance(value, list | tuple) else value


def _listed(value: Any) -> Any:
    return [*map(_listed, value)] if isinstance(value, tuple) else value
