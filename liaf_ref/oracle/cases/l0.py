"""L0: dynamics alone, on a given drive."""

from itertools import product
from typing import Any

from liaf_ref.oracle.cases.distributions import RANDOM_DISTRIBUTIONS, ZERO, UniformGrid
from liaf_ref.oracle.cases.draw import CaseSpec
from liaf_ref.oracle.cases.nodes import (
    LIF_OPTIONS,
    SHARINGS,
    dense,
    embedding,
    neuron,
    neuron_name,
    neuron_outputs,
    op_node,
)
from liaf_ref.oracle.opset import ACTIVATIONS
from liaf_ref.oracle.shapes import input_channels

OUTPUTS = neuron_outputs(ACTIVATIONS)
B_T_L = (2, 6, 4)
B_T_H_W_L = (2, 4, 2, 3, 2)


def neuron_spec(
    name: str,
    description: str,
    options: dict[str, Any],
    shape: tuple[int, ...],
    seed: int,
    **rest: Any,
) -> CaseSpec:
    """A neuron alone."""
    return CaseSpec(
        f"l0_{name}",
        "L0",
        description,
        (neuron("n", "in/X", **options),),
        {"X": shape},
        seed,
        **rest,
    )


EVERY_OUTPUT = [
    neuron_spec(neuron_name(o), "a neuron on a given drive", o, B_T_L, seed)
    for seed, o in enumerate(
        {**output, "sharing": sharing, "mu": mu}
        for output, sharing, mu in product(OUTPUTS, SHARINGS, (0.5, 0.3))
    )
]
DETACHED = [
    neuron_spec(
        f"{neuron_name(o)}_detached", "the reset is not differentiated", o, B_T_L, 100 + seed
    )
    for seed, o in enumerate(
        {**output, "sharing": SHARINGS[i % 3], "mu": mu, "reset": "detached"}
        for i, (output, mu) in enumerate(product(OUTPUTS, (0.5, 0.3)))
    )
]
WINDOWS = [
    neuron_spec(f"{neuron_name(o)}_wide", "a window of another width", o, (3, 8, 4), 200 + seed)
    for seed, o in enumerate(
        {"act": act, "mode": "TR", "sharing": "channel", "mu": mu}
        for act, mu in product(("spike", "tanh"), (0.125, 0.75, 1.0))
    )
]
SPATIAL = [
    neuron_spec(
        f"space_{neuron_name(o)}", "spatial neurons, (B, T, H, W, L)", o, B_T_H_W_L, 300 + seed
    )
    for seed, o in enumerate(
        {**output, "sharing": sharing, "mu": 0.3}
        for output, sharing in product(
            (LIF_OPTIONS | {"mode": "TR"}, {"act": "selu", "mode": "NTR"}), SHARINGS
        )
    )
]
SIZES = [
    neuron_spec(f"{act}_{name}", about, {"act": act, "mu": 0.3}, shape, 400 + seed)
    for seed, (act, (name, about, shape)) in enumerate(
        product(
            ("spike", "tanh"),
            (
                ("t1", "one step", (4, 1, 6)),
                ("b1", "one sample", (1, 8, 4)),
                ("l1", "one neuron", (4, 8, 1)),
                ("t1_b1", "one step of one sample", (1, 1, 16)),
            ),
        )
    )
]
ZERO_INITIAL_STATE: dict[str, UniformGrid] = {**RANDOM_DISTRIBUTIONS, "V0": ZERO}
STATE_VARIANTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "rest",
        "V0 = 0, VT discarded",
        {"final_state_gradient": False, "distributions": ZERO_INITIAL_STATE},
    ),
    ("discarded", "VT discarded", {"final_state_gradient": False}),
    ("kept", "V0 = 0, VT kept", {"distributions": ZERO_INITIAL_STATE}),
)
INITIAL_AND_FINAL_STATES = [
    neuron_spec(
        f"{act}_{name}", about, {"act": act, "mode": "TR", "mu": 0.3}, B_T_L, 500 + seed, **rest
    )
    for seed, (act, (name, about, rest)) in enumerate(product(("spike", "selu"), STATE_VARIANTS))
]
RECURRENT = [
    CaseSpec(
        f"l0_{kind}_{name}",
        "L0",
        f"{number}, {about}",
        (op_node(kind, "r", "in/X"),),
        {"X": (B, T, input_channels(kind, L))},
        600 + seed,
        final_state_gradient=final,
    )
    for seed, ((kind, number), (name, about, (B, T, L), final)) in enumerate(
        product(
            (("rnn", "(14)"), ("lstm", "(15)"), ("gru", "(16)")),
            (
                ("state", "from a state to a state", (2, 5, 3), True),
                ("discarded", "the final state discarded", (2, 5, 3), False),
                ("t1", "one step", (3, 1, 3), True),
                ("b1_l1", "one unit, one sample", (1, 6, 1), True),
            ),
        )
    )
]
STATELESS = [
    CaseSpec("l0_dense", "L0", "(2)", (dense("d", "in/X", 3),), {"X": (2, 4, 5)}, 700),
    CaseSpec(
        "l0_dense_unbiased",
        "L0",
        "(2) without bias",
        (dense("d", "in/X", 3, bias=False),),
        {"X": (2, 4, 5)},
        701,
    ),
    CaseSpec(
        "l0_embedding",
        "L0",
        "repeated tokens",
        (embedding("e", "in/ids", 5, 3),),
        {"ids": (3, 6)},
        702,
    ),
    CaseSpec(
        "l0_last", "L0", "the last step", (op_node("last", "r", "in/X"),), {"X": (2, 5, 3)}, 703
    ),
    CaseSpec(
        "l0_mean",
        "L0",
        "the mean over time",
        (op_node("mean", "r", "in/X"),),
        {"X": (2, 5, 3)},
        704,
    ),
]
CASE_SPECS = (
    *EVERY_OUTPUT,
    *DETACHED,
    *WINDOWS,
    *SPATIAL,
    *SIZES,
    *INITIAL_AND_FINAL_STATES,
    *RECURRENT,
    *STATELESS,
)
