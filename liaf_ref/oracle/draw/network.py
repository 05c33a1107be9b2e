"""Networks whose operations, sizes and options follow from the rows of the table."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.oracle.case import Node
from liaf_ref.oracle.draw import quantities as q
from liaf_ref.oracle.opset import LOSSES, OPS, PADDING, SIZE, norm_axes
from liaf_ref.oracle.shapes import NodeShapes, Size, bind, node_shapes

IDS = ("BT", "B", "BTW")
STARTS = ("BTL", "BTHWL", "BTWL", "BHWL", "BL", *IDS)
USUAL = {**dict.fromkeys(q.REGIONS, "usual"), "grid": "fine"}
MAX_TAPS, MAX_NUMBERS, MAX_IDS = 300, 70_000, 4_200
MAX_COST, MAX_TRAINED = 560.0, 150.0  # milliseconds, of a case and of one with an optimizer
LONG = 17  # steps: beyond, a gradient dies or explodes unless potentials stay
MAX_SUMMED = 2  # one number less its mean is 0, whatever it was
MAX_INPUTS = 8
SIBLING, OFTEN = "beside", 0.03  # an operation that reads the same; where none is wished for
FALLING, LAST_NAME = 0.3, 99  # of how many networks the names are in falling order, from which on
WHOLE = "whole"  # padding: a plane keeps its size
MANY = 1024  # numbers of an array: of more, rounding turns a decision of some
# Milliseconds that each node, number and tap of a window takes, and each step of a state (and tap).
PER_NODE, PER_NUMBER, PER_TAP = 0.8, 5e-3, 0.3
PER_STEP = {"neuron": 2.0, "current": 0.5, "rnn": 0.5, "lstm": 1.6, "gru": 1.6, "convlstm": 0.7}
PRODUCTS = {  # numbers that follow from sizes: the axes of an input that they are products of
    "entries": "BTHWL",
    "sample": "HWL",
    "frames": "BT",
    "plane": "HW",
    "rows": "BTHW",
    "taps": "",  # of a window
    "depth": "L",  # taps times channels
    "under": "BTHWL",  # the numbers that have a mean in common
}


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
        out, found = dict[str, str](), dict[str, str]()
        for node in self.nodes:
            found[node.name] = next((out[s] for s in node.inputs if s in out), self.start)
            out[node.name] = str(leads_to(node.op, found[node.name]))
        return found

    def read(self, node: Node) -> Size:
        """The shape of what a node reads."""
        source = node.inputs[0]
        return self.inputs[source] if source in self.inputs else self.shapes[source].output

    def shape_of(self, node: Node) -> object:
        """All sizes and options of a node, unlike those of others if it is trivial."""
        window = node.options.get(window_of(node.op) or "", [2])
        return self.read(node), node.options, node.name if max(window) < 2 else ""

    def padded(self, node: Node) -> Size:
        """The same with its zeros."""
        shape, zeros = np.array(self.read(node)), np.sum(node.options["pad"], axis=1)
        shape[-1 - len(zeros) : -1] += zeros
        return tuple(shape.tolist())


def usual(plan: Plan) -> Mapping[str, str]:
    """Its regions where all numbers are usual, but those with which gradients live for long."""
    lasting = [(n, r) for node in plan.nodes for n, r in q.LASTING.get(node.op, {}).items()]
    return USUAL | {n: plan.regions[n] for n, regions in lasting if plan.regions[n] in regions}


class Wish(NamedTuple):
    """What a plan should have: operations that follow each other, and facts of them."""

    ops: tuple[str, ...] = ()
    facts: Mapping[tuple[int, str], str] = {}  # by the place of the operation, and a name
    start: str = ""  # what the first reads, where all operations are chosen

    def joined(self, other: "Wish", at: int) -> "Wish":
        """Both, the other one from a place on, where they go together; else this one alone."""
        facts = {(at + k, name): value for (k, name), value in other.facts.items()}
        agree = all(self.facts.get(key, value) == value for key, value in facts.items())
        return self._replace(facts={**self.facts, **facts}) if agree else self


class Limits(NamedTuple):
    """What a plan may have."""

    ops: tuple[str, ...]
    max_size: int = 70_000
    least_steps: int = 1
    options: Mapping[str, Collection[Any]] = {}  # by "OP.OPTION"
    regions: Mapping[str, Collection[str]] = {}  # of formats of few bits, whose cases are small


ANY = Wish()


@cache
def leads_to(name: str, layout: str) -> str | None:
    """The letters of an operation's output, by those of its input; None where it does not fit."""
    op = OPS[name]
    try:
        bound = {text: "".join(letters) for text, letters in bind(op.input, (*layout,)).items()}
    except InputError:
        return None
    reads_ids = op.index_limit is not None and op.target is None
    expected = {text: "L" if text in "LKC" else text for text in bound if text not in "AS"}
    if reads_ids != (layout in IDS) or not expected.items() <= bound.items():
        return None
    if op.windows is not None and bound["S"] != window_axes(name):
        return None
    if "axes" in op.options and not any(lies(name, v, layout) for v in op.options["axes"].values):
        return None
    texts = (axis.lstrip("*").replace("P", "S") for axis in str(op.traces[op.output]).split())
    out = "".join(bound[text] if text in "ASBTHW" else "L" for text in texts)
    return "BTL" if out == "BWL" else out  # the one axis that is left may stand for time


def lies(op: str, axes: str, layout: str) -> bool:
    """Whether a norm over these axes can read a layout: over all axes of space or none."""
    space = set(layout) - set("BTL")
    return axes == "L" or set(axes) - set("BTL") == space or (op == "layer_norm" and bool(space))


def window_axes(op: str) -> str:
    """The axes over which windows lie."""
    return "THW" if op == "conv3d" else "HW"


@cache
def followers(layout: str, ops: tuple[str, ...]) -> dict[str, int]:
    """What can read a layout, and how often it is drawn: more often with numbers or windows."""
    fits = (op for op in ops if leads_to(op, layout) is not None)
    return {op: 3 if OPS[op].parameters or OPS[op].windows else 1 for op in fits}


def may_be_beside(op: str) -> bool:
    """Whether it may read what another operation reads too."""
    return op not in LOSSES and OPS[op].num_inputs is not None


@cache
def joins(a: str, b: str) -> bool:
    """Whether the outputs of two operations that read the same can be joined."""
    outs = ((leads_to(a, layout), leads_to(b, layout)) for layout in STARTS)
    return any(out and out == other for out, other in outs) and not (
        OPS[a].windows or OPS[b].windows
    )


def last_size(op: str) -> str | None:
    """The option that is the last size of the output."""
    name = str(OPS[op].traces[OPS[op].output]).rpartition(" ")[2]
    return name if name in OPS[op].options else None


@cache
def products_of(op: str, layout: str) -> list[str]:
    """The numbers that follow from the sizes of an operation."""
    has = {"taps": window_of(op) is not None, "under": "axes" in OPS[op].options}
    has["depth"] = has["taps"]
    several = {name: len(set(letters) & {*layout}) > 1 for name, letters in PRODUCTS.items()}
    return [name for name in PRODUCTS if has.get(name, several[name])]


def window_of(op: str) -> str | None:
    """The option that is the size of a window."""
    return next((name for name in ("kernel", "size") if name in OPS[op].options), None)


def products(node: Node, layout: str, shape: Size) -> dict[str, int]:
    """These numbers of a node."""
    sizes = dict(zip(layout, shape, strict=True))
    found = {n: [sizes.get(a, 1) for a in PRODUCTS[n]] for n in products_of(node.op, layout)}
    if (window := window_of(node.op)) is not None:
        found["taps"] = node.options[window]
        found["depth"] = [*node.options[window], shape[-1] // OPS[node.op].num_gates]
    if "axes" in node.options:
        found["under"] = [shape[a] for a in norm_axes(node.options["axes"], len(shape))]
    if node.options.get("statistics") == "running":
        del found["under"]
    return {name: math.prod(numbers) for name, numbers in found.items()}


def draw_plan(rng: np.random.Generator, limits: Limits, most: int, wish: Wish = ANY) -> Plan | None:
    """A network of at most so many operations before its loss; None if it does not fit."""
    chain = wish if wish.start else grown(rng, limits, most, wish)
    try:
        return _Drawing(rng, limits, chain).plan() if chain else None
    except InputError:  # windows that do not fit
        return None


def layouts_of(ops: Sequence[str], start: Any) -> list[Any]:
    """What operations in a row read, and what the last gives; None where they do not fit."""
    return [*accumulate(ops, lambda at, op: at and leads_to(op, at), initial=start)]


def grown(
    rng: np.random.Generator,
    limits: Limits,
    most: int,
    wish: Wish,
    weigh: Callable[[Sequence[str], str], float] = lambda ops, op: 1,
) -> Wish | None:
    """A wish with more operations behind, perhaps to a loss; None where they do not fit."""
    losses = [op for op in limits.ops if op in LOSSES]
    inner = tuple(op for op in limits.ops if op in OPS and op not in LOSSES)
    ops = [op for op in wish.ops if op in inner]
    own = [op for op in wish.ops if op in losses]
    starts = [s for s in (*STARTS[:2], *STARTS) if followers(s, inner) and not own] or ["BL"]
    if ops:
        starts = [s for s in STARTS if layouts_of(ops, s)[-1] is not None]
        starts = [s for s in starts if wish.facts.get((0, "layout")) in (None, s)] or starts
    if not starts:
        return None
    start = q.one_of(rng, starts)
    layout, n = layouts_of(ops, start)[-1], int(rng.integers((most + 1) // 2, most + 1))
    ends = bool(losses) and (not inner or rng.random() < 0.4)
    n = 0 if not inner or (ends and rng.random() < 0.1) else n
    if own:
        losses, ends, n = own, True, 0
    if trains := bool(wish.ops) and wish.ops[-1] in q.OPTIMIZER_OPTIONS:
        ends, n = True, min(n, 2)
    has_more = n > len(ops)
    while len(ops) < n and (fits := followers(layout, inner)):
        weights = {op: often * weigh(ops, op) for op, often in fits.items()}
        ops.append(q.one_by_weight(rng, weights))
        layout = str(leads_to(ops[-1], layout))
    while ends and layout != "BL":
        helps = "flatten" if "H" in layout else "embedding" if layout in IDS else None
        if not helps and "T" not in layout:
            ends = False
            break
        ops.append(helps or q.one_of(rng, ("last", "mean")))
        layout = str(leads_to(ops[-1], layout))
    if ends:
        ops += ["dense"] * int(has_more and rng.random() < 0.4) + [q.one_of(rng, losses)]
    return Wish((*ops, *wish.ops[-1:] * trains), wish.facts, start)


class _Drawing:
    """The sizes and options of a chain."""

    def __init__(self, rng: np.random.Generator, limits: Limits, wish: Wish) -> None:
        self.rng, self.limits, self.start = rng, limits, wish.start
        self.ops = ops = [op for op in wish.ops if op in OPS]
        self.layouts = layouts_of(ops, wish.start)
        self.optimizer = [op for op in wish.ops if op in q.OPTIMIZER_OPTIONS]
        large = 0 if limits.regions or wish.facts else int(rng.choice(3, p=(0.35, 0.3, 0.35)))
        self.large = set(rng.permutation([*dict.fromkeys(wish.start), "units"])[:large])
        self.few = q.FEW[: 5 if wish.facts else 4 if limits.regions or large == 2 else None]
        # Larger than the windows of the last operation that has some.
        self.planes = next((window_axes(op) for op in reversed(ops) if window_of(op)), "")
        self.facts = self._placed(wish.facts)
        self.inner = tuple(op for op in limits.ops if op in OPS and may_be_beside(op))
        self.falls = rng.random() < FALLING

    def _placed(self, wished: Mapping[tuple[int, str], str]) -> dict[tuple[int, str], str]:
        """What is wished for, each size where it is chosen: at the start, or by an option."""
        found = {key: value for key, value in wished.items() if key[0] == q.TRAINING}
        setter = 0, "L"
        for k, (op, layout) in enumerate(zip(self.ops, self.layouts, strict=False)):
            own = [(name in PRODUCTS, name, v) for (at, name), v in wished.items() if at == k]
            for _, name, value in sorted(own):  # the sizes that have a class of their own first
                if name in PRODUCTS:
                    n = q.one_of(self.rng, q.SIZE_CLASSES[value].drawn)
                    for letter, size in self._split(op, layout, name, n):
                        key = (k, letter) if letter == "window" else (0, letter)
                        found.setdefault(setter if letter == "L" else key, size)
                elif name in "BTHWL":
                    found.setdefault(setter if name == "L" else (0, name), value)
                else:
                    found[k, name] = value
            if (option := last_size(op)) is not None:
                setter = k, option
        return found

    def _split(self, op: str, layout: str, name: str, n: int) -> Iterator[tuple[str, str]]:
        """Sizes of some axes, whose product is as large as a number."""
        few = "T" if OPS[op].states else ""  # a step of a state costs most
        letters = [a for a in layout if a in PRODUCTS[name] and a not in few]
        some = [letters[k] for k in self.rng.permutation(len(letters))[: self.rng.integers(1, 4)]]
        if name in ("taps", "depth"):
            axes = [a for a in window_axes(op) if a in layout]
            taps = n if name == "taps" else q.one_of(self.rng, (1, 4, 9))
            root = max(math.ceil(taps ** (1 / len(axes))), 1)
            yield from ((a, str(root)) for a in (*axes, "window"))
            n, some = -(-n // root ** len(axes)), ["L"] if name == "depth" else []
        for k, letter in enumerate(some):
            root = math.ceil(n ** (1 / (len(some) - k)) - 1e-9)
            yield letter, str(root)
            n = -(-n // root)

    def size(self, at: int, letter: str) -> int:
        """A size of its class."""
        wished = self.facts.get((at, letter), "")
        if wished in q.SIZE_CLASSES:
            return int(q.one_of(self.rng, q.SIZE_CLASSES[wished].drawn))
        if wished.isdigit():
            return int(wished)
        if (letter if letter in "BTHWL" else "units") not in self.large:
            is_plane = letter in self.planes and self.rng.random() < 0.7
            return int(q.one_of(self.rng, q.PLANES if is_plane else self.few))
        return int(q.one_of(self.rng, q.MANY[: None if len(self.large) == 1 else 12]))

    def plan(self) -> Plan | None:
        """All nodes; None if they are too large."""
        source, factors = "in/ids" if self.start in IDS else "in/X", [1]
        for k, op in reversed([*enumerate(self.ops)]):  # what divides the last size, for the gates
            beside = OPS[self.facts.get((k, SIBLING), op)].num_gates
            own = math.lcm(OPS[op].num_gates, beside)
            factors.insert(0, beside if last_size(op) else factors[0] * own)
        sizes = {letter: self.size(0, letter) for letter in self.start}
        if "T" in sizes:
            sizes["T"] = max(sizes["T"], self.limits.least_steps)
        sizes["L"] = sizes.get("L", 1) * factors[0]
        self.inputs = {source: tuple(sizes[letter] for letter in self.start)}
        self.out, self.nodes = dict(self.inputs), list[Node]()
        self.shapes = dict[str, NodeShapes]()
        last, self.laid_out = source, {source: self.start}
        for k, (op, factor) in enumerate(zip(self.ops, factors[1:], strict=True)):
            layout, shape, sources = self.layouts[k], self.out[last], [last]
            self._beside(k, last, factor)
            if OPS[op].num_inputs is None:
                sources = [last, *self._others(k, last, factor)]
                sources = sources[:: -1 if self.rng.random() < 0.3 else 1]
            last = self._named(op, tuple(sources), self._options(k, op, layout, shape, factor))
            self.laid_out[last] = self.layouts[k + 1]
        if self.ops[-1] in LOSSES:
            self.inputs["in/y"] = self.out[source][:1]
        if (cost := self._cost()) is None:
            return None
        optimizer = self._optimizer(cost)
        given = self.inputs, self.start, self._regions(optimizer), optimizer, self.shapes
        plan = Plan(tuple(self.nodes), *given, cost * (optimizer["steps"] if optimizer else 1))
        return plan if all(self._varies(plan, node) for node in plan.nodes) else None

    def _varies(self, plan: Plan, node: Node) -> bool:
        """Whether numbers differ from their mean, or need not."""
        own = products(node, plan.layouts[node.name], plan.read(node))
        is_wide = node.options.get("eps") == max(q.NUMBERS["eps"])  # beside a variance's error
        may_be_one = is_wide and "momentum" not in node.options
        return may_be_one or own.get("under", MAX_SUMMED) >= MAX_SUMMED

    def _named(self, op: str, sources: tuple[str, ...], options: Mapping[str, Any]) -> str:
        taken = sum(node.name[0] == op[0] for node in self.nodes)
        number = LAST_NAME - taken if self.falls else taken + 1 if taken else ""
        node = Node(f"{op[0]}{number}", op, sources, options)
        own = self.shapes[node.name] = node_shapes(node, [self.out[s] for s in sources])
        if not 1 <= math.prod(own.output) <= self.limits.max_size:
            raise InputError("expected windows that fit")
        self.out[node.name] = own.output
        self.nodes.append(node)
        return node.name

    def _beside(self, k: int, last: str, factor: int) -> None:
        """What reads the same as an operation; it may be that nothing reads this."""
        fits, shape = [*followers(self.layouts[k], self.inner)], self.out[last]
        drawn = q.one_of(self.rng, fits) if fits and self.rng.random() < OFTEN else None
        op = self.facts.get((k, SIBLING), drawn)
        if op in fits and shape[-1] % OPS[op].num_gates == 0:
            laid_out = [name for name, own in self.laid_out.items() if own == self.layouts[k]]
            source = q.one_of(self.rng, [n for n in laid_out if self.out[n] == shape])
            self._named(op, (source,), self._options(-2, op, self.layouts[k], shape, factor))

    def _others(self, k: int, last: str, factor: int) -> Iterator[str]:
        """What is joined with the last output: one like it or like an earlier one, or an input."""
        shape = self.out[last]
        more = int(q.one_of(self.rng, (1, 1, 1, 2, 2, 3, MAX_INPUTS - 1)))

        def fits(name: str) -> bool:
            s = self.out[name]
            return s[:-1] == shape[:-1] and s[-1] % factor == 0 and name != "in/ids"

        read = {source for node in self.nodes for source in node.inputs} | {last}
        unread = [n.name for n in self.nodes if n.name not in read and fits(n.name)]
        for at in range(int(self.facts.get((k, "inputs"), more + 1)) - 1):
            alike, drawn = [node for node in self.nodes if fits(node.name)], self.rng.random()
            if unread and at == 0:
                yield unread[-1]
            elif alike and drawn < 0.35:
                like = alike[-1] if at == 0 else q.one_of(self.rng, alike)
                yield self._named(like.op, like.inputs, like.options)
            elif drawn < 0.5 and "in/Z" not in self.inputs:
                self.inputs["in/Z"] = (*shape[:-1], factor * int(q.one_of(self.rng, q.FEW)))
                self.out["in/Z"] = self.inputs["in/Z"]
                yield "in/Z"
            else:
                names = [name for name in self.out if fits(name)]
                yield names[max(len(names) - 2, 0)] if at == 0 else q.one_of(self.rng, names)

    def _options(self, k: int, op: str, layout: str, shape: Size, factor: int) -> dict[str, Any]:
        row, axes, found = OPS[op], len(window_axes(op)), dict[str, Any]()
        before = next((node.options for node in reversed(self.nodes) if node.op == op), None)
        for name, option in row.options.items():
            wished = self.facts.get((k, name))
            if before and wished == "True" and (name != last_size(op) or not before[name] % factor):
                found[name] = before[name]
            elif wished == WHOLE:
                zeros = [int(self.rng.integers(n)) for n in found["kernel"]]
                found[name] = [[z, n - 1 - z] for z, n in zip(zeros, found["kernel"], strict=True)]
            elif before and wished == "False" and option.values in q.WINDOWS:
                found[name] = np.flip(before[name], -1).tolist()  # as in a mirror
            elif option.values == SIZE:
                found[name] = self.size(k, name) * factor
            elif option.values in q.WINDOWS:
                found[name] = self._window(name, option.values, axes, wished)
            else:
                values = q.option_values(op, name, self.limits.options)
                if name == "axes":
                    values = [v for v in values if lies(op, v, layout)]
                other = {"analog": "spike", "False": before and before[name]}.get(str(wished))
                liked = [v for v in values if str(v) == wished or other not in (None, v)]
                found[name] = q.one_of(self.rng, liked or values)
        if "size" in found and (k, "stride") not in self.facts and self.rng.random() < 0.3:
            found["stride"] = found["size"]  # side by side
        if (size := window_of(op)) is not None and (k, "window") in self.facts:
            found[size] = [self.size(k, "window")] * axes
        if row.windows is not None and size is not None:  # no larger than what they lie on
            lengths, zeros = shape[-1 - axes : -1], found.get("pad", [[0, 0]] * axes)
            longest = [n + sum(z) for n, z in zip(lengths, zeros, strict=True)]
            found[size] = [min(pair) for pair in zip(found[size], longest, strict=True)]
        return found

    def _window(self, name: str, kind: object, axes: int, wished: str | None) -> list[Any]:
        """A number for each axis, or two of padding, of a class."""
        classes = q.WINDOWS[kind]
        drawn = q.one_of(self.rng, q.OFTEN.get(name, [*classes]))
        of = str(wished if wished in classes else drawn)
        n = axes * (1 + (kind == PADDING))
        found = [q.one_of(self.rng, classes[of]) for _ in range(n)]
        found = found if of == "uneven" else found[:1] * n
        if kind == PADDING:
            return [found[2 * k : 2 * k + 2] for k in range(axes)]
        while math.prod(found) > MAX_TAPS:
            found = [max(n // 2, 1) for n in found]
        return found

    def _optimizer(self, cost: float) -> dict[str, Any] | None:
        names = [name for name in q.OPTIMIZER_OPTIONS if name in self.limits.ops]
        trains = self.ops[-1] in LOSSES and any(OPS[op].parameters for op in self.ops)
        if not names or not trains or (self.rng.random() < 0.5 and not self.optimizer):
            return None
        name = (self.optimizer or [q.one_of(self.rng, names)])[0]
        found = {"name": name}
        for option, values in q.OPTIMIZER_OPTIONS[name].items():
            wished = [v for v in values if str(v) == self.facts.get((q.TRAINING, option))]
            if option == "steps":  # as many as are affordable
                wished = [v for v in wished or values if v * cost <= MAX_TRAINED] or [1]
            found[option] = q.one_of(self.rng, wished or values)
        return {option: v for option, v in found.items() if v != q.WITHOUT}

    def _cost(self) -> float | None:
        """Milliseconds that a pass takes, about; None where it is too large."""
        arrays = (named for own in self.shapes.values() for named in own.arrays.items())
        weights = (shape for name, shape in arrays if name.startswith("par/"))
        sizes = [math.prod(shape) for shape in (*self.out.values(), *weights)]
        numbers, taps, steps = sum(sizes), 0, 0.0
        for node in self.nodes:
            T = self.out[node.inputs[0]][1] if OPS[node.op].states else 0
            own = math.prod(node.options.get(window_of(node.op) or "", (1,)))
            taps, steps = taps + own, steps + PER_STEP.get(node.op, 0) * T * own
            if node.op == "softmax_bce":  # each class beside each other
                numbers += math.prod(self.out[node.inputs[0]]) * self.out[node.inputs[0]][-1]
        cost = PER_NODE * len(self.nodes) + PER_NUMBER * numbers + PER_TAP * taps + steps
        is_too_large = (
            max(sizes) > self.limits.max_size
            or sum(sizes) > (600 if self.limits.regions else MAX_NUMBERS)
            or math.prod(self.inputs.get("in/ids", ())) > MAX_IDS
        )
        return None if is_too_large or cost > MAX_COST else cost

    def _regions(self, optimizer: Mapping[str, Any] | None) -> dict[str, str]:
        allowed = self.limits.regions
        named = {name: value for (_, name), value in self.facts.items() if name in USUAL}
        found = {n: q.one_of(self.rng, ["usual", *q.regions_of(n, allowed)]) for n in USUAL}
        often = "beside" if self.limits.regions else "fine"  # few bits: all of them
        found["grid"] = q.one_of(self.rng, [*q.regions_of("grid", allowed), often, often])
        if optimizer or (self.facts and self.rng.random() < 0.5):  # training overflows
            found = dict(USUAL)
        for node in self.nodes if not allowed else ():
            if OPS[node.op].states and self.out[node.inputs[0]][1] > LONG:
                lasting = q.LASTING[node.op].items()
                found |= {name: q.one_of(self.rng, regions) for name, regions in lasting}
        found |= named
        if found["grid"] == "next":  # a potential is the drive
            found |= dict.fromkeys(("state", "alpha", "beta"), "0")
        if max(map(math.prod, self.out.values())) > MANY:
            found["grid"] = q.one_of(self.rng, ("1/4", "1/2", "1"))
        return found
