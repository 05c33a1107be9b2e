"""The specification of a case: everything except the random numbers."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.cases.distributions import RANDOM_DISTRIBUTIONS, UniformGrid


class CaseSpec(NamedTuple):
    """The specification from which a case is sampled.

    Parameters
    ----------
    name, level, description : str
        Those of the case.
    nodes : tuple of Node
        The network; the options of ``dense`` and ``embedding`` say their sizes.
    input_shapes : mapping of str to tuple of int
        Shape of each ``in/NAME`` that is given, by NAME.
    seed : int
        The random seed.
    distributions : mapping of str to UniformGrid
        The distribution of each quantity.
    final_state_gradient : bool
        Whether the final states have an upstream gradient.
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
