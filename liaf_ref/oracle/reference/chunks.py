"""A case cut in time: parts that are cases, what passes between them, and their joined answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.oracle.case import Case
from liaf_ref.oracle.opset import LOSSES, OPS

Tensors = dict[str, Array]
NOT_IN_TIME = frozenset({"conv3d", "last", "mean", *LOSSES})  # they read several steps at once


def can_be_cut(case: Case) -> bool:
    """Whether every operation of a case works step by step, and one has a state to pass on."""
    return (
        case.optimizer is None
        and any(OPS[node.op].states for node in case.nodes)
        and all(node.op not in NOT_IN_TIME for node in case.nodes)
        and all(node.options.get("statistics") != "batch" for node in case.nodes)
    )


def steps_of(case: Case) -> int:
    """The number of steps of a case that can be cut."""
    given = [case[name] for node in case.nodes for name in node.inputs if name in case]
    return min(int(array.shape[1]) for array in given)


def cut(case: Case) -> Iterator[Case]:
    """The chunks as cases of their own, with the states that the case is given."""
    if case.chunks is None or not can_be_cut(case) or sum(case.chunks.steps) != steps_of(case):
        raise InputError(f"{case.name}: expected chunks that add up to its steps")
    last = f"up/{case.nodes[-1].name}.Y"
    masks = {f"fix/{node.name}.M" for node in case.nodes if node.op == "dropout"}
    timed = [n for n in case if n == last or n in masks or n.startswith("gate/") or _is_input(n)]
    for start, end in case.chunks.spans():
        arrays = {name: case[name][:, start:end] for name in timed}
        yield replace(case, arrays={**case.arrays, **arrays}, chunks=None)


def states(case: Case) -> list[tuple[str, str, str]]:
    """Of each state: the names of its trace, its initial value, its final gradient."""
    return [
        (f"exp/{node.name}.{s}", f"in/{node.name}.{s}0", f"up/{node.name}.{s}T")
        for node in case.nodes
        for s in OPS[node.op].states
    ]


def next_states(case: Case, answer: Mapping[str, Array]) -> Tensors:
    """The initial states of the chunk after one that gave an answer."""
    return {first: answer[V][:, -1] for V, first, _ in states(case)}


def final_gradients(case: Case, following: Mapping[str, Array] | None) -> Tensors:
    """The gradients of a chunk's final states, by the gradients of the next chunk, if any."""
    found, full = {}, case.chunks is not None and case.chunks.bptt == "full"
    for _, first, final in states(case):
        found[final] = case.get(final, np.zeros_like(case[first]))
        if following is not None:
            found[final] = following[f"grad/{first}"] if full else np.zeros_like(case[first])
    return found


def join(answers: Sequence[Mapping[str, Array]]) -> Tensors:
    """The answer to a case, by those to its chunks."""
    names = [name for name in answers[0] if all(name in answer for answer in answers)]
    return {name: _joined(name, [answer[name] for answer in answers]) for name in names}


def _joined(name: str, parts: list[Array]) -> Array:
    if name.startswith("grad/par/"):
        return reduce(add, parts)
    if name.startswith("grad/") and not _is_input(name.removeprefix("grad/")):
        return parts[0]
    return np.concatenate(parts, axis=1)


def _is_input(name: str) -> bool:
    return name.startswith("in/") and "." not in name
