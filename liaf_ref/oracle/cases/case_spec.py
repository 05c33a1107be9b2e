"""The specification of a case: everything except the random numbers."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.cases.distributions import RANDOM_DISTRIBUTIONS, UniformGrid


class CaseSpec(NamedTuple):
    """The specification from which a case is sampled."""

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
