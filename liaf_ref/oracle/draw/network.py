"""Networks whose operations, sizes and options follow from the rows of the table."""

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.oracle.case import Node
from liaf_ref.oracle.draw.quantities import (
    NUMBERS,
    OPTIMIZER_OPTIONS,
    REGIONS,
    WITHOUT,
    kind_of,
    regions_of,
)
from liaf_ref.oracle.opset import AXES, LOSSES, OPS, PADDING, SIZE, SIZES, Op, Option
from liaf_ref.oracle.shapes import NodeShapes, Size, node_shapes

IDS = ("BT", "B", "BTW")
STARTS = ("BTL", "BTHWL", "BTWL", "BHWL", "BL", *IDS)
FEW = (1, 2, 3, 4, 5, 7, 8, 9)
MANY = ((15, 16, 17, 31, 32, 33, 63, 64), (65, 127, 128, 129), (255, 256, 257))
SIZES_ALONE = (*FEW, *MANY[0], *MANY[1], *MANY[2])
BESIDE = {-1: "2^k-1", 0: "2^k", 1: "2^k+1"}  # a power of two from 4 on
POWERS = (16, 32, 64, 128, 256, 512, 1024, 4096, 32768)
KERNEL, STRIDE, PADS = (1, 1, 2, 3, 3, 4, 5, 7, 9), (1, 1, 1, 2, 3), (0, 0, 1, 1, 2, 3)
USUAL = {**dict.fromkeys(REGIONS, "usual"), "grid": "fine"}
MAX_TAPS, MAX_STEPS, MAX_NUMBERS, MAX_IDS = 64, 300, 80_000, 4_200
LONG = 17  # steps: beyond, a gradient dies or explodes unless potentials stay
MAX_SUMMED = 2  # one number less its mean is 0, whatever it was
MAX_INPUTS = 8
TIMES = {1: "1", LONG - 1: "few", 32: ">16", 10**9: ">32"}
WINDOW_CLASSES: dict[object, tuple[str, str, str]] = {
    SIZES: ("1", "equal", "uneven"),
    PADDING: ("0", "equal", "uneven"),
}
# Milliseconds that a case takes for each number, step of a state, and tap of a window.
PER_NUMBER, PER_STEP, PER_TAP = 1.5e-3, 1.2, 0.3


class Plan(NamedTuple):
    """A network with its sizes, and the region of each quantity."""

    nodes: tuple[Node, ...]
    inputs: Mapping[str, Size]
    start: str  # what the first node reads, as letters
    regions: Mapping[str, str]
    optimizer: Mapping[str, Any] | None
    shapes: Mapping[str, NodeShapes]
    cost: float  # milliseconds, about

    @property
    def layouts(self) -> dict[str, str]:
        """What each node reads, as letters."""
        out: dict[str, str] = {}
        found: dict[str, str] = {}
        for node in self.nodes:
            found[node.name] = next((out[s] for s in node.inputs if s in out), self.start)
            out[node.name] = str(leads_to(node.op, found[node.name]))
        return found


class Wish(NamedTuple):
    """What a plan should have: operations that follow each other, and facts of them."""

    ops: tuple[str, ...] = ()
    facts: Mapping[tuple[int, str], str] = {}  # by the place of the operation, and a name

    def joined(self, other: "Wish", at: int) -> "Wish":
        """Both, the other one from a place on, where they go together; else this one alone."""
        facts = {(at + k, name): value for (k, name), value in other.facts.items()}
        if any(self.facts.get(key, value) != value for key, value in facts.items()):
            return self
        return Wish(self.ops, {**self.facts, **facts})


class Limits(NamedTuple):
    """What a plan may have."""

    ops: tuple[str, ...]
    max_size: int = 40_000
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
    if reads_ids != (layout in IDS) or star < 0 or (star != 1 and "*" not in op.input):
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
    if "axes" in op.options and not any(_lies(name, v, layout) for v in op.options["axes"].values):
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


def last_size(op: str) -> str | None:
    """The option that is the last size of the output."""
    name = str(OPS[op].traces[OPS[op].output]).rpartition(" ")[2]
    return name if name in OPS[op].options else None


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


def end_of(ops: Sequence[str], layout: str) -> str | None:
    """The letters of what some operations give one after another; None where they do not fit."""
    for op in ops:
        if (out := leads_to(op, layout)) is None:
            return None
        layout = out
    return layout


def _chain(
    rng: np.random.Generator, limits: Limits, most: int, wish: Wish
) -> tuple[str, list[str]] | None:
    """A layout, and operations that follow each other, perhaps to a loss."""
    losses = [op for op in limits.ops if op in LOSSES]
    inner = tuple(op for op in limits.ops if op in OPS and op not in LOSSES)
    wished = [op for op in wish.ops if op in inner]
    starts = [s for s in (*STARTS[:2], *STARTS) if followers(s, inner)] or ["BL"]
    if wished:
        starts = [s for s in STARTS if end_of(wished, s) is not None]
        starts = [s for s in starts if wish.facts.get((0, "layout")) in (None, s)] or starts
    if not starts:
        return None
    layout = start = one_of(rng, starts)
    ends = bool(losses) and (not inner or rng.random() < 0.35)
    n = (
        0
        if not inner or (ends and rng.random() < 0.1)
        else int(rng.integers((most + 1) // 2, most + 1))
    )
    if wish.ops and wish.ops[-1] in losses:
        losses, ends, n = [wish.ops[-1]], True, len(wished)
    if wish.ops and wish.ops[-1] in OPTIMIZER_OPTIONS:
        ends, n = True, min(n, 2)
    ops: list[str] = []
    for k in range(max(n, len(wished))):
        fits = followers(layout, inner)
        if k < len(wished):
            fits = [op for op in fits if op == wished[k]]
        if not fits and k < len(wished):
            return None
        if not fits:
            break
        ops.append(one_of(rng, fits))
        layout = str(leads_to(ops[-1], layout))
    while ends and layout != "BL":
        helps = "flatten" if "H" in layout else "embedding" if layout in IDS else None
        if not helps and "T" not in layout:
            return start, ops
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
        self.rng, self.limits, self.start, self.ops = rng, limits, start, ops
        self.optimizer = [op for op in wish.ops if op in OPTIMIZER_OPTIONS]
        large = 0 if limits.is_small else int(rng.choice(3, p=(0.35, 0.3, 0.35)))
        letters = [*dict.fromkeys(start), "units"]
        self.large = set() if wish.facts else set(rng.permutation(letters)[:large])
        self.few = FEW[:2] if wish.facts else FEW[:4] if limits.is_small or large == 2 else FEW
        self.facts = self._sizes_of_counts(wish.facts) if wish.facts else {}

    def _sizes_of_counts(self, wished: Mapping[tuple[int, str], str]) -> dict[tuple[int, str], str]:
        """What is wished for, with sizes in place of numbers that follow from sizes."""
        found: dict[tuple[int, str], str] = {}
        layout = self.start
        setter: tuple[int, str] = (0, "L")
        for k, op in enumerate(self.ops):
            names = {(at, name): value for (at, name), value in wished.items() if at == k}
            for (_, name), value in names.items():
                if name in COUNTS and OPS[op].options.keys() >= COUNTS[name][1]:
                    for letter, n in self._split(op, layout, name, int(value.strip(">"))):
                        found[(k, letter) if letter == "window" else (0, letter)] = n
                elif name == "L":
                    found.setdefault(setter, value)
                elif name in "BTHW":
                    found.setdefault((0, name), value)
                else:
                    found[k, name] = value
            if (size := last_size(op)) is not None:
                setter = (k, size)
            layout = str(leads_to(op, layout))
        return found

    def _split(self, op: str, layout: str, name: str, n: int) -> Iterator[tuple[str, str]]:
        """Sizes of some axes, whose product is beyond a number."""
        letters = [a for a in layout if a in COUNTS[name][0]]
        if OPS[op].states and n > MAX_STEPS // 2:
            letters = [a for a in letters if a != "T"] or letters
        if name == "taps":
            letters = [a for a in ("THW" if op == "conv3d" else "HW") if a in layout]
        if not letters:
            return
        some = letters if name == "taps" else letters[: int(self.rng.integers(1, 4))]
        chosen = [letters[i] for i in self.rng.permutation(len(letters))[: len(some)]]
        root = math.floor(n ** (1 / len(chosen))) + 1
        for letter in chosen:
            yield letter, str(root if n > FEW[2] else n)
        if name == "taps":
            yield "window", str(root if n > FEW[2] else n)

    def size(self, at: int, letter: str) -> int:
        """A size of its class."""
        if sizes := sizes_of(self.facts.get((at, letter), "")):
            return int(one_of(self.rng, sizes))
        if (letter if letter in "BTHWL" else "units") not in self.large:
            return int(one_of(self.rng, self.few))
        classes = MANY if len(self.large) == 1 else MANY[:2]
        drawn = self.rng.integers(len(classes), size=2)
        return int(
            one_of(self.rng, classes[drawn.min() if letter == "T" else drawn[0]])
        )  # a step costs most

    def plan(self) -> Plan | None:
        """All nodes; None if they are too large."""
        source = "in/ids" if self.start in IDS else "in/X"
        factors = self._factors()
        sizes = {letter: self.size(0, letter) for letter in self.start}
        if "T" in sizes:
            sizes["T"] = max(sizes["T"], self.limits.least_steps)
        sizes["L"] = sizes.get("L", 1) * factors[0]
        self.inputs = {source: tuple(sizes[letter] for letter in self.start)}
        self.out, self.nodes = dict(self.inputs), list[Node]()
        self.shapes = dict[str, NodeShapes]()
        layout, last = self.start, source
        for k, (op, factor) in enumerate(zip(self.ops, factors[1:], strict=True)):
            last = self._add(k, op, layout, last, factor)
            layout = str(leads_to(op, layout))
        if any(has_few_numbers(node, self.out[node.inputs[0]]) for node in self.nodes):
            return None
        if self.ops[-1] in LOSSES:
            self.inputs["in/y"] = self.out[source][:1]
        optimizer = self._optimizer()
        cost = self._cost(optimizer)
        if cost is None:
            return None
        return Plan(
            tuple(self.nodes),
            self.inputs,
            self.start,
            self._regions(),
            optimizer,
            self.shapes,
            cost,
        )

    def _factors(self) -> list[int]:
        """What divides the last size of each input, so that the gates after it fit."""
        factors = [1]
        for op in reversed(self.ops):
            factors.append(1 if last_size(op) else factors[-1] * gates(op))
        return factors[::-1]

    def _add(self, k: int, op: str, layout: str, last: str, factor: int) -> str:
        sources: tuple[str, ...] = (last,)
        if OPS[op].num_inputs is None:
            sources = (last, *self._others(k, last, factor))
            sources = sources[:: -1 if self.rng.random() < 0.3 else 1]
        return self._named(op, sources, self._options(k, op, layout, self.out[last], factor))

    def _named(self, op: str, sources: tuple[str, ...], options: Mapping[str, Any]) -> str:
        taken = sum(node.name[0] == op[0] for node in self.nodes)
        node = Node(f"{op[0]}{taken + 1 if taken else ''}", op, sources, options)
        own = self.shapes[node.name] = node_shapes(node, [self.out[s] for s in sources])
        if min(own.output, default=1) < 1:
            raise InputError("expected windows that fit")
        self.out[node.name] = own.output
        self.nodes.append(node)
        return node.name

    def _others(self, k: int, last: str, factor: int) -> Iterator[str]:
        """What is joined with the last output: one like it or like an earlier one, or an input."""
        shape, wished = self.out[last], self.facts
        more = int(one_of(self.rng, (1, 1, 1, 2, 2, 3, MAX_INPUTS - 1)))
        n = int(wished.get((k, "inputs"), more + 1)) - 1

        def fits(name: str) -> bool:
            s = self.out[name]
            return s[:-1] == shape[:-1] and s[-1] % factor == 0 and name != "in/ids"

        for at in range(n):
            alike = [node for node in self.nodes if fits(node.name)]
            drawn = self.rng.random()
            if alike and (drawn < 0.35 or (at == 0 and (k, "like") in wished)):
                like = alike[-1] if at == 0 else one_of(self.rng, alike)
                yield self._named(like.op, like.inputs, like.options)
            elif drawn < 0.5 and "in/Z" not in self.inputs and (k, "skip") not in wished:
                self.inputs["in/Z"] = (*shape[:-1], factor * int(one_of(self.rng, FEW)))
                self.out["in/Z"] = self.inputs["in/Z"]
                yield "in/Z"
            else:
                names = [name for name in self.out if fits(name)]
                yield names[max(len(names) - 2, 0)] if at == 0 else one_of(self.rng, names)

    def _options(self, k: int, op: str, layout: str, shape: Size, factor: int) -> dict[str, Any]:
        row, axes, found = OPS[op], window_axes(OPS[op]), dict[str, Any]()
        for name, option in row.options.items():
            wished = self.facts.get((k, name))
            if option.values == SIZE:
                found[name] = factor * self.size(k, name)
            elif option.values in WINDOW_CLASSES:
                for _ in range(8):
                    found[name] = self._window(name, option.values, axes)
                    if wished in (None, value_class(option, found[name])):
                        break
            else:
                values = allowed_values(op, name, self.limits, layout)
                if wished == "analog":
                    values = [v for v in values if v != "spike"] or values
                found[name] = one_of(self.rng, [v for v in values if str(v) == wished] or values)
            before = [node.options[name] for node in self.nodes if node.op == op]
            if option.values == SIZE and before and before[-1] % factor:
                continue
            if before and wished == "True":  # as in the node before, or as in a mirror
                found[name] = before[-1]
            if before and wished == "False" and option.values in WINDOW_CLASSES:
                found[name] = [v[::-1] if option.values == PADDING else v for v in before[-1]][::-1]
        if row.windows is not None:  # no larger than what they lie on
            size, lengths = row.windows, shape[-1 - axes : -1]
            if (k, "window") in self.facts:
                found[size] = [self.size(k, "window")] * axes
            zeros = found.get("pad", [[0, 0]] * axes)
            longest = [n + sum(z) for n, z in zip(lengths, zeros, strict=True)]
            found[size] = [min(pair) for pair in zip(found[size], longest, strict=True)]
        return found

    def _window(self, name: str, kind: object, axes: int) -> list[Any]:
        if kind == PADDING:
            both = self._per_axis(PADS, 2 * axes)
            return [both[2 * k : 2 * k + 2] for k in range(axes)]
        found = self._per_axis(STRIDE if name == "stride" else KERNEL, axes)
        while math.prod(found) > MAX_TAPS:
            found = [max(n // 2, 1) for n in found]
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
        if not trains or (self.rng.random() < 0.5 and not self.optimizer):
            return None
        name = (self.optimizer or [one_of(self.rng, names)])[0]
        found = {"name": name}
        for option, values in OPTIMIZER_OPTIONS[name].items():
            wished = [v for v in values if str(v) == self.facts.get((0, option))]
            if option == "steps":  # as many as are affordable
                most = MAX_STEPS / 2 / max(sum(T for T, _ in self._steps()), 1)
                wished = [v for v in wished or values if v <= most] or [1]
            found[option] = one_of(self.rng, wished or values)
        return {option: v for option, v in found.items() if v != WITHOUT}

    def _steps(self) -> list[tuple[int, int]]:
        """Of each node with a state: its steps, and the taps of its kernel."""
        return [
            (self.out[node.inputs[0]][1], math.prod(node.options.get("kernel", ())))
            for node in self.nodes
            if OPS[node.op].states
        ]

    def _cost(self, optimizer: Mapping[str, Any] | None) -> float | None:
        """Milliseconds to draw a case, about; None where it is too large."""
        weights = [math.prod(s) for own in self.shapes.values() for s in own.parameters.values()]
        values = [math.prod(s) for s in self.out.values()]
        largest = max(*values, *weights, 0)
        times = optimizer["steps"] if optimizer else 1
        if self.nodes[-1].op == "softmax_bce":  # each class beside each other
            B, C = self.out[self.nodes[-1].inputs[0]]
            values.append(B * C * C)
        steps = sum(n * max(taps // 4, 1) for n, taps in self._steps()) * times
        taps = sum(
            math.prod(node.options.get("kernel", node.options.get("size", (1,))))
            for node in self.nodes
        )
        numbers = (sum(values) + sum(weights)) * times
        if (
            largest > self.limits.max_size
            or (self.start in IDS and math.prod(self.inputs["in/ids"]) > MAX_IDS)
            or steps > MAX_STEPS
            or taps > 2 * MAX_STEPS
            or numbers > (600 if self.limits.is_small else MAX_NUMBERS)
        ):
            return None
        cost = PER_NUMBER * numbers + PER_STEP * steps + PER_TAP * taps * times
        return float(cost + len(self.nodes))

    def _regions(self) -> dict[str, str]:
        allowed = self.limits.regions
        named = {name: value for (_, name), value in self.facts.items() if name in USUAL}
        found = {q: one_of(self.rng, ["usual", *regions_of(q, allowed)]) for q in REGIONS}
        often = "beside" if self.limits.is_small else "fine"  # few bits: all of them
        found["grid"] = one_of(self.rng, [*regions_of("grid", allowed), often, often])
        if max((steps for steps, _ in self._steps()), default=0) > LONG:
            found["alpha"] = one_of(self.rng, ("1", "1", "mixed", "usual", "half"))
            found["v_th"] = one_of(self.rng, ("large", "below", found["v_th"]))
        if self.facts and self.rng.random() < 0.6:
            found = dict(USUAL)
        elif self.facts:  # a few of them
            found = {q: r if self.rng.random() < 0.3 else USUAL[q] for q, r in found.items()}
        found |= named
        if found["grid"] == "next":  # a potential is the drive
            found |= dict.fromkeys(("state", "alpha", "beta"), "0")
        if math.prod(next(iter(self.inputs.values()))) > POWERS[-2]:
            found["grid"] = one_of(self.rng, ("1/4", "1/2", "1"))
        return found


@cache
def size_values(n: int) -> tuple[str, ...]:
    """The classes of a size."""
    found = [str(n)] if n in FEW[:3] else ["4-9"] if n in FEW else []
    if n in SIZES_ALONE[3:]:
        power = 2 ** round(math.log2(n))
        found += [f"about {power}"] * (n > FEW[-1]) + [BESIDE.get(n - power, "")]
    return (*found, *(f">{power}" for power in POWERS[:8] if n > power))


@cache
def sizes_of(value: str) -> tuple[int, ...]:
    """Sizes of a class, the smallest first; the most often drawn more than once."""
    if value.isdigit():
        return (int(value),)
    if value[:1] == ">":
        n = int(value[1:])
        return (n + 1, n + 1, n + 2, n + 3, *((4 * n + 1,) if n < POWERS[5] else ()))
    if value == "few":
        return FEW[1:]
    found = [n for n in SIZES_ALONE[3:] if value and value in size_values(n)]
    return tuple(found if value[:5] == "about" else found[:6])


def least_size(value: str) -> int:
    """The smallest size of a class; 1 for what is no size."""
    is_size = value.isdigit() or value[:1] == ">" or value[:5] == "about"
    return sizes_of(value)[0] if is_size else 1


def value_classes(op: str, name: str, limits: Limits, layout: str = "") -> Sequence[str]:
    """The classes of an option's values."""
    classes = WINDOW_CLASSES.get(OPS[op].options[name].values)
    return classes or [*map(str, allowed_values(op, name, limits, layout))]


def value_class(option: Option, value: Any) -> str:
    """A value of an option, or its class."""
    if (classes := WINDOW_CLASSES.get(option.values)) is None:
        return str(value)
    least, equal, uneven = classes
    if str(np.max(value)) == least:
        return least
    return equal if len(set(np.ravel(value))) == 1 else uneven


def allowed_values(op: str, name: str, limits: Limits, layout: str = "") -> Sequence[Any]:
    """The values of an option that are listed, and that a backend has; some of any number."""
    option = OPS[op].options[name]
    if not isinstance(option.values, tuple):
        return NUMBERS.get(name) or (option.default,)
    values = [v for v in option.values if v in limits.options.get(f"{op}.{name}", option.values)]
    return values if name != "axes" or not layout else [v for v in values if _lies(op, v, layout)]


def _lies(op: str, axes: str, layout: str) -> bool:
    """Whether a norm over these axes can read a layout: over all axes of space or none."""
    space = set(layout) - set("BTL")
    is_whole = op == "layer_norm" and bool(space)
    return axes == "L" or set(axes) - set("BTL") == space or is_whole


# Numbers that follow from sizes: the axes they are products of, and options that they need.
COUNTS: Mapping[str, tuple[str, frozenset[str]]] = {
    "entries": ("BTHWL", frozenset()),
    "sample": ("HWL", frozenset()),
    "frames": ("BT", frozenset()),
    "plane": ("HW", frozenset()),
    "taps": ("HW", frozenset()),
    "under": ("BTHWL", frozenset({"axes"})),
}


def counts(node: Node, layout: str, shape: Size, own: NodeShapes) -> dict[str, int]:
    """Numbers that follow from the sizes of an operation."""
    sizes = dict(zip(layout, shape, strict=True))
    by = {name: [sizes[a] for a in letters if a in sizes] for name, (letters, _) in COUNTS.items()}
    found = {name: math.prod(by[name]) for name in ("sample", "frames", "plane") if by[name]}
    found["entries"] = max(math.prod(shape), math.prod(own.output))
    if (windows := OPS[node.op].windows) is not None:
        found["taps"] = math.prod(node.options[windows])
    if "axes" in node.options:
        found["under"] = _under(node, shape)
    return found


def _under(node: Node, shape: Size) -> int:
    """How many numbers have a mean in common."""
    axes = AXES[node.options["axes"]]
    of = shape[2:] if node.op == "layer_norm" and len(axes) > 1 else [shape[a] for a in axes]
    return math.prod(of)


def has_few_numbers(node: Node, shape: Size) -> bool:
    """Whether an answer does not depend on the numbers: a mean of one number."""
    is_mean = "axes" in node.options and node.options.get("statistics") != "running"
    return is_mean and _under(node, shape) < MAX_SUMMED


def quantities(op: str, is_first: bool, is_last: bool) -> set[str]:
    """What numbers an operation is given, by the names of their regions."""
    row = OPS[op]
    names = [*row.parameters, *(q for q in row.constants if q in REGIONS), "grid"]
    names += [q + at for q in row.states for at in "0T"]
    names += ["X"] if is_first and not (row.index_limit and not row.target) else []
    names += ["up"] if is_last and row.target is None else []
    names += ["indices"] if row.index_limit else []
    return {kind_of(name) for name in names}
