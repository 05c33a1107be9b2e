"""L3: whole networks with their loss."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.cases.distributions import RANDOM_DISTRIBUTIONS, ZERO
from liaf_ref.oracle.cases.draw import CaseSpec
from liaf_ref.oracle.cases.nodes import CELLS, cell, dense, embedding, neuron, op_node

TOKENS, WIDTH, UNITS = 5, 2, 3
FIG5_SIZES = {"story": (3, 5), "query": (3, 3), "y": (3,)}
ZERO_INITIAL_STATE = {**RANDOM_DISTRIBUTIONS, "V0": ZERO, "h0": ZERO, "c0": ZERO}


def fig5(kind: str, **options: Any) -> tuple[Node, ...]:
    """The two-branch network of Fig. 5, in small."""
    chosen = {"sharing": "non"} | ({"mode": "NTR"} if kind == "liaf" else {}) | options

    def branch(name: str) -> Iterator[Node]:
        yield embedding(f"{name}_e", f"in/{name}", TOKENS, WIDTH)
        yield from cell(kind, name, f"{name}_e", UNITS, **chosen)
        yield op_node("last", f"{name}_l", name)

    return (
        *branch("story"),
        *branch("query"),
        op_node("concat", "both", "story_l", "query_l"),
        dense("head", "both", TOKENS),
        op_node("softmax_ce", "ce", "head"),
    )


FIG5 = [
    CaseSpec(
        f"l3_fig5_{kind}",
        "L3",
        "Fig. 5 in small: two branches, each from tokens to its last step",
        fig5(kind),
        FIG5_SIZES,
        3000 + seed,
        ZERO_INITIAL_STATE,
        final_state_gradient=False,
    )
    for seed, kind in enumerate(CELLS)
]
OPTION_VARIANTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("liaf_relu", "Fig. 5 with ReLU", "liaf", {"act": "relu"}),
    ("liaf_narrow", "Fig. 5 with mu = 0.3", "liaf", {"mu": 0.3}),
    ("lif_narrow", "Fig. 5 with mu = 0.3", "lif", {"mu": 0.3}),
    ("liaf_detached", "Fig. 5, reset detached", "liaf", {"reset": "detached"}),
)
OPTIONS = [
    CaseSpec(
        f"l3_fig5_{name}",
        "L3",
        about,
        fig5(kind, **options),
        FIG5_SIZES,
        3100 + seed,
        ZERO_INITIAL_STATE,
        final_state_gradient=False,
    )
    for seed, (name, about, kind, options) in enumerate(OPTION_VARIANTS)
]
DEEP = [
    CaseSpec(
        f"l3_{readout}_{lower}_{upper}",
        "L3",
        "two layers of neurons, a readout, a classifier",
        (
            dense("d", "in/X", 4),
            neuron("a", "d", act=lower, mu=0.3),
            dense("e", "a", 4),
            neuron("z", "e", act=upper, sharing="all", mu=0.3),
            op_node(readout, "r", "z"),
            dense("head", "r", 3),
            op_node("softmax_ce", "ce", "head"),
        ),
        {"X": (3, 5, 3), "y": (3,)},
        3200 + seed,
        final_state_gradient=False,
    )
    for seed, (readout, (lower, upper)) in enumerate(
        product(("last", "mean"), (("selu", "spike"), ("spike", "tanh"), ("relu", "identity")))
    )
]
CASE_SPECS = (*FIG5, *OPTIONS, *DEEP)
