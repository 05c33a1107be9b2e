"""What random cases cover: junctions, sizes, options and regions of numbers, by the table."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, TypeAlias

import numpy as np

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.draw.network import (
    LONG,
    STARTS,
    Limits,
    Plan,
    Wish,
    allowed_values,
    follow,
    gates,
    has_few_numbers,
    leads_to,
    quantities,
    window_axes,
)
from liaf_ref.oracle.draw.quantities import OPTIMIZER_OPTIONS, regions_of
from liaf_ref.oracle.opset import LOSSES, NUMBER, OPS, PADDING, SIZE, SIZES, Choice, Option
from liaf_ref.oracle.shapes import Size, node_shapes

Goal: TypeAlias = tuple[str, str]  # its kind, and what is covered
WEIGHTS = {  # of the kinds of goals, in the choice of a case
    "junction": 8,  # one operation reads another; two read one
    "size": 4,  # one size of one operation, of a class
    "largest": 16,  # one of 255 to 257
    "array": 4,  # an option that says which arrays there are, with one or two sizes of 1
    "pair": 4,  # two sizes of one operation, both 1 or both of at least 15
    "option": 1,  # two options of one operation; three of the neuron's, and T
    "options": 9,  # all listed options of the neuron
    "region": 3,  # where the numbers of one operation come from; with T, and its activation
}
CLASSES = {1: "1", 2: "2", 3: "3", 9: "4-9", 64: "15-64", 129: "65-129", 257: "255-257"}
LARGE, LARGEST = 15, "255-257"
TIMES = {1: "1", LONG - 1: "few", 99: "many", 10**9: "100"}
WINDOW_CLASSES: dict[object, tuple[str, str, str]] = {
    SIZES: ("1", "equal", "uneven"),
    PADDING: ("0", "equal", "uneven"),
}
BEYOND = ("small", "subnormal", "steep")  # drives that hardly meet a threshold
TRIPLES = 3  # options with a list of values, from which on so many are tried at once


def plan_goals(plan: Plan) -> frozenset[Goal]:
    """What a plan covers."""
    ops = {node.name: node.op for node in plan.nodes}
    reads = [(s, node.op) for node in plan.nodes for s in node.inputs if s in ops]
    names = [s for s, _ in reads]
    texts = {f"{ops[s]} > {op}" for s, op in reads}
    texts |= {f"{ops[s]} read twice" for s in names if names.count(s) > 1}
    found = {("junction", text) for text in texts}
    for node in plan.nodes:
        found |= set(_node_goals(plan, node))
    if plan.optimizer is not None:
        options = {k: str(v) for k, v in plan.optimizer.items() if k != "name"}
        found |= set(_some("option", plan.optimizer["name"], options, 2))
    return frozenset(found)


def _some(kind: str, about: str, facts: Mapping[str, str], n: int) -> Iterator[Goal]:
    """Every n of the facts."""
    for chosen in combinations(facts.items(), n) if n else ():
        yield kind, f"{about} " + ", ".join(map(" ".join, chosen))


def wish(goal: Goal) -> Wish:
    """What a plan has to have for a goal: the reverse of its text."""
    kind, text = goal
    if kind == "junction":
        first, _, second = text.partition(" > ")
        return Wish((first, second) if second else (text.split()[0],))
    about, _, rest = text.partition(" ")
    op, _, layout = about.rstrip(")").partition("(")
    facts = dict(fact.split(" ", 1) for fact in rest.split(", "))
    return Wish((op,) if op in OPS else (), layout, facts)


def _node_goals(plan: Plan, node: Node) -> Iterator[Goal]:
    source, layout = node.inputs[0], plan.layouts[node.name]
    shape = plan.inputs.get(source) or plan.shapes[source].output
    sizes = _sizes(node, layout, shape)
    options = OPS[node.op].options
    chosen = {name: value_class(options[name], v) for name, v in node.options.items()}
    if node.op not in LOSSES or source in plan.inputs:  # else nothing shows a loss's gradient
        yield from _size_goals(f"{node.op}({layout})", sizes, _deciding(node.op, chosen))
    steps = sizes.get("T", 1)
    if node.op != "neuron" or _shows_options(plan.regions, source in plan.inputs, steps):
        yield from _option_goals(node.op, chosen, _class(min(steps, LONG), TIMES))
    names = quantities(node.op, source in plan.inputs, node is plan.nodes[-1])
    regions = {quantity: plan.regions[quantity] for quantity in sorted(names)}
    yield from _region_goals(node.op, regions, _class(steps, TIMES), chosen.get("act"))


def _shows_options(regions: Mapping[str, str], is_first: bool, T: int) -> bool:
    """Whether a neuron's options can change its answer: it may fire, and a gradient reaches R."""
    fires = regions["v_th"] != "large" and not (is_first and regions["X"] in BEYOND)
    carries = regions["alpha"] != "0" and T > 1
    return fires and carries and regions["grid"] not in ("1", "beside")


def _sizes(node: Node, layout: str, shape: Size) -> dict[str, int]:
    """The sizes of an operation's input, the gates apart, and its options that are sizes."""
    sizes = dict(zip(layout, shape, strict=True))
    if "L" in sizes:
        sizes["L"] //= gates(node.op)
    return sizes | {n: node.options[n] for n in _size_options(node.op)}


def _size_options(op: str) -> list[str]:
    return [name for name, option in OPS[op].options.items() if option.values == SIZE]


def _class(size: int, classes: Mapping[int, str]) -> str:
    return next((name for most, name in classes.items() if size <= most), "more")


def _size_goals(
    about: str, sizes: Mapping[str, int], deciding: Mapping[str, str]
) -> Iterator[Goal]:
    """One size; two that are 1 or large; those of 1 with what decides which arrays there are."""
    classes = {name: _class(size, CLASSES) for name, size in sizes.items()}
    ones = {name: "1" for name, size in sizes.items() if size == 1}
    large = {name: "large" for name, size in sizes.items() if size >= LARGE}
    for name, size in classes.items():
        yield from _some("largest" if size == LARGEST else "size", about, {name: size}, 1)
    yield from (*_some("pair", about, ones, 2), *_some("pair", about, large, 2))
    small = (*_some("size", about, ones, 1), *_some("pair", about, ones, 2))
    yield from (
        ("array", f"{text}, {' '.join(o)}") for (_, text), o in product(small, deciding.items())
    )


def _deciding(op: str, options: Mapping[str, str]) -> dict[str, str]:
    """The options that decide which arrays there are."""
    arrays = (*OPS[op].parameters.values(), *OPS[op].traces.values())
    return {shape.option: options[shape.option] for shape in arrays if isinstance(shape, Choice)}


def value_class(option: Option, value: Any) -> str:
    """A value of an option, or its class."""
    if (classes := WINDOW_CLASSES.get(option.values)) is None:
        return str(value)
    least, equal, uneven = classes
    if str(np.max(value)) == least:
        return least
    return equal if len(set(np.ravel(value))) == 1 else uneven


def _option_goals(op: str, chosen: Mapping[str, str], T: str) -> Iterator[Goal]:
    options = OPS[op].options
    some = {name: v for name, v in chosen.items() if options[name].values != SIZE}
    yield from _some("option", op, some, min(len(some), 2))
    listed = {name: v for name, v in some.items() if isinstance(options[name].values, tuple)}
    if len(listed) >= TRIPLES and OPS[op].states:
        yield from _some("options", op, listed, len(listed))
        yield from ((kind, f"{text}, T {T}") for kind, text in _some("option", op, listed, TRIPLES))


def _region_goals(
    op: str, regions: Mapping[str, str], T: str, act: str | None = None
) -> Iterator[Goal]:
    yield from _some("region", op, regions, 1)
    if act and "X" in regions:
        yield from _some("region", op, {"X": regions["X"], "act": act}, 2)
    if "v_th" in OPS[op].parameters:
        yield from _some("region", op, {**regions, "T": T}, 2)


def possible_goals(limits: Limits) -> frozenset[Goal]:
    """Everything that cases of some operations can cover."""
    ops = tuple(op for op in limits.ops if op in OPS)
    pairs = set(follow(ops))
    found = {("junction", f"{a} > {b}") for a, b in pairs}
    found |= {("junction", f"{a} read twice") for a, b in pairs if OPS[b].num_inputs is None}
    for op in ops:
        found |= set(_possible_of(op, limits))
    for name in limits.ops if set(ops) & LOSSES.keys() else ():
        options = OPTIMIZER_OPTIONS.get(name, {})
        for picked in product(*options.values()):
            values = dict(zip(options, map(str, picked), strict=True))
            found |= set(_some("option", name, values, 2))
    return frozenset(found)


def _possible_of(op: str, limits: Limits) -> Iterator[Goal]:
    values = {
        name: WINDOW_CLASSES.get(option.values) or [*map(str, allowed_values(op, name, limits))]
        for name, option in OPS[op].options.items()
        if option.values != SIZE
    }
    all_chosen = [dict(zip(values, picked, strict=True)) for picked in product(*values.values())]
    for layout in STARTS:
        if leads_to(op, layout) is not None:
            names = [*layout, *_size_options(op)]
            chosen = [{name: size} for name, size in product(names, CLASSES)]
            both = product(combinations(names, 2), (1, LARGE))
            chosen += [{a: size, b: size} for (a, b), size in both]
            decided = [dict(o) for o in {tuple(_deciding(op, c).items()) for c in all_chosen}]
            for sizes in chosen:
                others = ({**dict.fromkeys(names, n), **sizes} for n in (1, 3))
                if any(_fits(op, layout, each, limits) for each in others):
                    for deciding in decided:
                        yield from _size_goals(f"{op}({layout})", sizes, deciding)
    for picked, T in product(all_chosen, [*TIMES.values()][1:3]):
        yield from _option_goals(op, picked, T)
    regions = {q: regions_of(q, limits.regions) for q in sorted(quantities(op, True, True))}
    for a, b in combinations(regions, 2):
        for x, y, T in product(regions[a], regions[b], TIMES.values()):
            yield from _region_goals(op, {a: x, b: y}, T)
    for X, act in product(regions.get("X", ()), values.get("act", ())):
        yield from _region_goals(op, {"X": X}, "1", act)


def _fits(op: str, layout: str, sizes: Mapping[str, int], limits: Limits) -> bool:
    """Whether an operation can have these sizes, with the smallest windows and some options."""
    shape = tuple(sizes[a] * (gates(op) if a == "L" else 1) for a in layout)
    table, axes = OPS[op].options, window_axes(OPS[op])
    small = {SIZES: [1] * axes, PADDING: [[0, 0]] * axes, NUMBER: 1.0}
    choices = {
        name: allowed_values(op, name, limits, layout)
        if isinstance(option.values, tuple)
        else (small.get(option.values, sizes.get(name)),)
        for name, option in table.items()
    }
    if limits.is_small and max(sizes.values()) >= LARGE:
        return False
    for chosen in product(*choices.values()):
        node = Node("n", op, ("in/X",), dict(zip(choices, chosen, strict=True)))
        own = node_shapes(node, [shape])
        largest = max(map(math.prod, (shape, own.output, *own.parameters.values())))
        if largest <= limits.max_size and not has_few_numbers(node, shape):
            return True
    return False


@dataclass(frozen=True)
class Coverage:
    """What random cases can cover, and what became of it.

    An entry is a kind with a text: ``("junction", "conv > neuron")``.

    Parameters
    ----------
    repeat : str
        The options of ``liaf-ref oracle check`` that draw the same cases.
    possible : frozenset
        Everything that cases of these operations can cover.
    tried : frozenset
        What the cases cover that the backend answered, right or wrong.
    declined : frozenset
        What occurs only in cases that the backend declined.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> from liaf_ref.oracle import random_cases, run
    >>> report = lr.check_backend(run, cases=random_cases(3, seed=7, ops=["dense"]))
    >>> print(report.coverage)
    drawn: --random 3 --seed 7 --op dense; one case alone: add --case NAME
    coverage: ... tried, 0 only declined, ... not drawn; more cases try more
    """

    repeat: str
    possible: frozenset[Goal]
    tried: frozenset[Goal]
    declined: frozenset[Goal]

    @property
    def missing(self) -> frozenset[Goal]:
        """What no case covers."""
        return self.possible - self.tried - self.declined

    def __str__(self) -> str:
        parts = [f"{len(self.tried & self.possible)} of {len(self.possible)} tried"]
        parts += [f"{len(self.declined & self.possible)} only declined"]
        if self.missing:
            parts += [f"{len(self.missing)} not drawn; more cases try more"]
        return (
            f"drawn: {self.repeat}; one case alone: add --case NAME\ncoverage: {', '.join(parts)}"
        )

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Convert to a dict for ``json.dumps``.

        Returns
        -------
        dict
            ``repeat``; ``possible`` and ``tried``, the numbers; and the lists ``declined`` and
            ``missing`` of texts such as ``junction: conv > neuron``.

        Examples
        --------
        >>> import liaf_ref as lr
        >>> from liaf_ref.oracle import random_cases, run
        >>> report = lr.check_backend(run, cases=random_cases(3, seed=7, ops=["dense"]))
        >>> sorted(report.coverage.to_dict())
        ['declined', 'missing', 'possible', 'repeat', 'tried']
        """
        return {
            "repeat": self.repeat,
            "possible": len(self.possible),
            "tried": len(self.tried & self.possible),
            "declined": _texts(self.declined),
            "missing": _texts(self.missing),
        }


def _texts(goals: frozenset[Goal]) -> list[str]:
    return sorted(": ".join(goal) for goal in goals)
