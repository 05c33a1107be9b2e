"""A deviation: a name, a sentence, and the parts of the forward text that it changes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.table import Text
from liaf_ref.oracle.table.neuron import LINES
from liaf_ref.oracle.table.tape import T, path, scaled, stop

Change = Callable[..., Any]
NodeChoice = Callable[[tuple[Node, ...]], Iterable[Node]]
NORMS = ("batch_norm", "layer_norm")
SEEN_IN: Mapping[str, set[str]] = {  # the operations of what is no operation
    **{key: {"neuron"} for key in (*LINES, "fires", "slope")},
    "matmul": {"dense"},
    "convolve": {"conv", "conv3d", "convlstm"},
    "normalize": set(NORMS),
    "follow": {"batch_norm"},
    **{key: {"optimizer"} for key in ("sgd", "adam", "adamw")},
}


class Edit(NamedTuple):
    """One part of the text, another in its place, and what of it is another."""

    key: str
    change: Change  # of the part that stands there
    what: str = ""


class Deviation(NamedTuple):
    """What a backend may do that the paper does not: in all nodes, or in those it chooses."""

    name: str
    sentence: str
    edits: tuple[Edit, ...]
    ops: frozenset[str]  # the operations it can be seen in
    choose: NodeChoice | None = None

    def applies_to(self, case: Case) -> bool:
        """Whether the case has an operation this can be seen in."""
        return bool(self.ops & ops_of(case))

    def nodes_of(self, case: Case) -> tuple[Node, ...]:
        """The nodes of a case that this can be seen in."""
        return tuple(node for node in case.nodes if self.ops & _ops_of_node(node))

    def how_to_run(self, case: Case, given: Text) -> dict[str, Any]:
        """The text to run a case with, and that of each node if it is not the same in all."""
        changed = dict(given)
        for key, change, _ in self.edits:
            changed[key] = change(changed[key])
        if self.choose is None:
            return {"text": changed}
        names = {node.name for node in self.choose(self.nodes_of(case))}
        return {"text": given, "of_node": lambda node: changed if node.name in names else given}

    def restricted(self, where: str, choose: NodeChoice) -> "Deviation":
        """The deviation in some of its nodes."""
        return self._replace(name=f"{self.name}, {where}", choose=choose)

    def combined_with(self, other: "Deviation") -> "Deviation":
        """Both at once, this one first."""
        name = f"{self.name} + {other.name}"
        sentence = f"{self.sentence}  {other.sentence}"
        return Deviation(name, sentence, self.edits + other.edits, self.ops | other.ops)

    def goes_with(self, other: "Deviation") -> bool:
        """Whether both can be had at once: they do not change the same in a line of the neuron."""
        mine, theirs = ({(e.key, e.what) for e in d.edits if e.key in LINES} for d in (self, other))
        return not mine & theirs


def row(name: str, *edits: Edit, sentence: str = "", ops: Any = (), **parts: Any) -> Deviation:
    """A deviation that is seen where its parts are; ``parts`` are others, by their names."""
    edits += tuple(Edit(key, lambda old, new=new: new) for key, new in parts.items())
    found = set(ops).union(*(_seen_in(edit.key) for edit in edits if not ops))
    return Deviation(name, sentence, edits, frozenset(found))


Table = Mapping[str, Deviation]  # by what a backend does


def rows(table: Table) -> tuple[Deviation, ...]:
    """The deviations of a table with their sentences."""
    return tuple(found._replace(sentence=sentence) for sentence, found in table.items())


def _seen_in(key: str) -> set[str]:
    """The operations in which a part of the text is seen."""
    if key.startswith("chunk "):
        return {"chunks"}
    return SEEN_IN.get(key, {key.removeprefix("cell:")})


def ops_of(case: Case) -> frozenset[str]:
    """The operations of a case; ``spike`` if a neuron's output is one, ``chunks`` if it is cut."""
    whole = {"optimizer": case.optimizer, "chunks": case.chunks}
    given = {name for name, value in whole.items() if value is not None}
    return frozenset(given).union(*map(_ops_of_node, case.nodes))


def _ops_of_node(node: Node) -> set[str]:
    """The operation of a node, and its activation."""
    act = node.options.get("act")
    return {node.op, f"act:{act}", *(("spike",) if act == "spike" else ())}


def given(op: str, change: Callable[..., Mapping[str, Any]]) -> Edit:
    """An operation that is given other options; the change is of its inputs and options."""
    return Edit(op, lambda old: lambda z, *X, **o: old(z, *X, **{**o, **change(*X, **o)}))


def result(op: str, change: Change) -> Edit:
    """An operation with another result: a change of it, the input and the options."""
    return Edit(
        op, lambda old: lambda z, X, **o: {k: change(Y, X, o) for k, Y in old(z, X, **o).items()}
    )


def views(op: str, what: str, change: Change) -> Edit:
    """An operation that sees another parameter or constant: a change of it and of the inputs."""

    def wrap(old: Change) -> Change:
        def run(z: SimpleNamespace, *X: T, **options: Any) -> Any:
            for group in ("parameters", "constants"):
                if what in (values := getattr(z, group)):
                    setattr(z, group, {**values, what: change(values[what], *X)})
            return old(z, *X, **options)

        return run

    return Edit(op, wrap, what)


def gradient_by(op: str, what: str, term: Change) -> Edit:
    """The gradient in a parameter, or in the input ``X``, is that of another term."""

    # The term is a function of z, the input, the parameter or the weights, and the options.
    def wrap(old: Change) -> Change:
        def run(z: SimpleNamespace, X: T, **options: Any) -> Any:
            parameters = z.parameters
            if what not in {"X", *parameters}:
                return old(z, X, **options)
            z.parameters = {n: stop(p) if n == what else p for n, p in parameters.items()}
            Y = old(z, stop(X) if what == "X" else X, **options)
            z.Y = next(iter(Y.values()))
            of = parameters["W" if what == "X" else what]
            seen = X if what == "X" else stop(X)
            return {k: y + path(term(z, seen, of, options)) for k, y in Y.items()}

        return run

    return Edit(op, wrap, what)


# Lines of the neuron: ``z`` has the step; see table/neuron.py.
def sees(line: str, name: str, change: Change) -> Edit:
    """A line that sees another value: a change of the value and of z."""

    def wrap(old: Change) -> Change:
        return lambda z: old(SimpleNamespace(**{**vars(z), name: change(getattr(z, name), z)}))

    return Edit(line, wrap, name)


def by(line: str, name: str, term: Change) -> Edit:
    """In a line, the gradient in one of its values is that of another term."""
    stopped = sees(line, name, lambda value, z: stop(value)).change
    return Edit(line, lambda old: lambda z: stopped(old)(z) + path(term(z)), name)


def averaged(x: T, n: float) -> T:
    """The same, its gradient over n."""
    return scaled(x, 1 / n)


# Deviations in some nodes only: by their place in the network, or by their options.
MAX_OPTIONS = 3  # options in a condition
MAX_LISTED_VALUES = 2  # values of an option that are listed; more are named by what they are not
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
        outside = {n: [v for x in left if (v := _value(x, n)) not in seen[n]] for n in names}
        best = max(names, key=lambda name: len(outside[name]), default="")
        if not best or not outside[best]:
            return None
        texts[best] = _condition(best, sorted(seen[best]), sorted({*outside[best]}))
        left = [node for node in left if _value(node, best) in seen[best]]
    values = {name: seen[name] for name in texts}
    return None if left or not texts else Condition(values, ", ".join(texts.values()))


def _condition(option: str, values: Sequence[str], others: Sequence[str]) -> str:
    if len(values) > MAX_LISTED_VALUES >= len(others):
        return f"{option} other than {' or '.join(others)}"
    return f"{option}={' or '.join(values)}"


def _nodes(deviation: Deviation, cases: Iterable[Case]) -> list[Node]:
    return [node for case in cases for node in deviation.nodes_of(case)]


def _value(node: Node, option: str) -> str:
    value: Any = node.op if option == "op" else node.options.get(option)
    return str(value)
