"""Smaller networks: parts of a case as cases of their own."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.draw.answer import level_of
from liaf_ref.oracle.opset import LOSSES, OPS
from liaf_ref.oracle.reference import run
from liaf_ref.oracle.shrinking.axes import keep, to_float32

Answer = Mapping[str, Array]
INPUTS = ("in/X", "in/X2", "in/X3", "in/X4")


def parts(case: Case, answer: Answer) -> Iterator[Case]:
    """Networks of fewer nodes, the smallest first."""
    plain = replace(case, optimizer=None)
    if len(case.nodes) > 1:
        for node in case.nodes:
            for end in _ends(plain, answer, node):
                yield _start(end, answer, node.inputs)
        for node in case.nodes[:-1]:
            yield from _ends(plain, answer, node)
        for node in reversed(case.nodes[:-1]):
            yield _start(case, answer, (node.name,))
        for node in case.nodes[:-1]:
            yield _without(case, node)
    for node in case.nodes:
        if len(node.inputs) > 1:
            for source in node.inputs:
                yield _with_fewer_inputs(case, node, source)
    if case.optimizer is not None:
        yield plain


def finish(case: Case) -> Case:
    """Without nodes and arrays that the output does not depend on, and with the level that fits."""
    needed: set[str] = set()
    nodes: list[Node] = []
    for node in reversed(case.nodes):
        if node is case.nodes[-1] or node.name in needed:
            nodes.insert(0, node)
            needed |= set(node.inputs)
    names, last = {node.name for node in nodes}, nodes[-1]

    def stays(name: str) -> bool:
        prefix, _, rest = name.partition("/")
        node, dot, quantity = rest.partition(".")
        if not dot:
            return name in needed or (name == "in/y" and last.op in LOSSES)
        return node in names and ((prefix, quantity) != ("up", "Y") or node == last.name)

    kept = [name for name in case if stays(name)]
    given = [name for name in kept if name in INPUTS]
    new = dict(zip(given, INPUTS, strict=False))
    arrays = {new.get(name, name): case[name] for name in kept}
    nodes = [n._replace(inputs=tuple(new.get(name, name) for name in n.inputs)) for n in nodes]
    return replace(case, nodes=tuple(nodes), arrays=arrays, level=level_of(nodes, case.optimizer))


def _output(case: Case, answer: Answer, name: str) -> Array:
    ops = {node.name: node.op for node in case.nodes}
    return answer[f"exp/{name}.{OPS[ops[name]].output}"]


def _ends(case: Case, answer: Answer, node: Node) -> Iterator[Case]:
    """The network up to a node; upstream gradient: what the rest gives, or ones."""
    if node is case.nodes[-1]:
        yield case
        return
    at = case.nodes.index(node)
    until = replace(case, nodes=case.nodes[: at + 1])
    Y = _output(case, answer, node.name)
    rest = _start(case, answer, (node.name,), round_input=False)
    found = run(rest).get(f"grad/{_new_input(case)}")
    upstream = [] if found is None else [to_float32(found)]
    for dY in (*upstream, np.ones_like(Y)):
        yield finish(until.with_arrays({f"up/{node.name}.Y": dY}))


def _new_input(case: Case) -> str:
    return next(name for name in INPUTS if name not in case)


def _start(case: Case, answer: Answer, names: tuple[str, ...], round_input: bool = True) -> Case:
    """The network behind nodes, whose outputs are inputs now."""
    for name in names:
        if name in case or name not in {node.name for node in case.nodes}:
            continue
        given, Y = _new_input(case), _output(case, answer, name)
        nodes = tuple(
            node._replace(
                inputs=tuple(given if source == name else source for source in node.inputs)
            )
            for node in case.nodes
        )
        array = to_float32(Y) if round_input else Y
        case = finish(replace(case, nodes=nodes, arrays={**case.arrays, given: array}))
    return case


def _without(case: Case, node: Node) -> Case:
    """The network in which a node's input takes the place of its output."""
    nodes = tuple(
        other._replace(
            inputs=tuple(node.inputs[0] if name == node.name else name for name in other.inputs)
        )
        for other in case.nodes
        if other is not node
    )
    return finish(replace(case, nodes=nodes))


def _with_fewer_inputs(case: Case, node: Node, dropped: str) -> Case:
    """A concatenation without one of its inputs."""
    fewer = node._replace(inputs=tuple(name for name in node.inputs if name != dropped))
    return finish(keep(case, {}, {node.name: fewer}))
