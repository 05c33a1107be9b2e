"""What random cases cover: classes of values at places, alone and together."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, combinations_with_replacement, product
from typing import Any, NamedTuple

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.declaration.options import OF_NEURONS
from liaf_ref.oracle.draw import network
from liaf_ref.oracle.draw import quantities as q
from liaf_ref.oracle.draw.network import Limits, Plan
from liaf_ref.oracle.opset import LOSSES, OPS, SIZE


class Kind(NamedTuple):
    """How many of the cases are drawn for a kind of goals, and what one of these counts."""

    cases: int
    weight: float = 1.0


KINDS = {
    "junction": Kind(6, 4.0),  # one operation reads another: by rank, with an option, with a size
    "after": Kind(4, 3.0),  # a parameter's region before another operation
    "row": Kind(2, 6.0),  # three operations in a row, by their class
    "through": Kind(7, 12.0),  # the same, to weights, by way of what has none
    "events": Kind(18, 16.0),  # the same, of spikes to weights
    "beside": Kind(7, 6.0),  # two operations that read the same; one that nobody reads
    "twice": Kind(3, 4.0),  # two nodes of one operation, and which of their options are alike
    "size": Kind(4, 4.0),  # a size, or a number that follows from sizes
    "sizes": Kind(10, 4.0),  # two or three of these in one class
    "edge": Kind(14, 100.0),  # beyond an integer of 8 or 16 bits; one number, or one state, alone
    "fact": Kind(16, 12.0),  # of one operation: an option, a region of numbers, a size, its rank
    "pair": Kind(7, 1.5),  # two of these
    "triple": Kind(5, 4.0),  # three options of the neuron, and its steps; a window on a long axis
    "optimizer": Kind(2),  # two options of an optimizer
    "trained": Kind(3, 8.0),  # an operation with parameters, and an optimizer of several steps
    "large": Kind(12),  # a size, sizes or a number that need many numbers or steps
}
CHEAP, COST = 25.0, 80.0  # milliseconds: of a goal that is not large; of one that counts twice
LARGE, LARGE_SIZE = ">16", 16  # three sizes at once
TWINS = ((1, "input", "alike"),)  # two operations of the same options and sizes
SHARED = ((1, "input", "shared"),)  # an operation reads what another reads too
BYTE = ">256"  # an index of 8 bits does not hold these, nor one of 16 bits two such sizes
WORD = ">4096"  # nor does a number of 16 bits hold all these
EDGES = (
    ((0, "eps", "0.1"), (0, "under", "1")),  # a mean of one number
    ((0, "X", "huge"), (0, "taps", BYTE)),  # the largest of a window is far behind
    ((0, "state", "large"), (0, "sample", ">1024")),
    ((0, "tokens", WORD), (0, "indices", "edges")),
    ((0, "final", "none"), (0, "final cell", "usual")),  # one state of two
    ((0, "final", "usual"), (0, "final cell", "none")),
    ((0, "state", "0"), (0, "cell", "usual")),
    ((0, "state", "usual"), (0, "cell", "0")),
    (  # a spike in each step, more than an integer of 8 bits counts
        *((0, "act", "spike"), (0, "v_th", "negative"), (0, "X", "positive")),
        *((1, "class", "readout"), (1, "T", BYTE)),
    ),
)
FORGOTTEN = 64  # steps, after which little is left of the first ones, unless these last
ALL_SIZES = {"tokens": [*q.ALONE, WORD], "entries": [*q.SIZE_CLASSES]}
PADDED = "padded"  # the shape of what two nodes read, with its zeros
CLOSED = "0.0"  # the mu of a window without a gradient
BEYOND = ("small", "subnormal", "steep")  # drives that hardly meet a threshold
# With these, no neuron fires, and nothing is dropped.
PLAIN: Mapping[str, Mapping[str, Sequence[str]]] = {
    "neuron": {"v_th": ("large", "huge"), "X": BEYOND},
    "dropout": {"M": ("0", "1")},
}
TILED = {"L", "units", "width", "tokens", "rows", "frames", "depth"}  # sizes of matrices
ROWS: Mapping[str, Sequence[str]] = {  # operations that are alike in a row, by their class
    "cell": ("rnn", "lstm", "gru", "convlstm"),
    "conv": ("conv", "conv3d"),
    "readout": ("last", "mean"),
    "loss": tuple(LOSSES),
}
SPLIT = {"neuron": "act", "batch_norm": "statistics"}  # operations of two classes, by an option
Facts = Mapping[str, Sequence[str]]  # the classes of each size, number, option and region
At = tuple[str, str]  # an operation, and its layout or the name of its node


class Goal(NamedTuple):
    """Something a case can cover: a kind, operations that follow, facts (place, name, class)."""

    kind: str
    ops: tuple[str, ...]
    facts: tuple[tuple[int, str, str], ...] = ()

    def __str__(self) -> str:
        texts = []
        for k, op in enumerate(self.ops):
            own = [f"{name} {value}" for at, name, value in self.facts if at in (k, q.TRAINING)]
            texts.append(f"{op} ({', '.join(own)})" if own else op)
        return f"{self.kind}: {' > '.join(texts)}"

    @property
    def weight(self) -> float:
        """What it counts in the choice of a case: more where it costs more."""
        weight = KINDS[self.kind].weight * (1 if self.facts or self.kind != "junction" else 8)
        counts_twice = any(name == "act" for _, name, _ in self.facts)
        return weight * (1 + counts_twice) * (1 + _least_cost(self) / COST)

    @property
    def share(self) -> str:
        """The kind, apart from what needs many numbers or steps."""
        return "large" if _least_cost(self) > CHEAP else self.kind


@cache
def _least_cost(goal: Goal) -> float:
    """Milliseconds of the smallest case with some sizes, about; of few steps, none."""
    if goal.kind not in ("size", "sizes", "edge"):
        return 0.0
    least = {name: q.least_size(value) for _, name, value in goal.facts}
    steps = least.get("T", 1) if OPS[goal.ops[0]].states else 1
    numbers = network.PER_NUMBER * math.prod(least.values())
    a_step = network.PER_STEP[goal.ops[0]] if steps > network.LONG else 0
    return numbers + a_step * steps + network.PER_TAP * least.get("taps", 0)


def row_facts(op: str, layout: str, limits: Limits) -> Facts:
    """All classes that a node of an operation can have."""
    own = {
        name: q.ALONE if _is_size(op, name) else q.option_classes(op, name, limits.options)
        for name in OPS[op].options
    }
    if "pad" in own:
        own["pad"] = [*own["pad"], network.WHOLE]
    if "axes" in own:
        own["axes"] = [value for value in own["axes"] if network.lies(op, value, layout)]
    own |= dict.fromkeys(layout, q.ALONE)
    own |= dict.fromkeys(network.products_of(op, layout), [*q.SIZE_CLASSES][:-1])
    own |= {name: values for name, values in ALL_SIZES.items() if name in own}
    own |= {r: q.regions_of(r, limits.regions) for r in q.quantities(op, True, True)}
    if "momentum" in own:  # what is followed is divided by one less than the numbers
        own["under"] = [v for v in own["under"] if v != "1"]
    if OPS[op].num_inputs is None:
        own["inputs"] = [*map(str, range(2, network.MAX_INPUTS + 1))]
    return own | {"layout": [layout], "class": classes_of(op)}


def plan_facts(plan: Plan, node: Node, layout: str) -> Facts:
    """The classes that a node has."""
    source, options, shape = node.inputs[0], OPS[node.op].options, plan.read(node)
    sizes = network.products(node, layout, shape) | dict(zip(layout, shape, strict=True))
    sizes |= {n: value for n, value in node.options.items() if options[n].values == SIZE}
    lasting = q.LASTING.get(node.op, {}).items()
    if any(plan.regions.get(name) not in regions for name, regions in lasting):
        sizes["T"] = min(sizes["T"], FORGOTTEN)
    if "L" in layout:
        sizes["L"] //= OPS[node.op].num_gates
    own: dict[str, Sequence[str]] = {name: q.size_classes(n) for name, n in sizes.items()}
    for name, value in node.options.items():
        if name not in sizes:
            own[name] = [q.option_class(options[name], value)]
    if [sum(zeros) + 1 for zeros in node.options.get("pad", ())] == node.options.get("kernel"):
        own["pad"] = [*own["pad"], network.WHOLE]
    names = q.quantities(node.op, source in plan.inputs, node is plan.nodes[-1])
    own |= {r: [plan.regions[r]] for r in names if r in plan.regions}
    classes, value = classes_of(node.op), str(node.options.get(SPLIT.get(node.op, ""), ""))
    alike = [name for name in classes if value in name] or classes[-1:]
    may_show = math.prod(shape) > LARGE_SIZE  # dropout may leave none of a few
    shows = may_show and not _is_plain(node.op, own)
    return own | {"layout": [layout], "class": alike if shows else []}


def _is_plain(op: str, facts: Facts) -> bool:
    return any({*facts.get(name, ())} & {*of} for name, of in PLAIN.get(op, {}).items())


@cache
def classes_of(op: str) -> Sequence[str]:
    """The classes of an operation in a row."""
    if op in SPLIT:
        values = ("spike", "analog") if op == "neuron" else ("batch", "running")
        return [f"{op}: {value}" for value in values]
    return [name for name, ops in ROWS.items() if op in ops] or [op]


def goals_of(kind: str, op: str, facts: Facts, *names: str, at: int = 0) -> Iterator[Goal]:
    """A goal for each combination of the classes of some names."""
    classes = ([(at, name, value) for value in facts[name]] for name in names)
    return (Goal(kind, (op,), some) for some in product(*classes))


def any_two(kind: str, op: str, facts: Facts, at: int = 0) -> Iterator[Goal]:
    """Two facts of an operation or an optimizer, or the only one."""
    for names in combinations(facts, min(len(facts), 2)):
        yield from goals_of(kind, op, facts, *names, at=at)


def node_goals(op: str, facts: Facts) -> Iterator[Goal]:
    """Of one operation: sizes alone and together, any two facts, three options of the neuron."""
    row, sizes = OPS[op], sorted(name for name in facts if _is_size(op, name))
    numbers = (name for name in facts if name in network.PRODUCTS)
    for names in (*product(["layout"], sizes), *zip(sizes), *zip(numbers)):
        yield from goals_of("size", op, facts, *names)
    for one, other in _size_pairs(op, (*facts,)):
        for v in (v for v in facts[one] if v in facts[other]):
            both = (0, one, v), (0, other, v)
            if v in q.TOGETHER and (v != q.TOGETHER[-1] or {one, other} <= TILED):
                yield Goal("sizes", (op,), both)
            elif v == BYTE and {one, other} <= TILED & {*sizes} and not row.windows:
                yield Goal("edge", (op,), both)
            elif v in q.TILES and {one, other} <= TILED and "fine" in facts.get("grid", ()):
                yield Goal("sizes", (op,), (*both, (0, "grid", "fine")))  # of numbers that round
    wide = {**facts, "plane": [v for v in facts.get("plane", ()) if v == ">512"]}
    windows = [name for name in row.options if row.options[name].values in q.WINDOWS]
    for name in windows:
        yield from goals_of("edge" if name == "stride" else "sizes", op, wide, "plane", name)
    yield from edge_goals((op,), facts)
    large = {name: [LARGE] for name in sizes if LARGE in facts[name]}
    for axis in sorted({*network.window_axes(op)} & {*large}) if "pad" in facts else ():
        own = {**facts, **large, "pad": [network.WHOLE], "stride": ["1"]}
        yield from goals_of("triple", op, own, "kernel", "pad", "stride", axis)
    for three in combinations(large, 3) if row.parameters else ():
        yield from goals_of("sizes", op, large, *three)
    hidden = _hidden(op, facts)
    shown = {name: _coarse(op, name, facts[name]) for name in facts if name not in hidden}
    pairs = [pair for pair in combinations(sorted(shown), 2) if _go_together(op, *pair)]
    for some in (*zip(shown), *pairs):
        yield from goals_of("pair" if some[1:] else "fact", op, shown, *some)
    listed = sorted(n for n in shown if n in row.options and type(row.options[n].values) is tuple)
    for options in combinations(listed, 3) if row.states else ():
        steps = [v for v in shown["T"] if v in ("few", ">16", ">32")]
        yield from goals_of("triple", op, {**shown, "T": steps}, *options, "T")


@cache
def _in_a_row(names: tuple[str, ...]) -> Goal:
    """Three operations; what comes to weights as events, or by way of one that has none."""
    _, middle, end = (OPS[[*ROWS.get(n, ()), n.partition(":")[0]][0]] for n in names)
    kind = "events" if names[0].endswith("spike") else "row" if middle.parameters else "through"
    return Goal(kind if end.parameters else "row", names)


@cache
def _is_size(op: str, name: str) -> bool:
    return name in tuple("BTHWL") or (
        name in OPS[op].options and OPS[op].options[name].values == SIZE
    )


@cache
def _size_pairs(op: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Sizes, or a number and a size that it does not follow from, of what is no mere map."""
    row, of = OPS[op], network.PRODUCTS
    sizes = sorted(name for name in names if _is_size(op, name))
    beside = [(n, size) for n in of if n in names for size in sizes if size not in of[n]]
    return [*combinations(sizes, 2), *beside] if row.parameters or row.windows or row.target else []


def _coarse(op: str, name: str, values: Sequence[str]) -> Sequence[str]:
    """The classes that count beside something else."""
    if name in network.PRODUCTS:
        return [v for v in values if name == "under" and v == BYTE]
    if not _is_size(op, name):
        return values if name != "class" else ()
    others = q.JOINT if OPS[op].target is None else q.JOINT_CLASSES
    return [v for v in values if v in (q.JOINT_STEPS if name == "T" else others)]


@cache
def _go_together(op: str, a: str, b: str) -> bool:
    """Whether both can matter at once: an option, drives and sizes, a state's regions and steps."""
    regions = {a, b} & q.REGIONS.keys()
    if "under" in (a, b):
        return "X" in (a, b)
    if any(name in OPS[op].options and not _is_size(op, name) for name in (a, b)):
        return True
    if "X" in regions:
        return len(regions) == 1 and not {a, b} & {"layout", "grid"}
    return bool(OPS[op].states and regions) and (
        regions == {a, b} if op == "neuron" else "T" in (a, b)
    )


def _hidden(op: str, facts: Facts) -> frozenset[str]:
    """What cannot change an answer: a neuron never fires, or its spikes have no gradient."""
    if op != "neuron" or not all(len(facts.get(n, ())) == 1 for n in ("alpha", "v_th", "grid")):
        return frozenset()
    carries = facts["alpha"][0] != "0" and "1" not in facts["T"]
    shows = carries and not _is_plain(op, facts) and facts["grid"][0] not in ("1", "beside")
    of_spikes = {*OPS[op].options} - {*OF_NEURONS}
    closed = of_spikes - {"mu"} if [*facts["mu"]] == [CLOSED] else set[str]()
    return frozenset(closed if shows else of_spikes | {"v_reset"})


def junction_goals(a: str, b: str, before: Facts, after: Facts) -> Iterator[Goal]:
    """One operation reads another: with each option or region of either side, by rank and size."""
    sides = (0, a, before), (1, b, after)
    some = ((k, n, of) for k, op, of in sides for n in OPS[op].options if not _is_size(op, n))
    facts = [(k, n, v) for k, n, of in some for v in of.get(n, ())]
    facts += [(1, "layout", v) for v in after["layout"]]
    facts += [(1, n, "1") for n in "TL" if "1" in after.get(n, ())]
    numbers = (*OPS[a].parameters, *OPS[a].constants, *["indices"] * bool(OPS[a].index_limit))
    own = {q.ALIKE.get(name, name) for name in numbers}
    yield Goal("junction", (a, b))
    yield from (Goal("junction", (a, b), (fact,)) for fact in facts)
    yield from (Goal("after", (a, b), ((0, n, v),)) for n in own for v in before.get(n, ()))
    yield from edge_goals((a, b), before, after)


def edge_goals(ops: tuple[str, ...], *facts: Facts) -> Iterator[Goal]:
    """Facts that only go together where they are wished for."""
    for edge in EDGES:
        fits = (value in facts[k].get(name, ()) for k, name, value in edge)
        if edge[-1][0] == len(ops) - 1 and all(fits):
            yield Goal("edge", ops, edge)


def row_goals(facts: Mapping[At, Facts], following: Mapping[At, Iterable[Any]]) -> Iterator[Goal]:
    """Of one, two or three operations in a row, by which may follow each."""
    for a, before in facts.items():
        yield from node_goals(a[0], before)
        for b in following[a]:
            yield from junction_goals(a[0], b[0], before, facts[b])
            for c in following[b]:
                yield from map(_in_a_row, product(*(facts[at]["class"] for at in (a, b, c))))


def plan_goals(plan: Plan) -> frozenset[Goal]:
    """What a plan covers."""
    layouts, nodes = plan.layouts, plan.nodes
    read = {source for n in nodes for source in n.inputs} | {nodes[-1].name}
    alone = [n for n in nodes if n.name not in read]
    nodes = tuple(n for n in nodes if n.name in read)
    facts = {(n.op, n.name): plan_facts(plan, n, layouts[n.name]) for n in nodes}
    readers = {(n.op, n.name): [(m.op, m.name) for m in nodes if n.name in m.inputs] for n in nodes}
    found = {*row_goals(facts, readers)} | {Goal("beside", (n.op,)) for n in alone}
    for one, other in combinations(nodes, 2):
        if both := {*one.inputs} & {*other.inputs}:
            found.add(Goal("beside", tuple(sorted((one.op, other.op)))))
            sources = [n.op for n in nodes if n.name in both]
            found |= {Goal("beside", (a, n.op), SHARED) for a in sources for n in (one, other)}
        elif one.op == other.op and plan.shape_of(one) == plan.shape_of(other):
            found.add(Goal("edge", (one.op,) * 2, TWINS))
        if one.op == other.op and one.options:
            alike = {n: [str(one.options[n] == other.options[n])] for n in one.options}
            if "pad" in alike:
                alike[PADDED] = [str(plan.padded(one) == plan.padded(other))]
            found |= {*any_two("twice", one.op, alike)}
    if (chosen := plan.optimizer) is not None:
        of = {n: [str(chosen.get(n, q.WITHOUT))] for n in q.OPTIMIZER_OPTIONS[chosen["name"]]}
        found |= {*any_two("optimizer", chosen["name"], of, q.TRAINING)}
        if all(float(chosen.get(n, n not in of)) for n in q.CARRIED) and chosen["steps"] > 2:
            trained = (n.op for n in nodes if OPS[n.op].parameters)
            found |= {Goal("trained", (op, chosen["name"])) for op in trained}
    return frozenset(found)


def possible_goals(limits: Limits) -> frozenset[Goal]:
    """Everything that cases of some operations can cover."""
    ops = tuple(op for op in limits.ops if op in OPS)
    leads = {at: network.leads_to(*at) for at in product(ops, network.STARTS)}
    facts = {at: row_facts(*at, limits) for at, out in leads.items() if out is not None}
    following = {at: [(op, out) for op in ops if (op, out) in facts] for at, out in leads.items()}
    goals = {*row_goals(facts, following)}
    found = {goal for goal in goals if len(goal.ops) > 1 or _fits(goal, limits)}
    inner = [op for op in ops if network.may_be_beside(op)]
    pairs = combinations_with_replacement(sorted(inner), 2)
    joined = [pair for pair in pairs if network.joins(*pair)]
    found |= {Goal("beside", names) for names in (*zip(inner), *joined)}
    rows = {goal.ops for goal in goals if goal.kind == "junction"}
    found |= {Goal("beside", row, SHARED) for row in rows if any(row[1] in two for two in joined)}
    found |= {Goal("edge", (op,) * 2, TWINS) for op in inner if not OPS[op].index_limit}
    for op in ops:
        if op not in LOSSES and (options := OPS[op].options):
            names = (*options, *[PADDED] * ("pad" in options))
            found |= {*any_two("twice", op, dict.fromkeys(names, ("True", "False")))}
    for name in q.OPTIMIZER_OPTIONS.keys() & limits.ops if {*ops} & LOSSES.keys() else ():
        own = {n: [*map(str, values)] for n, values in q.OPTIMIZER_OPTIONS[name].items()}
        found |= {*any_two("optimizer", name, own, q.TRAINING)}
        found |= {Goal("trained", (op, name)) for op in ops if OPS[op].parameters}
    return frozenset(found)


def _fits(goal: Goal, limits: Limits) -> bool:
    """Whether a case of some sizes is as small as it has to be."""
    given = {name: value for _, name, value in goal.facts}
    least = {name: q.least_size(v) for name, v in given.items() if _is_size(goal.ops[0], name)}
    numbers = {name: q.least_size(v) for name, v in given.items() if name in network.PRODUCTS}
    entries = math.prod(least.values()) * OPS[goal.ops[0]].num_gates
    return (
        entries <= (LARGE_SIZE if limits.regions else limits.max_size)
        and all(n <= limits.max_size for n in numbers.values())
        and numbers.get("taps", 1) <= network.MAX_TAPS
        and _least_cost(goal) <= (CHEAP if "layout" in given else network.MAX_COST)
    )
