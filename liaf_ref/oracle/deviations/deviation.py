"""A deviation: a text that says what a backend does, and which parts of the text it changes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.opset import OPS, OPTIMIZERS
from liaf_ref.oracle.table.interpreter import CHUNKS, Text
from liaf_ref.oracle.table.neuron import LINES
from liaf_ref.oracle.table.tape import T, path, scaled, stop

Change = Callable[..., Any]
NodeChoice = Callable[[tuple[Node, ...]], Iterable[Node]]
SEEN_IN: Mapping[str, Iterable[str]] = {  # the operations of what is no operation
    **dict.fromkeys((*LINES, "fires", "slope"), ("neuron",)),
    **dict.fromkeys(CHUNKS, ("chunks",)),
    **dict.fromkeys(OPTIMIZERS, ("optimizer",)),
    "matmul": ("dense",),
    "convolve": ("conv", "conv3d", "convlstm"),
    "normalize": ("batch_norm", "layer_norm"),
    "follow": ("batch_norm",),
    "store": OPS,
}
# Other parts are operations and lines of the neuron, of z, which has what they read by its name,
# the inputs X and the options; these have named arguments.
ARGUMENTS: Mapping[str, Sequence[str]] = {
    "matmul": ("X", "W"),
    "convolve": ("X", "W", "stride", "pad"),
    "cell": ("A", "states", "U", "z"),
    "follow": ("m", "v", "M", "V", "n", "momentum"),
}


Edits = tuple[tuple[str, Change], ...]  # parts of the text, and changes of what stands there
Table = dict[str, Edits]  # by what a backend does


def edited(text: Text, edits: Edits) -> Text:
    """The text with some parts changed, one after the other."""
    found = dict(text)
    for key, change in edits:
        found[key] = change(found[key])
    return found


@dataclass(frozen=True)
class Deviation:
    """What a backend may do that the paper does not: in all nodes, or in those it chooses."""

    name: str
    edits: Edits = ()
    choose: NodeChoice | None = None

    @cached_property
    def ops(self) -> frozenset[str]:
        """The operations it can be seen in."""
        keys = [key for key, _ in self.edits]
        return frozenset().union(*(SEEN_IN.get(k, (k.rpartition(":")[2],)) for k in keys))

    def applies_to(self, case: Case) -> bool:
        """Whether the case has an operation this can be seen in."""
        return bool(self.ops & ops_of(case))

    def nodes_of(self, case: Case) -> tuple[Node, ...]:
        """The nodes of a case that this can be seen in."""
        return tuple(node for node in case.nodes if self.ops & _ops_of_node(node))

    def how_to_run(self, case: Case, given: Text) -> dict[str, Any]:
        """The text to run a case with, and that of each node if it is not the same in all."""
        changed = edited(given, self.edits)
        if self.choose is None:
            return {"text": changed}
        names = {node.name for node in self.choose(self.nodes_of(case))}
        return {"text": given, "of_node": lambda node: changed if node.name in names else given}

    def restricted(self, where: str, choose: NodeChoice) -> "Deviation":
        """The deviation in some of its nodes."""
        return replace(self, name=f"{self.name}, {where}", choose=choose)

    def combined_with(self, other: "Deviation") -> "Deviation":
        """Both at once, this one first."""
        return Deviation(f"{self.name} + {other.name}", self.edits + other.edits)


def rows(table: Table) -> tuple[Deviation, ...]:
    """The deviations of a table."""
    return tuple(Deviation(name, edits) for name, edits in table.items())


def put(**parts: Any) -> Edits:
    """Parts of the text with others in their places."""
    return tuple((key, lambda old, new=new: new) for key, new in parts.items())


def ops_of(case: Case) -> frozenset[str]:
    """The operations of a case; ``spike`` if a neuron's output is one, ``chunks`` if it is cut."""
    given = {name for name in ("optimizer", "chunks") if getattr(case, name) is not None}
    return frozenset(given).union(*map(_ops_of_node, case.nodes))


def _ops_of_node(node: Node) -> set[str]:
    """The operation of a node, and its activation."""
    return {node.op, node.options.get("act", node.op)}


def wrapped(parts: str, wrap: Change) -> Edits:
    """Parts with something around them, a function of what stands there."""
    return tuple((part, wrap) for part in parts.split())


def after(parts: str, change: Change) -> Edits:
    """Parts whose result is changed: a function of it and of all that the part is given."""
    return wrapped(parts, lambda old: lambda *args, **o: change(old(*args, **o), *args, **o))


def given(op: str, change: Callable[..., Mapping[str, Any]]) -> Edits:
    """An operation that is given other options; the change is of its inputs and options."""
    return wrapped(op, lambda old: lambda z, *X, **o: old(z, *X, **{**o, **change(*X, **o)}))


def always(parts: str, **options: Any) -> Edits:
    """Operations, activations or cells with the same options in every case."""
    return given(parts, lambda *_, **__: options)


def result(ops: str, change: Change) -> Edits:
    """Operations with another result: a change of it, the input and the options."""
    return after(ops, lambda found, z, X, **o: {k: change(Y, X, o) for k, Y in found.items()})


def sees(parts: str, names: str, change: Change) -> Edits:
    """Parts that see other values: a change of each and of all that the part is given."""
    known, own = ARGUMENTS.get(parts.partition(":")[0]), names.split()

    def other(args: Sequence[Any]) -> Sequence[Any]:
        if known is not None:
            pairs = zip(known, args, strict=False)
            return [change(x, *args) if name in own else x for name, x in pairs]
        z, *X = args
        found = {key: change(x, *args) for key, x in vars(z).items() if key in own}
        inputs = (change(x, *args) if "X" in own else x for x in X)
        return (SimpleNamespace(**vars(z) | found), *inputs)

    return wrapped(parts, lambda old: lambda *args, **o: old(*other(args), **o))


def not_in(part: str, name: str) -> Edits:
    """A part without a gradient in one of its values."""
    return sees(part, name, lambda value, *_: stop(value))


def by(part: str, name: str, term: Change) -> Edits:
    """In a part, the gradient in one of its values is that of another term of what it is given."""

    def with_term(found: Any, *args: Any, **options: Any) -> Any:
        other = path(term(*args, **options))
        is_one = isinstance(found, T)
        return found + other if is_one else {key: Y + other for key, Y in found.items()}

    return not_in(part, name) + after(part, with_term)


def times(part: str, name: str, factor: Change) -> Edits:
    """A part with the gradient in one of its values times a number of what it is given."""
    return sees(part, name, lambda value, *args: scaled(value, factor(value, *args)))


def averaged(part: str, name: str, n: Change) -> Edits:
    """The same divided by a number."""
    return times(part, name, lambda *given: 1 / n(*given))


# Deviations in some nodes only: by their place in the network, or by their options.
MAX_OPTIONS = 3  # options in a condition
PLACES: Mapping[str, NodeChoice] = {
    "in the first node only": lambda nodes: nodes[:1],
    "in all nodes but the first": lambda nodes: nodes[1:],
    "in the last node only": lambda nodes: nodes[-1:],
    "in all nodes but the last": lambda nodes: nodes[:-1],
}


Condition = Mapping[str, frozenset[str]]  # values of options that a node has


def nodes_with(condition: Condition) -> NodeChoice:
    """The nodes with these values."""
    of = condition.items()
    return lambda nodes: (n for n in nodes if all(_value(n, o) in known for o, known in of))


def separating_condition(
    deviation: Deviation, explained: Sequence[Case], contradicting: Sequence[Case]
) -> Condition | None:
    """Options whose values the explained cases have, and no node of the contradicting cases."""
    alone = [case for case in explained if len(deviation.nodes_of(case)) == 1] or explained
    parts = (alone, contradicting)
    inside, left = ([n for case in part for n in deviation.nodes_of(case)] for part in parts)
    names = sorted({name for node in inside for name in ("op", *node.options)})
    seen = {name: frozenset(_value(node, name) for node in inside) for name in names}
    found = dict[str, frozenset[str]]()
    while left and len(found) < MAX_OPTIONS:
        kept = {n: [node for node in left if _value(node, n) in seen[n]] for n in names}
        best = min(names, key=lambda name: len(kept[name]), default="")
        if not best or len(kept[best]) == len(left):
            return None
        found[best], left = seen[best], kept[best]
    return None if left or not found else found


def _value(node: Node, option: str) -> str:
    return str({**node.options, "op": node.op}.get(option))
