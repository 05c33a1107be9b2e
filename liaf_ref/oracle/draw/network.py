"""Networks whose operations, sizes and options follow from the rows of the table."""

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.oracle.case import Node
from liaf_ref.oracle.draw.quantities import (
    NUMBERS,
    OPTIMIZER_OPTIONS,
    REGIONS,
    kind_of,
    regions_of,
)
from liaf_ref.oracle.opset import AXES, LOSSES, OPS, PADDING, SIZE, SIZES, Op
from liaf_ref.oracle.shapes import NodeShapes, Size, node_shapes

IDS = "BT"
STARTS = ("BTL", "BTHWL", "BHWL", "BL", IDS)
FEW = (1, 2, 3, 4, 5, 7, 8, 9)
MANY = ((15, 16, 17, 31, 32, 33, 63, 64), (65, 127, 128, 129), (255, 256, 257))
KERNEL, STRIDE, PADS = (1, 1, 2, 3, 3, 4, 5, 7, 9), (1, 1, 1, 2, 3), (0, 0, 1, 1, 2, 3)
CLASSES: Mapping[str, Sequence[int]] = {  # of sizes, and of steps
    **{str(n): (n,) for n in (1, 2, 3)},
    "4-9": FEW[3:],
    **dict(zip(("15-64", "65-129", "255-257"), MANY, strict=True)),
    "large": MANY[0],
    "few": FEW[1:],
    "many": MANY[0][2:],
    "100": MANY[1][1:],
}
USUAL = {**dict.fromkeys(REGIONS, "usual"), "grid": "fine"}
MAX_TAPS, MAX_STEPS, MAX_NUMBERS, MAX_IDS = 64, 300, 40_000, 600
LONG = 17  # steps: beyond, a gradient dies or explodes unless potentials stay
MAX_SUMMED = 3  # fewer numbers less their mean are the same whatever they were


class Plan(NamedTuple):
    """A network with its sizes, and the region of each quantity."""

    nodes: tuple[Node, ...]
    inputs: Mapping[str, Size]
    regions: Mapping[str, str]
    optimizer: Mapping[str, Any] | None
    layouts: Mapping[str, str]  # what each node reads, as letters
    shapes: Mapping[str, NodeShapes]


class Wish(NamedTuple):
    """What a plan should have: operations that follow each other, and facts of the first."""

    ops: tuple[str, ...] = ()
    layout: str = ""  # what the first one reads
    facts: Mapping[str, str] = {}  # the class of a size, the value of an option, a region


class Limits(NamedTuple):
    """What a plan may have."""

    ops: tuple[str, ...]
    max_size: int = 20_000
    least_steps: int = 1
    options: Mapping[str, Collection[Any]] = {}  # by "OP.OPTION"
    is_small: bool = False  # few numbers and usual ones, for formats of few bits
    regions: Mapping[str, Collection[str]] = {}


ANY = Wish()


@cache
def leads_to(name: str, layout: str) -> str | None:
    """The letters of an operation's output, by those of its input; None where it does not fit."""
    op = OPS[name]
    reads_ids = op.index_limit is not None and op.target is None
    axes = op.input.split()
    star = len(layout) - len(axes) + 1
    if reads_ids != (layout == IDS) or star < 0 or (star != 1 and "*" not in op.input):
        return None
    bound, at = dict[str, str](), 0
    for axis in axes:
        n = star if axis[0] == "*" else 1
        text, letters = axis.lstrip("*0123456789"), layout[at : at + n]
        if (text in "BTHW" and letters != text) or (n == 1 and text in "LKC" and letters != "L"):
            return None
        bound[text], at = letters, at + n
    if op.windows is not None and len(bound["S"]) != window_axes(op):
        return None
    texts = (axis.lstrip("*").replace("P", "S") for axis in str(op.traces[op.output]).split())
    return "".join(bound[text] if text in "ASBTHW" else "L" for text in texts)


def window_axes(op: Op) -> int:
    """The number of axes over which windows lie."""
    sizes = [o.default for o in op.options.values() if o.values == SIZES and o.default]
    return len(sizes[0]) if sizes else 2


@cache
def followers(layout: str, ops: tuple[str, ...]) -> list[str]:
    """The operations that can read a layout, more often those with more to choose."""
    return [op for op in ops if leads_to(op, layout) is not None for _ in range(1 + listed(op))]


def listed(op: str) -> int:
    """The number of options with a list of values."""
    return sum(isinstance(option.values, tuple) for option in OPS[op].options.values())


def gates(op: str) -> int:
    """How many gates are side by side on the last axis of an operation's input."""
    return int(re.findall(r"(\d*)\w$", OPS[op].input)[0] or 1)


def sets_channels(op: str) -> bool:
    """Whether an option is the last size of the output."""
    return str(OPS[op].traces[OPS[op].output]).rpartition(" ")[2] in OPS[op].options


def one_of(rng: np.random.Generator, values: Sequence[Any]) -> Any:
    """A value, of any type."""
    return values[int(rng.integers(len(values)))]


def draw_plan(rng: np.random.Generator, limits: Limits, most: int, wish: Wish = ANY) -> Plan | None:
    """A network of at most so many operations before its loss; None if it does not fit."""
    chain = _chain(rng, limits, most, wish)
    if chain is None:
        return None
    try:
        return _Drawing(rng, limits, *chain, wish).plan()
    except InputError:  # windows that do not fit
        return None


def _chain(
    rng: np.random.Generator, limits: Limits, most: int, wish: Wish
) -> tuple[str, list[str]] | None:
    """A layout, and operations that follow each other, perhaps to a loss."""
    losses = [op for op in limits.ops if op in LOSSES]
    inner = tuple(op for op in limits.ops if op in OPS and op not in LOSSES)
    wished = [op for op in wish.ops if op in inner]
    starts = [s for s in (*STARTS[:2], *STARTS) if followers(s, inner)] or ["BL"]
    if wished:
        starts = [s for s in STARTS if leads_to(wished[0], s) and wish.layout in ("", s)]
    layout = start = one_of(rng, starts)
    ends = bool(losses) and (not inner or rng.random() < 0.35)
    n = 0 if not inner or (ends and rng.random() < 0.1) else int(rng.integers(1, most + 1))
    if wish.ops and wish.ops[-1] in losses:
        losses, ends, n = [wish.ops[-1]], True, len(wished)
    ops: list[str] = []
    for k in range(max(n, len(wished))):
        fits = followers(layout, inner)
        if k < len(wished):
            fits = [op for op in fits if op == wished[k]]
        if not fits:
            return None
        ops.append(one_of(rng, fits))
        layout = str(leads_to(ops[-1], layout))
    while ends and layout != "BL":
        helps = "flatten" if "H" in layout else "embedding" if layout == IDS else None
        ops.append(helps or one_of(rng, ("last", "mean")))
        layout = str(leads_to(ops[-1], layout))
    if ends:
        ops += ["dense"] * int(n > len(wished) and rng.random() < 0.4) + [one_of(rng, losses)]
    return start, ops


class _Drawing:
    """The sizes and options of a chain."""

    def __init__(
        self,
        rng: np.random.Generator,
        limits: Limits,
        start: str,
        ops: Sequence[str],
        wish: Wish,
    ) -> None:
        self.rng, self.limits, self.start, self.ops, self.wish = rng, limits, start, ops, wish
        large = 0 if limits.is_small else int(rng.choice(3, p=(0.35, 0.3, 0.35)))
        letters = [*dict.fromkeys(start), "units"]
        self.large = set(rng.permutation(letters)[:large])
        self.few = FEW[:4] if limits.is_small or large == 2 else FEW

    def size(self, letter: str) -> int:
        """A size of its class."""
        name = self.wish.facts.get(letter, "") if self.wish.layout or letter == "T" else ""
        if name in CLASSES:
            return int(one_of(self.rng, CLASSES[name]))
        if (letter if letter in "BTHWL" else "units") not in self.large:
            return int(one_of(self.rng, self.few))
        classes = MANY if len(self.large) == 1 else MANY[:2]
        at = self.rng.integers(len(classes), size=2)
        return int(
            one_of(self.rng, classes[at.min() if letter == "T" else at[0]])
        )  # a step costs most

    def plan(self) -> Plan | None:
        """All nodes; None if they are too large."""
        source = "in/ids" if self.start == IDS else "in/X"
        factors = self._factors()
        sizes = {letter: self.size(letter) for letter in self.start}
        if "T" in sizes:
            sizes["T"] = max(sizes["T"], self.limits.least_steps)
        sizes["L"] = sizes.get("L", 1) * factors[0]
        self.inputs = {source: tuple(sizes[letter] for letter in self.start)}
        self.out, self.nodes = dict(self.inputs), list[Node]()
        self.layouts, self.shapes = dict[str, str](), dict[str, NodeShapes]()
        layout, last = self.start, source
        for op, factor in zip(self.ops, factors[1:], strict=True):
            last = self._add(op, layout, last, factor)
            layout = str(leads_to(op, layout))
        if any(has_few_numbers(node, self.out[node.inputs[0]]) for node in self.nodes):
            return None
        if self.ops[-1] in LOSSES:
            self.inputs["in/y"] = self.out[source][:1]
        optimizer = self._optimizer()
        if not self._is_affordable(optimizer):
            return None
        return Plan(
            tuple(self.nodes), self.inputs, self._regions(), optimizer, self.layouts, self.shapes
        )

    def _factors(self) -> list[int]:
        """What divides the last size of each input, so that the gates after it fit."""
        factors = [1]
        for op in reversed(self.ops):
            factors.append(1 if sets_channels(op) else factors[-1] * gates(op))
        return factors[::-1]

    def _add(self, op: str, layout: str, last: str, factor: int) -> str:
        sources: tuple[str, ...] = (last,)
        if OPS[op].num_inputs is None:
            sources = (last, *self._others(last, factor))
        options = self._options(op, layout, self.out[last], factor)
        taken = sum(node.name[0] == op[0] for node in self.nodes)
        node = Node(f"{op[0]}{taken + 1 if taken else ''}", op, sources, options)
        own = self.shapes[node.name] = node_shapes(node, [self.out[s] for s in sources])
        if min(own.output, default=1) < 1:
            raise InputError("expected windows that fit")
        self.out[node.name], self.layouts[node.name] = own.output, layout
        self.nodes.append(node)
        return node.name

    def _others(self, last: str, factor: int) -> Iterator[str]:
        """What is joined with the last output: it again, an earlier one, or another input."""
        shape = self.out[last]
        fits = [
            name
            for name, s in self.out.items()
            if name != "in/ids" and s[:-1] == shape[:-1] and s[-1] % factor == 0
        ]
        if "in/Z" not in self.inputs and self.rng.random() < 0.3:
            other = (*shape[:-1], factor * int(one_of(self.rng, FEW)))
            self.inputs["in/Z"] = self.out["in/Z"] = other
            fits = ["in/Z"]
        for _ in range(int(self.rng.integers(1, 3))):
            yield one_of(self.rng, fits)

    def _options(self, op: str, layout: str, shape: Size, factor: int) -> dict[str, Any]:
        row, axes, found = OPS[op], window_axes(OPS[op]), dict[str, Any]()
        for name, option in row.options.items():
            if option.values == SIZE:
                found[name] = factor * self.size("units" if self.nodes else name)
            elif option.values == SIZES:
                found[name] = self._per_axis(STRIDE if name == "stride" else KERNEL, axes)
                while math.prod(found[name]) > MAX_TAPS:
                    found[name] = [max(n // 2, 1) for n in found[name]]
            elif option.values == PADDING:
                both = self._per_axis(PADS, 2 * axes)
                found[name] = [both[2 * k : 2 * k + 2] for k in range(axes)]
            else:  # for the first node, the value that is wished for
                values = allowed_values(op, name, self.limits, layout)
                wished = None if self.nodes else self.wish.facts.get(name)
                found[name] = one_of(self.rng, [v for v in values if str(v) == wished] or values)
        if row.windows is not None:  # no larger than what they lie on
            size, pad, lengths = row.windows.size, row.windows.pad, shape[-1 - axes : -1]
            zeros = found[pad] if pad else [[0, 0]] * axes
            longest = [n + sum(z) for n, z in zip(lengths, zeros, strict=True)]
            found[size] = [min(pair) for pair in zip(found[size], longest, strict=True)]
        if "tokens" in found:
            found["tokens"] = max(found["tokens"], 2)
        return found

    def _per_axis(self, values: Sequence[int], axes: int) -> list[int]:
        """A value for each axis, often the same."""
        drawn = [one_of(self.rng, values) for _ in range(axes)]
        return drawn[:1] * axes if self.rng.random() < 0.4 else drawn

    def _optimizer(self) -> dict[str, Any] | None:
        names = [name for name in OPTIMIZER_OPTIONS if name in self.limits.ops]
        trains = (
            names and self.ops[-1] in LOSSES and any(s.parameters for s in self.shapes.values())
        )
        if not trains or self.rng.random() < 0.5:
            return None
        name = one_of(self.rng, names)
        return {"name": name} | {k: one_of(self.rng, v) for k, v in OPTIMIZER_OPTIONS[name].items()}

    def _steps(self) -> list[tuple[int, int]]:
        """Of each node with a state: its steps, and the taps of its kernel."""
        return [
            (self.out[node.inputs[0]][1], math.prod(node.options.get("kernel", ())))
            for node in self.nodes
            if OPS[node.op].states
        ]

    def _is_affordable(self, optimizer: Mapping[str, Any] | None) -> bool:
        """Whether a case is computed in some hundredths of a second."""
        weights = [math.prod(s) for own in self.shapes.values() for s in own.parameters.values()]
        values = [math.prod(s) for s in self.out.values()]
        largest = max(*values, *weights, 0)
        times = optimizer["steps"] if optimizer else 1
        if self.ops[-1] in LOSSES:  # each class beside each other
            B, C = self.out[self.nodes[-1].inputs[0]]
            values.append(B * C * C)
        return (
            largest <= self.limits.max_size
            and (self.start != IDS or math.prod(self.inputs["in/ids"]) <= MAX_IDS)
            and sum(n * taps for n, taps in self._steps()) * times <= MAX_STEPS
            and sum(values) * times <= (600 if self.limits.is_small else MAX_NUMBERS)
        )

    def _regions(self) -> dict[str, str]:
        allowed = self.limits.regions
        found = {q: one_of(self.rng, ["usual", *regions_of(q, allowed)]) for q in REGIONS}
        often = "beside" if self.limits.is_small else "fine"  # few bits: all of them
        found["grid"] = one_of(self.rng, [*regions_of("grid", allowed), often, often])
        if max((steps for steps, _ in self._steps()), default=0) > LONG:
            found["alpha"] = one_of(self.rng, ("1", "1", "mixed", "usual", "half"))
            found["v_th"] = one_of(self.rng, ("large", found["v_th"]))
        if self.wish == ANY:
            return found
        named = {} if self.wish.layout else self.wish.facts
        return found | ({q: r for q, r in named.items() if q in found} or USUAL)


def allowed_values(op: str, name: str, limits: Limits, layout: str = "") -> Sequence[Any]:
    """The values of an option that are listed, and that a backend has; some of any number."""
    option = OPS[op].options[name]
    if not isinstance(option.values, tuple):
        return NUMBERS.get(name) or (option.default,)
    values = [v for v in option.values if v in limits.options.get(f"{op}.{name}", option.values)]
    if name != "axes" or not layout:
        return values
    return [
        v for v in values if v == "L" or (set(v) <= set(layout) and ("H" in v) == ("H" in layout))
    ]


def has_few_numbers(node: Node, shape: Size) -> bool:
    """Whether an answer hardly depends on the numbers: one class, or a mean of two numbers."""
    if node.op in LOSSES:
        return shape[-1] < 2
    if "axes" not in node.options or node.options.get("statistics") == "running":
        return False
    return math.prod(shape[a] for a in AXES[node.options["axes"]]) < MAX_SUMMED


def quantities(op: str, is_first: bool, is_last: bool) -> set[str]:
    """What numbers an operation is given, by the names of their regions."""
    row = OPS[op]
    names = [*row.parameters, *(q for q in row.constants if q in REGIONS), "grid"]
    names += [q + at for q in row.states for at in "0T"]
    names += ["X"] if is_first and not (row.index_limit and not row.target) else []
    names += ["up"] if is_last and row.target is None else []
    return {kind_of(name) for name in names}


def follow(ops: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every pair of operations of which one can read the other."""
    for a, layout in product(ops, STARTS):
        if out := leads_to(a, layout):
            yield from ((a, b) for b in followers(out, ops))
