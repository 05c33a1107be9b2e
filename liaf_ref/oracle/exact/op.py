"""What an operation of a case is for dual numbers."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.exact.dual import Dual, Number
from liaf_ref.oracle.exact.nested import Nested

Given: TypeAlias = Mapping[str, Nested]  # the case's arrays, by their whole names
New: TypeAlias = Callable[[Number], Dual]  # makes a variable, or a constant where none is asked


class Result(NamedTuple):
    """What an operation gives.

    ``last`` has the states after the last step; ``nudges`` zeros that were added to
    the quantities of every step, so that a derivative in a nudge is an adjoint.
    """

    Y: Nested
    shown: dict[str, Nested]
    last: dict[str, Nested]
    nudges: dict[str, Nested]


Op: TypeAlias = Callable[[Node, Given, tuple[Nested, ...], New], Result]


def own(node: Node, given: Given, prefix: str) -> dict[str, Nested]:
    """The arrays of one node under a prefix, by the quantity's name."""
    start = f"{prefix}/{node.name}."
    return {name[len(start) :]: a for name, a in given.items() if name.startswith(start)}


def plain(Y: Nested) -> Result:
    """An output and nothing else."""
    return Result(Y, {"Y": Y}, {}, {})
