"""Simpler options and rounder numbers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.opset import OPS, OPTIMIZERS, SIZES, Windows
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


def _replaced(values: Any, axis: int, value: object) -> list[Any]:
    return [value if i == axis else old for i, old in enumerate(values)]


def _tupled(value: Any) -> Any:
    return tuple(map(_tupled, value)) if isinstance(value, list | tuple) else value


def _listed(value: Any) -> Any:
    return [*map(_listed, value)] if isinstance(value, tuple) else value


STEPS = tuple(2.0**-k for k in (0, 1, 2, 3, 4, 6, 8, 12))
SIMPLE = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0)
MAX_ENTRIES = 200  # of a case, above which single numbers are left alone


def cost(case: Case) -> int:
    """How far the numbers of a case are from 0 and from each other."""
    return sum(entry_cost(x) for array in case.values() for x in array.ravel().tolist())


def entry_cost(x: float) -> int:
    """0 for 0; more for each bit before and after the binary point, and for a sign."""
    top, bottom = abs(x).as_integer_ratio()
    return 2 * (top.bit_length() + 2 * (bottom.bit_length() - 1)) + (x < 0)


def rounder_cases(case: Case) -> Iterator[Case]:
    """All numbers at once, each coarser grid first."""
    for step in STEPS:
        rounded = {name: _rounded(array, step) for name, array in _free(case)}
        yield case.with_arrays(rounded)


def rounder_arrays(case: Case, name: str) -> Iterator[Array]:
    """Simpler values of one array, the simplest first."""
    array = case[name]
    for value in SIMPLE[:2]:
        yield np.full_like(array, value)
    if array.dtype.kind == "f":
        for step in STEPS:
            yield _rounded(array, step)
        if array.size > 1:
            yield np.full_like(array, array.flat[0])


def rounder_entries(array: Array, index: int) -> Iterator[Array]:
    """The same array with one number simpler, the simplest first."""
    x = array.flat[index]
    values = list(SIMPLE) if array.dtype.kind == "f" else list(range(int(x)))
    if array.dtype.kind == "f":
        for step in STEPS:
            values += [np.floor(x / step) * step, np.ceil(x / step) * step]
    for value in sorted(set(map(float, values)), key=entry_cost):
        if entry_cost(value) < entry_cost(float(x)):
            other = array.copy()
            other.flat[index] = value
            yield other


def free_names(case: Case) -> list[str]:
    """The arrays whose numbers can be any: all but masks; upstream gradients first."""
    order = ("up", "fix", "par", "in")
    names = [name for name, _ in _free(case)]
    names += [name for name, array in case.items() if array.dtype.kind == "i"]
    return sorted(names, key=lambda name: order.index(name.partition("/")[0]))


def _free(case: Case) -> Iterator[tuple[str, Array]]:
    for name, array in case.items():
        if array.dtype.kind == "f" and not (name.startswith("fix/") and name.endswith(".M")):
            yield name, array


def valid(case: Case) -> bool:
    """Whether each running variance is positive."""
    return all(
        (array > 0).all()
        for name, array in case.items()
        if name.startswith("fix/") and name.endswith(".v")
    )


def _rounded(array: Array, step: float) -> Array:
    return np.round(array / step) * step + 0.0  # not -0
