"""What random cases cover: junctions, sizes, options and regions of numbers, by the table."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any, TypeAlias

import numpy as np

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.draw.network import (
    LONG,
    STARTS,
    Limits,
    Plan,
    allowed_values,
    follow,
    gates,
    has_few_numbers,
    leads_to,
    quantities,
    window_axes,
)
from liaf_ref.oracle.draw.quantities import NUMBERS, OPTIMIZER_OPTIONS, regions_of
from liaf_ref.oracle.opset import LOSSES, NUMBER, OPS, PADDING, SIZE, SIZES, Option
from liaf_ref.oracle.shapes import Size, node_shapes

Goal: TypeAlias = tuple[str, str]  # its kind, and what is covered
KINDS = {
    "junction": "one operation reads another; two read one",
    "size": "one size of one operation, of a class",
    "pair": "two sizes of one operation, both 1 or both of at least 15",
    "option": "two options of one operation; all of the neuron's, and T",
    "region": "where the numbers of one operation come from; two of the neuron's, and T",
}
CLASSES = {1: "1", 2: "2", 3: "3", 9: "4-9", 33: "15-33", 129: "63-129", 257: "255-257"}
LARGE = 15
TIMES = {1: "1", LONG - 1: "few", 99: "many", 10**9: "100"}
WINDOW_CLASSES = {SIZES: ("1", "equal", "uneven"), PADDING: ("0", "equal", "uneven")}
TRIPLES = 3  # options with a list of values, from which on three are tried at once


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
        chosen = [f"{k}={v}" for k, v in plan.optimizer.items() if k != "name"]
        found |= set(_tuples(plan.optimizer["name"], chosen, 2))
    return frozenset(found)


def _node_goals(plan: Plan, node: Node) -> Iterator[Goal]:
    source, layout = node.inputs[0], plan.layouts[node.name]
    shape = plan.inputs.get(source) or plan.shapes[source].output
    sizes = _sizes(node, layout, shape)
    yield from _size_goals(node.op, layout, sizes)
    options = OPS[node.op].options
    chosen = {name: f"{name}={_value(options[name], v)}" for name, v in node.options.items()}
    if _shows_reset(plan.regions):
        yield from _option_goals(node.op, chosen, _class(min(sizes.get("T", 1), LONG), TIMES))
    names = quantities(node.op, source in plan.inputs, node is plan.nodes[-1])
    regions = {quantity: plan.regions[quantity] for quantity in sorted(names)}
    yield from _region_goals(node.op, regions, _class(sizes.get("T", 1), TIMES))


def _shows_reset(regions: Mapping[str, str]) -> bool:
    """Whether a neuron's options can change its answer: some neurons fire, and V depends on R."""
    return regions["alpha"] != "0" and regions["v_th"] != "large"


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


def _size_goals(op: str, layout: str, sizes: Mapping[str, int]) -> Iterator[Goal]:
    for name, size in sizes.items():
        yield "size", f"{op}({layout}) {name} {_class(size, CLASSES)}"
    ones = [name for name, size in sizes.items() if size == 1]
    large = [name for name, size in sizes.items() if size >= LARGE]
    yield from (("pair", f"{op}({layout}) {a} {b} 1") for a, b in combinations(ones, 2))
    yield from (("pair", f"{op}({layout}) {a} {b} large") for a, b in combinations(large, 2))


def _value(option: Option, value: Any) -> str:
    """A value of an option, or its class."""
    if option.values not in (SIZES, PADDING):
        return str(value)
    if max(value) in (1, [0, 0]):
        return "0" if option.values == PADDING else "1"
    return "equal" if len(set(np.ravel(value))) == 1 else "uneven"


def _tuples(op: str, chosen: Sequence[str], n: int, *also: str) -> Iterator[Goal]:
    yield from (("option", " ".join((op, *some, *also))) for some in combinations(chosen, n))


def _option_goals(op: str, chosen: Mapping[str, str], T: str) -> Iterator[Goal]:
    names = [name for name, option in OPS[op].options.items() if option.values != SIZE]
    yield from _tuples(op, [chosen[name] for name in names], min(len(names), 2))
    listed = [name for name in names if isinstance(OPS[op].options[name].values, tuple)]
    if len(listed) >= TRIPLES and OPS[op].states:
        yield from _tuples(op, [chosen[name] for name in listed], len(listed), f"T={T}")


def _region_goals(op: str, regions: Mapping[str, str], T: str) -> Iterator[Goal]:
    texts = [f"{quantity} {region}" for quantity, region in regions.items()]
    yield from (("region", f"{op} {text}") for text in texts)
    if "v_th" in OPS[op].parameters:
        both = combinations([*texts, f"T {T}"], 2)
        yield from (("region", f"{op} {a}, {b}") for a, b in both)


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
        for chosen in product(*([f"{k}={v}" for v in values] for k, values in options.items())):
            found |= set(_tuples(name, chosen, 2))
    return frozenset(found)


def _possible_of(op: str, limits: Limits) -> Iterator[Goal]:
    for layout in STARTS:
        if leads_to(op, layout) is not None:
            names = [*layout, *_size_options(op)]
            chosen = [{name: size} for name, size in product(names, CLASSES)]
            both = product(combinations(names, 2), (1, LARGE))
            chosen += [{a: size, b: size} for (a, b), size in both]
            for sizes in chosen:
                others = ({**dict.fromkeys(names, n), **sizes} for n in (1, 3))
                if any(_fits(op, layout, each, limits) for each in others):
                    yield from _size_goals(op, layout, sizes)
    values = {
        name: [f"{name}={v}" for v in _all_values(name, option, op, limits)]
        for name, option in OPS[op].options.items()
        if option.values != SIZE
    }
    for picked, T in product(product(*values.values()), [*TIMES.values()][:3]):
        yield from _option_goals(op, dict(zip(values, picked, strict=True)), T)
    regions = {q: regions_of(q, limits.regions) for q in sorted(quantities(op, True, True))}
    for a, b in combinations(regions, 2):
        for x, y, T in product(regions[a], regions[b], TIMES.values()):
            yield from _region_goals(op, {a: x, b: y}, T)


def _all_values(name: str, option: Option, op: str, limits: Limits) -> Sequence[Any]:
    if option.values in WINDOW_CLASSES:
        return WINDOW_CLASSES[str(option.values)]
    if option.values == NUMBER:
        numbers: Sequence[Any] = NUMBERS.get(name, (option.default,))
        return numbers
    return allowed_values(op, name, limits)


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
