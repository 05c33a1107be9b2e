"""A deviation: a text that says what a backend does, and which parts of the text it changes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import SimpleNamespace
from typing import Any, NamedTuple

from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.opset import OPS
from liaf_ref.oracle.table import Text
from liaf_ref.oracle.table.neuron import LINES
from liaf_ref.oracle.table.tape import T, path, scaled, stop

Change = Callable[..., Any]
NodeChoice = Callable[[tuple[Node, ...]], Iterable[Node]]
NORMS = ("batch_norm", "layer_norm")
SEEN_IN: Mapping[str, Iterable[str]] = {  # the operations of what is no operation
    **dict.fromkeys((*LINES, "fires", "slope"), ("neuron",)),
    "matmul": ("dense",),
    "convolve": ("conv", "conv3d", "convlstm"),
    "normalize": NORMS,
    "follow": ("batch_norm",),
    "store": OPS,
    **dict.fromkeys(("sgd", "adam", "adamw"), ("optimizer",)),
}


class Edit(NamedTuple):
    """One part of the text, another in its place, and what of it is another."""

    key: str
    change: Change  # of the part that stands there
    what: str = ""
    only: str = ""  # the operation in which it is seen, if not in all that have the part

    @property
    def ops(self) -> Iterable[str]:
        """The operations in which it is seen."""
        part = "chunks" if self.key.startswith("chunk ") else self.key
        own = part.removeprefix("cell:").removeprefix("window:")
        return (self.only,) if self.only else SEEN_IN.get(part, (own,))


@dataclass(frozen=True)
class Deviation:
    """What a backend may do that the paper does not: in all nodes, or in those it chooses."""

    name: str
    edits: tuple[Edit, ...] = ()
    choose: NodeChoice | None = None

    @cached_property
    def ops(self) -> frozenset[str]:
        """The operations it can be seen in."""
        return frozenset(op for edit in self.edits for op in edit.ops)

    def applies_to(self, case: Case) -> bool:
        """Whether the case has an operation this can be seen in."""
        return bool(self.ops & ops_of(case))

    def nodes_of(self, case: Case) -> tuple[Node, ...]:
        """The nodes of a case that this can be seen in."""
        return tuple(node for node in case.nodes if self.ops & _ops_of_node(node))

    def how_to_run(self, case: Case, given: Text) -> dict[str, Any]:
        """The text to run a case with, and that of each node if it is not the same in all."""
        changed = dict(given)
        for edit in self.edits:
            changed[edit.key] = edit.change(changed[edit.key])
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

    def goes_with(self, other: "Deviation") -> bool:
        """Whether both can be had at once: they do not change the same in a line of the neuron."""
        mine, theirs = ({(e.key, e.what) for e in d.edits if e.key in LINES} for d in (self, other))
        return not mine & theirs


Table = Mapping[str, Edit | tuple[Edit, ...]]  # by what a backend does


def rows(table: Table) -> tuple[Deviation, ...]:
    """The deviations of a table."""
    items = table.items()
    return tuple(Deviation(name, (e,) if isinstance(e, Edit) else e) for name, e in items)


def put(**parts: Any) -> tuple[Edit, ...]:
    """Parts of the text with others in their places."""
    return tuple(Edit(key, lambda old, new=new: new) for key, new in parts.items())


def ops_of(case: Case) -> frozenset[str]:
    """The operations of a case; ``spike`` if a neuron's output is one, ``chunks`` if it is cut."""
    whole = {"optimizer": case.optimizer, "chunks": case.chunks}
    given = {name for name, value in whole.items() if value is not None}
    return frozenset(given).union(*map(_ops_of_node, case.nodes))


def _ops_of_node(node: Node) -> set[str]:
    """The operation of a node, and its activation."""
    act = node.options.get("act")
    return {node.op, f"act:{act}", *(("spike",) if act == "spike" else ())}


# A part is an operation, a function of z, the inputs and the options, or a line of the neuron, a
# function of z alone: z has what they read by its name.
def given(op: str, change: Callable[..., Mapping[str, Any]]) -> Edit:
    """An operation that is given other options; the change is of its inputs and options."""
    return Edit(op, lambda old: lambda z, *X, **o: old(z, *X, **{**o, **change(*X, **o)}))


def always(op: str, **options: Any) -> Edit:
    """An operation with the same options in every case."""
    return given(op, lambda *_, **__: options)


def result(op: str, change: Change) -> Edit:
    """An operation with another result: a change of it, the input and the options."""
    return Edit(
        op, lambda old: lambda z, X, **o: {k: change(Y, X, o) for k, Y in old(z, X, **o).items()}
    )


def sees(part: str, name: str, change: Change) -> Edit:
    """A part that sees another value, or input ``X``: a change of the value, z and the inputs."""

    def wrap(old: Change) -> Change:
        def run(z: SimpleNamespace, *X: T, **options: Any) -> Any:
            if name == "X":
                return old(z, *(change(x, z, *X) for x in X), **options)
            values = vars(z)
            other = {name: change(values[name], z, *X)} if name in values else {}
            return old(SimpleNamespace(**{**values, **other}), *X, **options)

        return run

    return Edit(part, wrap, name)


def by(part: str, name: str, term: Change) -> Edit:
    """In a part, the gradient in one of its values is that of another term of z and the inputs."""
    stopped = sees(part, name, lambda value, *_: stop(value)).change

    def wrap(old: Change) -> Change:
        def run(z: SimpleNamespace, *X: T, **options: Any) -> Any:
            found, other = stopped(old)(z, *X, **options), path(term(z, *X, **options))
            if isinstance(found, dict):
                return {name: Y + other for name, Y in found.items()}
            return found + other

        return run

    return Edit(part, wrap, name)


def not_in(part: str, name: str) -> Edit:
    """A part without a gradient in one of its values."""
    return sees(part, name, lambda value, *_: stop(value))


def averaged(x: T, n: float) -> T:
    """The same, its gradient over n."""
    return scaled(x, 1 / n)


# Deviations in some nodes only: by their place in the network, or by their options.
MAX_OPTIONS = 3  # options in a condition
PLACES: Mapping[str, NodeChoice] = {
    "in the first node only": lambda nodes: nodes[:1],
    "in all nodes but the first": lambda nodes: nodes[1:],
    "in the last node only": lambda nodes: nodes[-1:],
    "in all nodes but the last": lambda nodes: nodes[:-1],
}


class Condition(NamedTuple):
    """Values that options of a node have."""

    values: Mapping[str, frozenset[str]]
    text: str

    def restrict(self, deviation: Deviation) -> Deviation:
        """The deviation in nodes with these values."""
        given = self.values.items()
        return deviation.restricted(
            f"with {self.text}",
            lambda nodes: (n for n in nodes if all(_value(n, o) in of for o, of in given)),
        )


def separating_condition(
    deviation: Deviation, explained: Sequence[Case], contradicting: Sequence[Case]
) -> Condition | None:
    """Options whose values the explained cases have, and no node of the contradicting cases."""
    alone = [case for case in explained if len(deviation.nodes_of(case)) == 1] or explained
    inside, left = _nodes(deviation, alone), _nodes(deviation, contradicting)
    names = sorted({name for node in inside for name in ("op", *node.options)})
    seen = {name: frozenset(_value(node, name) for node in inside) for name in names}
    texts = dict[str, str]()
    while left and len(texts) < MAX_OPTIONS:
        outside = {n: sum(_value(node, n) not in seen[n] for node in left) for n in names}
        best = max(names, key=lambda name: outside[name], default="")
        if not best or not outside[best]:
            return None
        texts[best] = f"{best}={' or '.join(sorted(seen[best]))}"
        left = [node for node in left if _value(node, best) in seen[best]]
    values = {name: seen[name] for name in texts}
    return None if left or not texts else Condition(values, ", ".join(texts.values()))


def _nodes(deviation: Deviation, cases: Iterable[Case]) -> list[Node]:
    return [node for case in cases for node in deviation.nodes_of(case)]


def _value(node: Node, option: str) -> str:
    value: Any = node.op if option == "op" else node.options.get(option)
    return str(value)
