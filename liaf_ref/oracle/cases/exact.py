"""Cases without rounding, with ties U = V_th and edges ``|U - V_th|`` = mu, on levels L0 to L2."""

from itertools import product
from typing import Any

from liaf_ref.oracle.cases.distributions import DYADIC_DISTRIBUTIONS, UniformGrid
from liaf_ref.oracle.cases.draw import CaseSpec
from liaf_ref.oracle.cases.nodes import (
    SHARINGS,
    dense,
    embedding,
    neuron,
    neuron_name,
    neuron_outputs,
    op_node,
)

Nodes = tuple[Any, ...]
OUTPUTS = neuron_outputs(("identity", "relu"))
TIES_AND_EDGES = "ties U = V_th and edges |U - V_th| = mu, no rounding"


def _exact_spec(name: str, level: str, nodes: Nodes, sizes: dict[str, Any], seed: int) -> CaseSpec:
    name = f"{level.lower()}_exact_{name}"
    grids = (
        DYADIC_DISTRIBUTIONS
        if level == "L0"
        else {**DYADIC_DISTRIBUTIONS, "X": UniformGrid(-1.0, 1.5, 0.5)}
    )
    return CaseSpec(name, level, TIES_AND_EDGES, nodes, sizes, seed, grids, exact=True)


def _input_shapes(sharing: str) -> dict[str, Any]:
    """A gradient that is a sum over all neurons needs more bits: one step less."""
    return {"X": (5, 3, 4) if sharing == "all" else (4, 4, 4)}


SINGLE_NEURONS = [
    _exact_spec(
        neuron_name(o), "L0", (neuron("n", "in/X", **o),), _input_shapes(o["sharing"]), 5000 + seed
    )
    for seed, o in enumerate(
        {**output, "sharing": sharing, "mu": mu}
        for output, sharing, mu in product(OUTPUTS, SHARINGS, (0.5, 0.25))
    )
]
DETACHED = [
    _exact_spec(
        f"{neuron_name(o)}_detached",
        "L0",
        (neuron("n", "in/X", **o),),
        _input_shapes(o["sharing"]),
        seed,
    )
    for seed, o in enumerate(
        (
            {**output, "sharing": SHARINGS[i % 3], "mu": 0.5, "reset": "detached"}
            for i, output in enumerate(OUTPUTS)
        ),
        5100,
    )
]
SPATIAL = [
    _exact_spec(
        f"plane_{neuron_name(o)}", "L0", (neuron("n", "in/X", **o),), {"X": (2, 3, 2, 2, 3)}, seed
    )
    for seed, o in enumerate(
        (
            {**output, "sharing": sharing, "mu": 0.75}
            for output, sharing in product((OUTPUTS[0], OUTPUTS[3]), SHARINGS)
        ),
        5200,
    )
]
LAYERS = [
    _exact_spec(
        f"dense_{neuron_name(o)}{'' if bias else '_unbiased'}",
        "L1",
        (dense("d", "in/X", 4, bias), neuron("n", "d", **o)),
        {"X": (5, 3, 3)},
        seed,
    )
    for seed, (o, bias) in enumerate(
        (
            ({**output, "sharing": SHARINGS[i % 3], "mu": mu}, bias)
            for i, (output, mu, bias) in enumerate(product(OUTPUTS, (0.5, 1.0), (True, False)))
        ),
        5300,
    )
]
TOKENS = [
    _exact_spec(
        f"tokens_{neuron_name(o)}",
        "L1",
        (embedding("e", "in/ids", 4, 2), dense("d", "e", 4), neuron("n", "d", **o)),
        {"ids": (5, 3)},
        seed,
    )
    for seed, o in enumerate(
        ({**output, "sharing": "channel", "mu": 0.5} for output in OUTPUTS[:2]), 5400
    )
]
READOUTS = [
    _exact_spec(
        f"{readout}_{neuron_name(o)}",
        "L1",
        (dense("d", "in/X", 4), neuron("n", "d", **o), op_node(readout, "r", "n")),
        {"X": (8, 2, 3)},
        seed,
    )
    for seed, (readout, o) in enumerate(
        product(("last", "mean"), ({**OUTPUTS[0], "sharing": "all", "mu": 0.5},)), 5500
    )
]
BLOCKS = [
    _exact_spec(
        f"{neuron_name(lower)}_{neuron_name(upper)}",
        "L2",
        (
            dense("d", "in/X", 4),
            neuron("a", "d", **lower),
            dense("e", "a", 3),
            neuron("z", "e", **upper),
        ),
        {"X": (4, 3, 3)},
        seed,
    )
    for seed, (lower, upper) in enumerate(
        (
            ({**a, "sharing": "all", "mu": 0.5}, {**z, "sharing": "channel", "mu": 0.25})
            for a, z in product((OUTPUTS[0], OUTPUTS[1], OUTPUTS[4]), (OUTPUTS[0], OUTPUTS[3]))
        ),
        5600,
    )
]
CASE_SPECS = (*SINGLE_NEURONS, *DETACHED, *SPATIAL, *LAYERS, *TOKENS, *READOUTS, *BLOCKS)
