"""Keep some entries of an axis, in every array of a case that has this axis."""

# The shape texts of the op table say which axis of which array is which letter. An axis is its old
# size with the indices that stay; a text such as ``HWL`` or ``4L`` gives the indices of a product.

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple, TypeAlias

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import out_size
from liaf_ref.oracle.case import Case, Chunks, Node
from liaf_ref.oracle.opset import LOSSES, OPS, SIZE, Op, Shape, Windows
from liaf_ref.oracle.shapes import network_shapes

BATCH = "batch"
GATES = (1, 4, 3)  # side by side on the last axis of a recurrent layer's input


class Axis(NamedTuple):
    """An axis of an array: its size before, and the indices that are kept."""

    size: int
    kept: Array

    @property
    def start(self) -> int:
        """The first index that is kept."""
        return int(self.kept[0]) if self.kept.size else 0


Axes: TypeAlias = tuple[Axis, ...]
Letters: TypeAlias = Mapping[str, Axes]


class Dimension(NamedTuple):
    """A size of a case that can be chosen: of an input, or an option of a node."""

    owner: str  # an input, a node, or BATCH
    option: str  # of the node; empty for an input
    axis: int
    size: int
    gates: int = 1

    def kept(self, indices: Array) -> Array:
        """The indices on the axis itself, where several gates are side by side."""
        return np.concatenate([indices + gate * self.size for gate in range(self.gates)])


Kept: TypeAlias = Mapping[Dimension, Array]


def dimensions(case: Case) -> list[Dimension]:
    """The sizes of a case that can be made smaller."""
    inputs = network_inputs(case)
    found = [Dimension(BATCH, "", 0, min(len(array) for array in inputs.values()))]
    for name, array in inputs.items():
        found += [Dimension(name, "", i, n) for i, n in enumerate(array.shape) if i]
    for node in case.nodes:
        for name, option in OPS[node.op].options.items():
            if option.values == SIZE:
                found.append(Dimension(node.name, name, 0, node.options[name]))
    return [fit for dimension in found if dimension.size > 1 and (fit := _gated(case, dimension))]


def _gated(case: Case, dimension: Dimension) -> Dimension | None:
    """The same, in as many parts as the layer behind it has gates."""
    for gates in GATES:
        fit = dimension._replace(size=dimension.size // gates, gates=gates)
        try:
            keep(case, {fit: np.arange(fit.size - 1)})
        except (InputError, ValueError, IndexError):
            continue
        return fit if fit.size > 1 else None
    return None


def network_inputs(case: Case) -> dict[str, Array]:
    """The arrays that the nodes read as inputs."""
    return {name: case[name] for node in case.nodes for name in node.inputs if name in case}


def keep(case: Case, kept: Kept, changed: Mapping[str, Node] | None = None) -> Case:
    """Restrict a case to the kept indices; some nodes have other options or fewer inputs."""
    return _Restriction(case, kept, changed or {}).case()


class _Restriction:
    """What is kept of each value of the network, from the inputs to the output."""

    def __init__(self, case: Case, kept: Kept, changed: Mapping[str, Node]) -> None:
        self.old, self.changed = case, changed
        self.options = {(d.owner, d.option, d.axis): d.kept(i) for d, i in kept.items()}
        shapes = {name: array.shape for name, array in network_inputs(case).items()}
        self.shapes = network_shapes(case.nodes, shapes)
        self.values = {
            name: tuple(self._axis(name if i else BATCH, "", i, n) for i, n in enumerate(shape))
            for name, shape in shapes.items()
        }
        self.arrays = {name: case[name][np.ix_(*_kept(self.values[name]))] for name in shapes}

    def _axis(self, owner: str, option: str, axis: int, size: int) -> Axis:
        return Axis(size, self.options.get((owner, option, axis), np.arange(size)))

    def case(self) -> Case:
        """The smaller case."""
        nodes = tuple(self._node(node) for node in self.old.nodes)
        return replace(self.old, nodes=nodes, arrays=self.arrays, chunks=self._chunks())

    def _chunks(self) -> Chunks | None:
        """How many steps stay in each chunk; a chunk without steps is gone."""
        if self.old.chunks is None:
            return None
        T = self.values[next(iter(network_inputs(self.old)))][1]
        sizes = [int(((T.kept >= a) & (T.kept < b)).sum()) for a, b in self.old.chunks.spans()]
        return self.old.chunks._replace(steps=tuple(size for size in sizes if size))

    def _node(self, old: Node) -> Node:
        op, new = OPS[old.op], self.changed.get(old.name, old)
        letters = self._letters(op, old, new)
        given = [letters[name] for name in op.options if name in letters]
        sizes = {
            name: _like(new.options[name], [axis.kept.size for axis in axes])
            for name, axes in zip((n for n in op.options if n in letters), given, strict=True)
        }
        node = new._replace(options={**new.options, **sizes})
        self._restrict_arrays(op, old, node, letters)
        output = op.traces[op.output]
        axes = _resolve(_text(output, node) or "", letters)
        self.values[old.name] = axes
        upstream = f"up/{old.name}.Y"
        if upstream in self.old:
            self.arrays[upstream] = self.old[upstream][np.ix_(*_kept(axes))]
        self._restrict_integers(op, node, letters)
        return node

    def _letters(self, op: Op, old: Node, new: Node) -> dict[str, Axes]:
        bound = [_bind(op.input, self.values[source]) for source in old.inputs]
        for source, letters in zip(old.inputs, bound, strict=True):
            if source not in new.inputs:
                letters["K"] = (Axis(letters["K"][0].size, np.arange(0)),)
        for letters in bound[1:]:
            for name, axes in letters.items():
                if name != "K":
                    _check_equal(axes, bound[0][name])
        found = dict(bound[0])
        if "K" in found:
            found["sum"] = (_joined([letters["K"][0] for letters in bound]),)
        texts = " ".join(map(str, (*op.parameters.values(), *op.traces.values())))
        for name in op.options:
            value = old.options[name]
            if re.search(rf"\b{name}\b", texts) and not isinstance(value, bool | str | float):
                sizes = [value] if isinstance(value, int) else value
                found[name] = tuple(self._axis(old.name, name, i, n) for i, n in enumerate(sizes))
        if op.windows is not None:
            found["P"] = self._windows(op.windows, old, new, found)
        return found

    def _windows(self, windows: Windows, old: Node, new: Node, letters: Letters) -> Axes:
        """The windows that stay; where there are more than before, the first ones again."""
        S = letters["S"]
        before = self.shapes[old.name].output[-1 - len(S) : -1]
        size = [axis.kept.size for axis in letters.get(windows.size, ())]
        size = size or list(new.options[windows.size])
        stride = new.options[windows.stride]
        pad = new.options[windows.pad] if windows.pad else [[0, 0]] * len(S)
        padded = [axis.kept.size + sum(zeros) for axis, zeros in zip(S, pad, strict=True)]
        after = out_size(tuple(padded), tuple(size), tuple(stride))
        if min(after) < 1:
            raise InputError("expected at least one window")
        starts = (
            min(-(-axis.start // step), max(old_n - n, 0))
            for axis, step, old_n, n in zip(S, stride, before, after, strict=True)
        )
        return tuple(
            Axis(old_n, (start + np.arange(n)) % old_n)
            for start, old_n, n in zip(starts, before, after, strict=True)
        )

    def _restrict_arrays(self, op: Op, old: Node, node: Node, letters: Letters) -> None:
        for prefix, suffix, shapes in (
            ("par", "", op.parameters),
            ("fix", "", op.constants),
            ("in", "0", op.states),
            ("up", "T", op.states),
        ):
            for quantity, shape in shapes.items():
                name = f"{prefix}/{node.name}.{quantity}{suffix}"
                text = _text(shape, node)
                if text is None or (prefix == "up" and name not in self.old):
                    continue
                axes = _resolve(text, letters)
                if (was := _text(shape, old)) is None:
                    self.arrays[name] = np.zeros([axis.kept.size for axis in axes])
                    continue
                part = self.old[name][np.ix_(*_kept(_resolve(was, letters)))]
                self.arrays[name] = _fit(part, tuple(axis.kept.size for axis in axes))

    def _restrict_integers(self, op: Op, node: Node, letters: Letters) -> None:
        """Labels and tokens count the classes and rows that are kept; others become 0."""
        if op.index_limit is None:
            return
        name = "in/y" if node.op in LOSSES else node.inputs[0]
        array = self.old[name]
        if node.op in LOSSES:
            array = array[np.ix_(*_kept(_resolve(op.target or "", letters)))]
        else:
            array = self.arrays[name]
        (axis,) = _resolve(op.index_limit, letters)
        number = np.zeros(axis.size, array.dtype)
        number[axis.kept] = np.arange(axis.kept.size)
        self.arrays[name] = number[array]


def to_float32(array: Array) -> Array:
    """Rounded to float32, because each input of a case is a float32."""
    return array.astype(np.float32).astype(np.float64)


def _kept(axes: Axes) -> list[Array]:
    return [axis.kept for axis in axes]


def _text(shape: Shape, node: Node) -> str | None:
    return shape if isinstance(shape, str) else shape.shapes[node.options[shape.option]]


def _like(value: object, sizes: list[int]) -> object:
    return sizes[0] if isinstance(value, int) else sizes


def _fit(array: Array, shape: tuple[int, ...]) -> Array:
    """An array in another shape: the first entries of axes that are gone, repeated on new ones."""
    while array.ndim > len(shape):
        array = array[0]
    array = array[tuple(slice(0, n) for n in shape[len(shape) - array.ndim :])]
    return np.broadcast_to(array, shape).copy()


def _bind(text: str, axes: Axes) -> dict[str, Axes]:
    """The axes that the letters of a text stand for."""
    tokens = re.findall(r"(\*?)(\d*)(\w)", text)
    lengths = [len(axes) - len(tokens) + 1 if star else 1 for star, _, _ in tokens]
    ends = list(accumulate(lengths))
    if min(lengths) < 0 or ends[-1] != len(axes):
        raise InputError(f"expected an input of shape ({text})")
    return {
        letter: tuple(_divide(axis, int(factor or 1)) for axis in axes[end - length : end])
        for (_, factor, letter), length, end in zip(tokens, lengths, ends, strict=True)
    }


def _divide(axis: Axis, factor: int) -> Axis:
    """One of several equal parts side by side."""
    size = axis.size // factor
    part = Axis(size, axis.kept[: axis.kept.size // factor])
    _check_equal((_product(Axis(factor, np.arange(factor)), part),), (axis,))
    return part


def _product(a: Axis, b: Axis) -> Axis:
    return Axis(a.size * b.size, (a.kept[:, None] * b.size + b.kept).ravel())


def _joined(axes: list[Axis]) -> Axis:
    starts = [0, *accumulate(axis.size for axis in axes)]
    return Axis(
        starts[-1],
        np.concatenate([axis.kept + at for axis, at in zip(axes, starts, strict=False)]),
    )


def _check_equal(axes: Axes, others: Axes) -> None:
    same = len(axes) == len(others) and all(
        np.array_equal(a.kept, b.kept) for a, b in zip(axes, others, strict=True)
    )
    if not same:
        raise InputError("expected the same indices on both axes")


def _resolve(text: str, letters: Letters) -> Axes:
    """The axes of an array, by its text."""
    found: list[Axis] = []
    for token in text.split():
        if token[0] == "*":
            found += letters[token[1:]]
            continue
        product = Axis(1, np.arange(1))
        for factor in re.findall(r"\d+|[A-Z]|[a-z]+", token.removesuffix("(K)")):
            n = int(factor) if factor.isdigit() else 0
            product = _product(product, Axis(n, np.arange(n)) if n else letters[factor][0])
        found.append(product)
    return tuple(found)
