"""The nodes of a NIR graph in the order of the signal."""

from collections.abc import Iterable
from typing import Any

from liaf_ref._core.errors import InputError


def nodes_in_order(graph: Any) -> list[tuple[str, Any]]:
    """Return the nodes of an unbranched graph, from Input to Output."""
    after = {name: [b for a, b in graph.edges if a == name] for name in graph.nodes}
    before = {name: [a for a, b in graph.edges if b == name] for name in graph.nodes}
    name = _single_node(graph, "Input")
    last = _single_node(graph, "Output")
    path = [name]
    while name != last:
        name = _single_neighbor(after[name], name, "successor")
        if name not in after:
            raise InputError(
                f"node {name!r} of the NIR graph: expected a node of this name, got none"
            )
        _single_neighbor(before[name], name, "predecessor")
        if name in path:
            raise InputError(f"node {name!r} of the NIR graph: expected no cycle, got one")
        path.append(name)
    if after[last]:
        raise InputError(f"node {last!r} of the NIR graph: expected no successor, got one")
    _check_all_reached(graph.nodes, path)
    return [(name, graph.nodes[name]) for name in path[1:-1]]


def _single_node(graph: Any, kind: str) -> str:
    found = [name for name, node in graph.nodes.items() if type(node).__name__ == kind]
    if len(found) != 1:
        raise InputError(f"{kind} nodes of the NIR graph: expected one, got {_join_names(found)}")
    return str(found[0])


def _single_neighbor(neighbors: list[str], name: str, relation: str) -> str:
    if len(neighbors) != 1:
        raise InputError(
            f"node {name!r} of the NIR graph: expected one {relation}, "
            f"got {_join_names(neighbors)}; only chains can be imported"
        )
    return neighbors[0]


def _check_all_reached(nodes: Iterable[str], path: list[str]) -> None:
    lost = [name for name in nodes if name not in path]
    if lost:
        raise InputError(
            f"node {lost[0]!r} of the NIR graph: expected a node on the path from Input to Output, "
            "got one that is not connected to both"
        )


def _join_names(names: list[str]) -> str:
    return ", ".join(map(repr, names)) or "none"
