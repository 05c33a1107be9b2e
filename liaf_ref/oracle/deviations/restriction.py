"""Deviations in some nodes only: by their place in the network, or by their options."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.deviations.deviation import Deviation, NodeChoice

MAX_OPTIONS = 3  # options in a condition
MAX_LISTED_VALUES = 2  # values of an option that are listed; more are named by what they are not
PLACES: Mapping[str, NodeChoice] = {
    "in the first node only": lambda nodes: nodes[:1],
    "in all nodes but the first": lambda nodes: nodes[1:],
    "in the last node only": lambda nodes: nodes[-1:],
    "in all nodes but the last": lambda nodes: nodes[:-1],
}


def placed(deviation: Deviation) -> Iterator[Deviation]:
    """The deviation in one place of a network and nowhere else."""
    return (deviation.restricted(place, choose) for place, choose in PLACES.items())


class Condition(NamedTuple):
    """Values that options of a node have."""

    values: Mapping[str, frozenset[str]]
    others: Mapping[str, frozenset[str]]  # the values seen that these options must not have

    def __str__(self) -> str:
        return ", ".join(self._text(option) for option in self.values)

    def _text(self, option: str) -> str:
        values, others = sorted(self.values[option]), sorted(self.others[option])
        if len(values) > MAX_LISTED_VALUES >= len(others):
            return f"{option} other than {' or '.join(others)}"
        return f"{option}={' or '.join(values)}"

    def holds(self, node: Node) -> bool:
        """Whether a node has these values."""
        return all(_value(node, option) in values for option, values in self.values.items())

    def restrict(self, deviation: Deviation) -> Deviation:
        """The deviation where the condition holds."""
        return deviation.restricted(f"with {self}", lambda nodes: filter(self.holds, nodes))


def separating_condition(
    deviation: Deviation, explained: Sequence[Case], contradicting: Sequence[Case]
) -> Condition | None:
    """Options whose values the explained cases have, and no node of the contradicting cases."""
    alone = [case for case in explained if len(deviation.nodes_of(case)) == 1] or explained
    inside, left = _nodes(deviation, alone), _nodes(deviation, contradicting)
    values, others = dict[str, frozenset[str]](), dict[str, frozenset[str]]()
    names = sorted({name for node in inside for name in ("op", *node.options)})
    seen = {name: frozenset(_value(node, name) for node in inside) for name in names}
    while left and len(values) < MAX_OPTIONS:
        outside = {n: [x for x in left if _value(x, n) not in seen[n]] for n in names}
        best = max(names, key=lambda name: len(outside[name]), default="")
        if not best or not outside[best]:
            return None
        values[best] = seen[best]
        others[best] = frozenset(_value(node, best) for node in outside[best])
        left = [node for node in left if _value(node, best) in seen[best]]
    return None if left or not values else Condition(values, others)


def _nodes(deviation: Deviation, cases: Iterable[Case]) -> list[Node]:
    return [node for case in cases for node in deviation.nodes_of(case)]


def _value(node: Node, option: str) -> str:
    value: Any = node.op if option == "op" else node.options.get(option)
    return str(value)
