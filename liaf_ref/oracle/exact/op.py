"""The interface of an operation of a case on dual numbers."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.exact.dual import Dual, Number
from liaf_ref.oracle.exact.nested import Nested

NestedArrays: TypeAlias = Mapping[str, Nested]  # the case's arrays, by their whole names
VariableFactory: TypeAlias = Callable[
    [Number], Dual
]  # makes a variable, or a constant if it is not differentiated


class Result(NamedTuple):
    """The result of an operation."""

    Y: Nested
    traces: dict[str, Nested]
    final_states: dict[str, Nested]  # after the last step
    # Zeros that are added to the quantities of every step: the derivative with respect to one of
    # them is an adjoint.
    perturbations: dict[str, Nested]


Op: TypeAlias = Callable[[Node, NestedArrays, tuple[Nested, ...], VariableFactory], Result]


def node_arrays(node: Node, arrays: NestedArrays, prefix: str) -> dict[str, Nested]:
    """The arrays of one node under a prefix, by the quantity's name."""
    start = f"{prefix}/{node.name}."
    return {name[len(start) :]: a for name, a in arrays.items() if name.startswith(start)}


def output_only(Y: Nested) -> Result:
    """An output and nothing else."""
    return Result(Y, {"Y": Y}, {}, {})
