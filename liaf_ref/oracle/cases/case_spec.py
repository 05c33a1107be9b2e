"""The description of a case: everything about it but the numbers drawn."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.cases.distributions import RANDOM_DISTRIBUTIONS, UniformGrid


class CaseSpec(NamedTuple):
    """What a case is made from.

    Parameters
    ----------
    name, level, about : str
        As of the case.
    nodes : tuple of Node
        The network; the options of ``dense`` and ``embedding`` say their sizes.
    sizes : mapping of str to tuple of int
        Shape of each ``in/NAME`` that is given, by NAME.
    seed : int
        Of the draws.
    grids : mapping of str to Grid
        Where each quantity is drawn from.
    final : bool
        Whether a gradient comes from above on the final states.
    optimizer : mapping, optional
        Of a case of level L4.
    exact : bool
        Whether every sum of the case must be free of rounding in float32.
    """

    name: str
    level: str
    description: str
    nodes: tuple[Node, ...]
    input_shapes: Mapping[str, tuple[int, ...]]
    seed: int
    distributions: Mapping[str, UniformGrid] = RANDOM_DISTRIBUTIONS
    final_state_gradient: bool = True
    optimizer: Mapping[str, Any] | None = None
    exact: bool = False
