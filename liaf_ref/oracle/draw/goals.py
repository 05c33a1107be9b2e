"""What random cases cover: goals that follow from the rows of the table."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.draw import network
from liaf_ref.oracle.draw.network import Limits, Plan, Wish, one_of
from liaf_ref.oracle.draw.quantities import OPTIMIZER_OPTIONS, REGIONS, WITHOUT, regions_of
from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.opset import LOSSES, NUMBER, OPS, OPTIMIZERS, PADDING, SIZE, SIZES
from liaf_ref.oracle.shapes import Size, network_shapes, node_shapes

SHARES = {  # of the cases: how many are drawn for a kind of goals
    "junction": 10,  # one operation reads another: by rank, with an option, with a size
    "choices": 1,  # an option of both sides of a junction
    "row": 5,  # three operations in a row, by their class
    "shared": 3,  # an array is read twice
    "inputs": 1,  # one operation has so many inputs
    "twice": 1,  # two nodes of one operation, and which of their options are alike
    "size": 3,  # one size of one operation
    "sizes": 2,  # two or three sizes of one operation, all 1 or all large
    "count": 2,  # of taps, frames, entries: numbers that follow from sizes
    "pair": 4,  # any two facts of one operation: options, regions of numbers, sizes, rank
    "triple": 1,  # three of the neuron's options, and its steps
    "optimizer": 3,  # two options of an optimizer
    "large": 10,  # a size, sizes or a number that need many numbers or steps
}
ALONE = ("pair", "size", "sizes", "triple", "count", "optimizer")  # kinds of one operation
WEIGHTS = {"junction": 3.0, "row": 6.0, "shared": 8.0, "inputs": 8.0, "count": 4.0, "sizes": 2.0}
AGAIN = 0.15  # what a goal counts for the second time, as a mistake may not show in one case
CHEAP = 0.5  # milliseconds: the weight of a goal grows with what it costs beyond
AT_ONCE = (">16", ">32", ">64", ">128", ">256")  # what counts with another size only
AT_ONCE = (">16", ">32", ">64", ">128", ">256")  # what counts with another size only
LARGE = 16  # three sizes at once
TOGETHER = (("1", "1"), (">16", ">16"), (">64", ">64"))
NEITHER = ("few", ">16")  # steps that a junction has no goal of
JOINT = ("1", ">32")  # a size where two operations join, or beside an option
TRIPLES = 3  # options with a list of values, from which on so many are tried at once
BEYOND = ("small", "subnormal", "steep")  # drives that hardly meet a threshold
ROWS: Mapping[str, Sequence[str]] = {  # operations that are alike in a row, by their class
    "cell": ("rnn", "lstm", "gru", "convlstm"),
    "conv": ("conv", "conv3d"),
    "pool": ("average_pool", "max_pool"),
    "readout": ("last", "mean"),
    "loss": tuple(LOSSES),
    "spikes": ("neuron",),
    "analog": ("neuron",),
    "batch statistics": ("batch_norm",),
    "running statistics": ("batch_norm",),
}
Fact = tuple[int, str, str]  # the place of an operation, a name, a value or its class


class Goal(NamedTuple):
    """Something a case can cover: a kind, operations that follow, facts (place, name, class)."""

    kind: str
    ops: tuple[str, ...]
    facts: tuple[Fact, ...] = ()

    def __str__(self) -> str:
        texts = [f"{op}{self._about(k)}" for k, op in enumerate(self.ops)]
        return f"{self.kind}: {' > '.join(texts)}"

    def _about(self, k: int) -> str:
        own = [f"{name} {value}" for at, name, value in self.facts if at == k]
        return f" ({', '.join(own)})" if own else ""

    @property
    def weight(self) -> float:
        """What it counts in the choice of a case: more where it costs more."""
        weight = WEIGHTS.get(self.kind, 1.0) * (1 if self.facts or self.kind != "junction" else 4)
        is_large = self.share == "large"
        cost = _least_cost(self.ops[0], self.facts) if is_large else 0.0
        return float(weight * math.sqrt(1 + cost / 2))

    @property
    def share(self) -> str:
        """The kind, apart from what needs many numbers or steps."""
        is_size = self.kind in ("size", "sizes", "count")
        is_large = is_size and _least_cost(self.ops[0], self.facts) > CHEAP
        return "large" if is_large else self.kind


@cache
def _least_cost(op: str, facts: tuple[Fact, ...]) -> float:
    """Milliseconds of the smallest case with some facts, about; of few steps, none."""
    numbers, steps = 1, 0
    for _, name, value in facts:
        n = network.least_size(value)
        if name == "T" and op in OPS and OPS[op].states:
            steps = n
        if name in network.COUNTS or name in "BTHWL" or name in SIZE_NAMES:
            numbers *= n
    return network.PER_NUMBER * numbers + network.PER_STEP * (steps if steps > network.LONG else 0)


def wish(goal: Goal, rng: np.random.Generator) -> Wish:
    """What a plan has to have for a goal."""
    facts = {(k, name): value for k, name, value in goal.facts}
    if goal.kind == "row":
        ops = list[str]()
        for k, name in enumerate(goal.ops):
            ops.append(one_of(rng, ROWS.get(name, (name,))))
            if ops[-1] in ("neuron", "batch_norm"):
                of = {"neuron": "act", "batch_norm": "statistics"}[ops[-1]]
                facts[k, of] = name.removesuffix(" statistics").removesuffix("s")
        return Wish(tuple(ops), facts)
    if goal.kind == "twice":
        return Wish(goal.ops * 2, {(1, name): value for _, name, value in goal.facts})
    if goal.kind == "shared":
        if len(goal.ops) < 3:
            return Wish((goal.ops[0], "concat"), {(1, "like"): ""})
        return Wish(goal.ops, {(2, "skip"): ""})
    return Wish(goal.ops, facts)


def plan_goals(plan: Plan) -> frozenset[Goal]:
    """What a plan covers."""
    found, layouts = set[Goal](), plan.layouts
    facts = {node.name: _facts(plan, node, layouts[node.name]) for node in plan.nodes}
    for node in plan.nodes:
        layout, shape = layouts[node.name], _shape(plan, node)
        own, source = facts[node.name], node.inputs[0]
        if node.op not in LOSSES or source in plan.inputs:  # else nothing shows its gradient
            sizes = _sizes(node, layout, shape)
            found |= set(_size_goals(node.op, layout, sizes))
            number = network.counts(node, layout, shape, plan.shapes[node.name])
            found |= set(_count_goals(node.op, number))
        found |= set(_pair_goals(node.op, own, _hidden(plan, node, own)))
    found |= set(_joined_goals(plan, facts))
    if plan.optimizer is not None:
        chosen = {
            k: str(plan.optimizer.get(k, WITHOUT))
            for k in OPTIMIZER_OPTIONS[plan.optimizer["name"]]
        }
        found |= set(_optimizer_goals(plan.optimizer["name"], chosen))
    return frozenset(found)


def _shape(plan: Plan, node: Node) -> Size:
    source = node.inputs[0]
    return plan.inputs[source] if source in plan.inputs else plan.shapes[source].output


def _sizes(node: Node, layout: str, shape: Size) -> dict[str, int]:
    """The sizes of an operation's input, the gates apart, and its options that are sizes."""
    sizes = dict(zip(layout, shape, strict=True))
    if "L" in sizes:
        sizes["L"] //= network.gates(node.op)
    return sizes | {name: node.options[name] for name in _size_options(node.op)}


def _size_options(op: str) -> list[str]:
    return [name for name, option in OPS[op].options.items() if option.values == SIZE]


def _choices_of(op: str) -> list[str]:
    return [name for name, option in OPS[op].options.items() if option.values != SIZE]


SIZE_NAMES = frozenset(name for op in OPS for name in _size_options(op))


def _facts(plan: Plan, node: Node, layout: str) -> dict[str, str]:
    """The options of a node, its rank, which of its sizes are 1 or large, regions of numbers."""
    table, is_first = OPS[node.op].options, node.inputs[0] in plan.inputs
    sizes = _sizes(node, layout, _shape(plan, node))
    found = {n: network.value_class(table[n], v) for n, v in node.options.items() if n not in sizes}
    found["layout"] = layout
    for name, size in sizes.items():
        if name == "T":
            found[name] = next(value for most, value in network.TIMES.items() if size <= most)
        elif size == 1 or size > 32:
            found[name] = JOINT[size > 1]
    names = network.quantities(node.op, is_first, node is plan.nodes[-1])
    return found | {q: plan.regions[q] for q in sorted(names) if q in plan.regions}


def _hidden(plan: Plan, node: Node, facts: Mapping[str, str]) -> frozenset[str]:
    """What cannot change a neuron's answer: it never fires, or no gradient reaches the reset."""
    if node.op != "neuron" or not plan.regions:
        return frozenset()
    fires = facts["v_th"] not in ("large", "huge") and facts.get("X") not in BEYOND
    carries = facts["alpha"] != "0" and facts["T"] != "1"
    shows = fires and carries and facts["grid"] not in ("1", "beside")
    return frozenset() if shows else frozenset({"reset", "mu", "v_reset"})


def _size_goals(op: str, layout: str, sizes: Mapping[str, int]) -> Iterator[Goal]:
    """One size, by magnitude and beside a power of two; two or three all 1 or all large."""
    about: Fact = (0, "layout", layout)
    facts = [
        (0, name, value) for name, n in sorted(sizes.items()) for value in network.size_values(n)
    ]
    alone = [fact for fact in facts if fact[2] not in AT_ONCE]
    yield from (Goal("size", (op,), (about, fact)) for fact in alone)
    for one, both in combinations(facts, 2):
        if one[1] != both[1] and (one[2], both[2]) in TOGETHER:
            yield Goal("sizes", (op,), (about, one, both))
    large = [fact for fact in facts if fact[2] == f">{LARGE}"]
    yield from (Goal("sizes", (op,), (about, *some)) for some in combinations(large, 3))


def _count_goals(op: str, numbers: Mapping[str, int]) -> Iterator[Goal]:
    for name, n in numbers.items():
        values = (
            [str(n)]
            if n in network.FEW[:3]
            else [f">{power}" for power in network.POWERS if n > power]
        )
        yield from (Goal("count", (op,), ((0, name, value),)) for value in values)


def _pair_goals(
    op: str, facts: Mapping[str, str], hidden: frozenset[str] = frozenset()
) -> Iterator[Goal]:
    """Any one or two facts; three listed options of the neuron, and its steps."""
    shown = sorted((0, name, value) for name, value in facts.items() if name not in hidden)
    yield from (Goal("pair", (op,), (fact,)) for fact in shown)
    pairs = (pair for pair in combinations(shown, 2) if _go_together(op, *(f[1] for f in pair)))
    yield from (Goal("pair", (op,), pair) for pair in pairs)
    options = OPS[op].options
    listed = [f for f in shown if f[1] in options and isinstance(options[f[1]].values, tuple)]
    if OPS[op].states and len(listed) >= TRIPLES and facts.get("T") in ("few", ">16", ">32"):
        T: Fact = (0, "T", facts["T"])
        yield from (Goal("triple", (op,), (*some, T)) for some in combinations(listed, TRIPLES))


@cache
def _go_together(op: str, a: str, b: str) -> bool:
    """Whether both can matter at once: an option, drives and sizes, a state's regions and steps."""
    regions = {a, b} & REGIONS.keys()
    if {a, b} & set(_choices_of(op)):
        return True
    if "X" in regions:
        return len(regions) == 1 and not {a, b} & {"layout", "grid"}
    return bool(OPS[op].states and regions) and (
        regions == {a, b} if op == "neuron" else "T" in (a, b)
    )


def _joined_goals(plan: Plan, facts: Mapping[str, Mapping[str, str]]) -> Iterator[Goal]:
    """What one operation has to do with another."""
    by_name = {node.name: node for node in plan.nodes}
    readers: dict[str, list[str]] = {}
    for node in plan.nodes:
        for source in dict.fromkeys(node.inputs):
            readers.setdefault(source, []).append(node.op)
            if source in by_name:
                before = by_name[source]
                yield from _junction_goals(before.op, node.op, facts[source], facts[node.name])
                for far in before.inputs:
                    if far in by_name:
                        row = (by_name[far], before, node)
                        yield Goal("row", tuple(_of_class(n.op, n.options) for n in row))
        if OPS[node.op].num_inputs is None:
            yield Goal("inputs", (node.op,), ((0, "inputs", str(len(node.inputs))),))
            if len(set(node.inputs)) < len(node.inputs):
                yield Goal("shared", (node.op,), ((0, "inputs", "same"),))
    for source, ops in readers.items():
        for a, b in combinations(ops, 2):
            if a == b:
                yield Goal("shared", (a, b))
            elif source in by_name and b == "concat":
                yield Goal("shared", (by_name[source].op, a, b))
    yield from _twice_goals(plan)


def _twice_goals(plan: Plan) -> Iterator[Goal]:
    """Two nodes of one operation, and which of their options are alike."""
    for a, b in combinations(plan.nodes, 2):
        if a.op == b.op and a.options:
            alike = [(0, n, str(a.options[n] == b.options[n])) for n in a.options]
            yield from (
                Goal("twice", (a.op,), both) for both in combinations(alike, min(len(alike), 2))
            )


def _junction_goals(
    a: str, b: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Goal]:
    """One operation reads another: with each option of either side, by rank and by size."""
    first, second = (
        [(k, name, facts[name]) for name in _choices_of(op) if name in facts]
        for k, op, facts in ((0, a, before), (1, b, after))
    )
    joint = [(1, n, after[n]) for n in ("layout", "T", "L") if after.get(n, "few") not in NEITHER]
    yield Goal("junction", (a, b))
    yield from (Goal("junction", (a, b), (fact,)) for fact in (*first, *second, *joint))
    yield from _choice_goals(a, b, first, second)


def _choice_goals(a: str, b: str, *sides: Sequence[Fact]) -> Iterator[Goal]:
    """Listed options of both sides, and those of windows."""
    first, second = (
        [fact for fact in facts if OPS[op].options[fact[1]].values != NUMBER]
        for op, facts in zip((a, b), sides, strict=True)
    )
    yield from (Goal("choices", (a, b), both) for both in product(first, second))


def _of_class(op: str, options: Mapping[str, Any]) -> str:
    """The class of an operation in a row."""
    if op == "neuron":
        return "spikes" if options["act"] == "spike" else "analog"
    if op == "batch_norm":
        return f"{options['statistics']} statistics"
    return next((name for name, ops in ROWS.items() if op in ops), op)


def _optimizer_goals(name: str, options: Mapping[str, str]) -> Iterator[Goal]:
    facts = [(0, option, value) for option, value in options.items()]
    yield from (Goal("optimizer", (name,), both) for both in combinations(facts, 2))


def possible_goals(limits: Limits) -> frozenset[Goal]:
    """Everything that cases of some operations can cover."""
    ops = tuple(op for op in limits.ops if op in OPS)
    found = set[Goal]().union(*(_possible_of(op, limits) for op in ops))
    found |= set(_possible_joined(ops, limits))
    for name in limits.ops if set(ops) & LOSSES.keys() else ():
        options = OPTIMIZER_OPTIONS.get(name, {})
        for a, b in combinations(options, 2):
            for x, y in product(options[a], options[b]):
                found |= set(_optimizer_goals(name, {a: str(x), b: str(y)}))
    return frozenset(found)


def _possible_of(op: str, limits: Limits) -> Iterator[Goal]:
    """What cases of one operation can cover."""
    for layout in network.STARTS:
        if network.leads_to(op, layout) is not None:
            names = [*layout, *_size_options(op)]
            for sizes in _possible_sizes(names):
                if _fits(op, layout, sizes, limits):
                    yield from _size_goals(op, layout, sizes)
            yield from _possible_facts(op, layout, names, limits)
            for name, least, most in _possible_counts(op, layout, limits):
                for n in (*network.FEW[:3], *(power + 1 for power in network.POWERS)):
                    if least <= n <= most:
                        yield from _count_goals(op, {name: n})


def _possible_sizes(names: Sequence[str]) -> Iterator[dict[str, int]]:
    """One size, and two or three at once."""
    for name in names:
        yield from (
            {name: n} for n in (*network.SIZES_ALONE, *(power + 1 for power in network.POWERS[5:8]))
        )
    for some in combinations(names, 2):
        for both in TOGETHER:
            sizes = (int(value.strip(">")) + (value != "1") for value in both)
            yield dict(zip(some, sizes, strict=True))
    yield from (dict.fromkeys(some, LARGE + 1) for some in combinations(names, 3))


def _possible_facts(op: str, layout: str, names: Sequence[str], limits: Limits) -> Iterator[Goal]:
    joint = JOINT[:1] if limits.is_small else JOINT
    own: dict[str, Sequence[str]] = {"layout": [layout], **{n: joint for n in names if n != "T"}}
    own |= {"T": [*network.TIMES.values()][: 2 if limits.is_small else 4]} if "T" in names else {}
    own |= {
        n: network.value_classes(op, n, limits, layout) for n in OPS[op].options if n not in names
    }
    own |= {q: regions_of(q, limits.regions) for q in sorted(network.quantities(op, True, True))}
    for x, y in combinations(own, 2):
        for both in product(own[x], own[y]):
            yield from _pair_goals(op, dict(zip((x, y), both, strict=True)))
    listed = [n for n, o in OPS[op].options.items() if isinstance(o.values, tuple)]
    for some in combinations(listed, TRIPLES) if OPS[op].states else ():
        for values in product(*(own[n] for n in some), own["T"]):
            yield from _pair_goals(op, dict(zip((*some, "T"), values, strict=True)))


def _possible_counts(op: str, layout: str, limits: Limits) -> Iterator[tuple[str, int, int]]:
    """Numbers that follow from sizes, each with the least and the most that it can be."""
    for name, (letters, needs) in network.COUNTS.items():
        has_windows = name != "taps" or OPS[op].windows is not None
        if set(letters) & set(layout) and needs <= OPS[op].options.keys() and has_windows:
            most = {"taps": 257, "entries": network.POWERS[-1] + 1}.get(
                name, network.POWERS[-2] + 1
            )
            n = network.FEW[2] if limits.is_small else min(most, limits.max_size)
            yield name, 2 if name == "under" else 1, n


def _possible_joined(ops: tuple[str, ...], limits: Limits) -> Iterator[Goal]:
    values = {op: _choices(op, limits) for op in ops}
    for a, layout in product(ops, network.STARTS):
        out = network.leads_to(a, layout) or ""
        for b in set(network.followers(out, ops)) if out else ():
            yield from _possible_junctions(a, b, out, limits, values)
            after = network.leads_to(b, out) or ""
            for c in set(network.followers(after, ops)) if after else ():
                for row in product(classes_of(a), classes_of(b), classes_of(c)):
                    yield Goal("row", row)
            if after == out and "concat" in ops:
                yield Goal("shared", (a, b, "concat"))
    for op in ops:
        if OPS[op].num_inputs is None:
            yield from (Goal("inputs", (op,), ((0, "inputs", str(n)),)) for n in range(2, 9))
            yield Goal("shared", (op,), ((0, "inputs", "same"),))
        if "concat" in ops and op not in LOSSES:
            yield Goal("shared", (op, op))
        same = [[(0, n, str(is_same)) for is_same in (True, False)] for n in OPS[op].options]
        for both in combinations(same, min(len(same), 2)) if same and op not in LOSSES else ():
            yield from (Goal("twice", (op,), facts) for facts in product(*both))


def _choices(op: str, limits: Limits) -> dict[str, Sequence[str]]:
    return {name: network.value_classes(op, name, limits) for name in _choices_of(op)}


def _possible_junctions(
    a: str, b: str, layout: str, limits: Limits, values: Mapping[str, Mapping[str, Sequence[str]]]
) -> Iterator[Goal]:
    yield Goal("junction", (a, b))
    yield Goal("junction", (a, b), ((1, "layout", layout),))
    sizes = {n: JOINT[: 1 if limits.is_small else 2] for n in layout if n in "TL"}
    first = [(0, name, v) for name, own in values[a].items() for v in own]
    second = [(1, name, v) for name, own in values[b].items() for v in own]
    joint = [(1, name, v) for name, own in sizes.items() for v in own]
    yield from (Goal("junction", (a, b), (fact,)) for fact in (*first, *second, *joint))
    yield from _choice_goals(a, b, first, second)


@cache
def classes_of(op: str) -> list[str]:
    """The classes of an operation in a row."""
    return [name for name, ops in ROWS.items() if op in ops] or [op]


def _fits(op: str, layout: str, sizes: Mapping[str, int], limits: Limits) -> bool:
    """Whether an operation can have these sizes, with the smallest windows and some options."""
    largest = max(sizes.values())
    if limits.is_small and largest > LARGE:
        return False
    if OPS[op].states and sizes.get("T", 1) > network.MAX_STEPS / len(sizes):
        return False
    if layout in network.IDS and math.prod(sizes.get(a, 1) for a in layout) > network.MAX_IDS:
        return False
    if op == "softmax_bce" and sizes.get("L", 1) ** 2 * sizes.get("B", 1) > network.MAX_NUMBERS:
        return False
    if "axes" not in OPS[op].options and math.prod(sizes.values()) * network.gates(op) ** 2 < CHEAP:
        return True
    others = dict.fromkeys((*layout, *_size_options(op)), 1)
    return any(
        _has_room(op, layout, {**others, **more, **sizes}, limits) for more in ({}, {"B": 3})
    )


def _has_room(op: str, layout: str, sizes: Mapping[str, int], limits: Limits) -> bool:
    shape = tuple(sizes[a] * (network.gates(op) if a == "L" else 1) for a in layout)
    axes = network.window_axes(OPS[op])
    small = {SIZES: [1] * axes, PADDING: [[0, 0]] * axes, NUMBER: 1.0}
    choices = {
        name: network.allowed_values(op, name, limits, layout)
        if isinstance(option.values, tuple)
        else (small.get(option.values, sizes.get(name)),)
        for name, option in OPS[op].options.items()
    }
    for chosen in product(*choices.values()):
        node = Node("n", op, ("in/X",), dict(zip(choices, chosen, strict=True)))
        own = node_shapes(node, [shape])
        largest = max(map(math.prod, (shape, own.output, *own.parameters.values())))
        if largest <= limits.max_size and not network.has_few_numbers(node, shape):
            return True
    return False


def all_goals() -> frozenset[Goal]:
    """Everything that random cases can cover, of all operations."""
    return possible_goals(Limits((*OPS, *OPTIMIZERS)))


def covered_by(golden: GoldenCase) -> frozenset[Goal]:
    """What a case covers; of regions of numbers, what a drawn one says."""
    case, facts = golden.case, golden.metadata
    inputs = {n: case[n].shape for node in case.nodes for n in node.inputs if n in case}
    shapes = network_shapes(case.nodes, inputs)
    rank = len(inputs[case.nodes[0].inputs[0]])
    fits = [
        s
        for s in network.STARTS
        if len(s) == rank and network.leads_to(case.nodes[0].op, s) is not None
    ]
    start = str(facts.get("start", *fits[:1]))
    return plan_goals(
        Plan(case.nodes, inputs, start, facts.get("regions", {}), case.optimizer, shapes, 0.0)
    )


@dataclass(frozen=True)
class Coverage:
    """What random cases can cover, and what became of it.

    An entry is a goal, such as ``junction: conv > neuron``.

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
    return sorted(map(str, goals))
