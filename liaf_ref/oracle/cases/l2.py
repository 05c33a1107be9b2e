"""L2: layers in sequence, layers that share an input, two readouts."""

from itertools import product

from liaf_ref.oracle.cases.draw import CaseSpec
from liaf_ref.oracle.cases.nodes import cell, dense, neuron, op_node

B_T_K = (2, 5, 3)

PAIRS = [
    CaseSpec(
        f"l2_{upper}_over_{lower}",
        "L2",
        "a layer on a layer",
        (*cell(lower, "a", "in/X", 4), *cell(upper, "z", "a", 3)),
        {"X": B_T_K},
        2000 + seed,
    )
    for seed, (lower, upper) in enumerate(
        [
            *product(("liaf", "lif"), ("liaf", "lif")),
            *product(("rnn", "lstm", "gru"), ("liaf", "lif")),
            *product(("liaf", "lif"), ("rnn", "lstm", "gru")),
        ]
    )
]
OPTIONS = [
    CaseSpec(
        f"l2_{lower}_{upper}_{reset}",
        "L2",
        "neurons with other options on neurons",
        (
            dense("d", "in/X", 4),
            neuron("a", "d", act=lower, mode="NTR", sharing="all", mu=0.3, reset=reset),
            dense("e", "a", 3, bias=False),
            neuron("z", "e", act=upper, sharing="non", mu=0.75, reset=reset),
        ),
        {"X": B_T_K},
        2100 + seed,
    )
    for seed, (lower, upper, reset) in enumerate(
        [("selu", "tanh", "paper"), ("sigmoid", "relu", "paper"), ("relu", "spike", "detached")]
    )
]
GRAPHS = [
    CaseSpec(
        "l2_two_readouts",
        "L2",
        "the last step and the mean of one layer, side by side",
        (
            *cell("liaf", "c", "in/X", 4, act="selu"),
            op_node("last", "l", "c"),
            op_node("mean", "m", "c"),
            op_node("concat", "r", "l", "m"),
        ),
        {"X": B_T_K},
        2200,
    ),
    CaseSpec(
        "l2_direct",
        "L2",
        "neurons on neurons without synapses between",
        (
            dense("d", "in/X", 4),
            neuron("a", "d", act="identity", mode="NTR", mu=0.3),
            neuron("z", "a", act="spike", sharing="all"),
        ),
        {"X": (3, 6, 3)},
        2201,
    ),
    CaseSpec(
        "l2_beside",
        "L2",
        "LIAF and LIF on one input, side by side",
        (
            *cell("liaf", "a", "in/X", 3, act="tanh"),
            *cell("lif", "b", "in/X", 3, mu=0.3),
            op_node("concat", "r", "a", "b"),
        ),
        {"X": (3, 6, 3)},
        2202,
    ),
    CaseSpec(
        "l2_three",
        "L2",
        "three layers",
        (
            *cell("liaf", "a", "in/X", 4, mu=0.3),
            *cell("lif", "b", "a", 4, mu=0.3),
            *cell("liaf", "z", "b", 3, act="sigmoid", mode="NTR", mu=0.3),
        ),
        {"X": (3, 5, 3)},
        2203,
    ),
]
CASE_SPECS = (*PAIRS, *OPTIONS, *GRAPHS)
