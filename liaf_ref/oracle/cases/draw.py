"""From a specification, which is everything but the random numbers, to a case."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.oracle.case import Case, Node
from liaf_ref.oracle.cases.distributions import RANDOM_DISTRIBUTIONS, UniformGrid
from liaf_ref.oracle.shapes import NodeShapes, Size, network_shapes


class CaseSpec(NamedTuple):
    """The specification from which a case is sampled."""

    name: str
    level: str
    description: str
    nodes: tuple[Node, ...]
    input_shapes: Mapping[str, Size]
    seed: int
    distributions: Mapping[str, UniformGrid] = RANDOM_DISTRIBUTIONS
    final_state_gradient: bool = True
    optimizer: Mapping[str, Any] | None = None
    exact: bool = False


def draw_case(spec: CaseSpec, attempt: int) -> Case:
    """Draw a case; the same arguments give the same bits."""
    rng = np.random.default_rng([spec.seed, attempt])
    inputs = {f"in/{name}": shape for name, shape in spec.input_shapes.items()}
    shapes = network_shapes(spec.nodes, inputs)
    limits = {
        node.inputs[0] if shapes[node.name].target is None else "in/y": limit
        for node in spec.nodes
        if (limit := shapes[node.name].index_limit)
    }
    arrays = {
        name: rng.integers(0, limits[name], shape)
        if name in limits
        else _distribution(spec, name).sample(rng, shape)
        for name, shape in (*inputs.items(), *_node_arrays(spec, shapes))
    }
    return Case(spec.name, spec.level, spec.nodes, arrays, spec.optimizer, spec.description)


def _node_arrays(spec: CaseSpec, shapes: Mapping[str, NodeShapes]) -> Iterator[tuple[str, Size]]:
    """In the order in which they are drawn."""
    for name, own in shapes.items():
        yield from ((f"par/{name}.{quantity}", shape) for quantity, shape in own.parameters.items())
        yield from ((f"fix/{name}.{quantity}", shape) for quantity, shape in own.constants.items())
        for state, shape in own.states.items():
            yield f"in/{name}.{state}0", shape
            if spec.final_state_gradient:
                yield f"up/{name}.{state}T", shape
    last = spec.nodes[-1].name
    if shapes[last].target is None:
        yield f"up/{last}.Y", shapes[last].output


def _distribution(spec: CaseSpec, name: str) -> UniformGrid:
    """Where an array is drawn from; a mask's two values are its node's."""
    for node in spec.nodes:
        if name == f"fix/{node.name}.M":
            saved = 1 / node.options["keep"]
            return UniformGrid(0.0 if saved > 1 else saved, saved, saved)
    return spec.distributions[name.rpartition("/")[2].rpartition(".")[2]]
