"""L0: dynamics alone, on a given drive."""

from itertools import product
from typing import Any

from liaf_ref.oracle.cases.grids import RANDOM, ZERO, Grid
from liaf_ref.oracle.cases.parts import GATES, LIF, dense, embedding, neuron, plain
from liaf_ref.oracle.cases.recipe import Recipe

ANALOG = ("identity", "relu", "selu", "tanh", "sigmoid")
OUTPUTS: tuple[dict[str, Any], ...] = (
    {"act": "spike", "mode": "TR"},
    *({"act": act, "mode": mode} for act, mode in product(ANALOG, ("TR", "NTR"))),
)
SHARINGS = ("all", "channel", "non")
B_T_L = (2, 6, 4)
B_T_H_W_L = (2, 4, 2, 3, 2)


def of_neuron(
    name: str, about: str, options: dict[str, Any], shape: tuple[int, ...], seed: int, **rest: Any
) -> Recipe:
    """A neuron alone."""
    return Recipe(
        f"l0_{name}", "L0", about, (neuron("n", "in/X", **options),), {"X": shape}, seed, **rest
    )


def _name(options: dict[str, Any]) -> str:
    act = "lif" if options["act"] == "spike" else f"{options['act']}_{options['mode'].lower()}"
    return f"{act}_{options['sharing']}_mu{round(1000 * options['mu']):04}"


EVERY_OUTPUT = [
    of_neuron(_name(o), "a neuron on a given drive", o, B_T_L, seed)
    for seed, o in enumerate(
        {**output, "sharing": sharing, "mu": mu}
        for output, sharing, mu in product(OUTPUTS, SHARINGS, (0.5, 0.3))
    )
]
DETACHED = [
    of_neuron(f"{_name(o)}_detached", "the reset is not differentiated", o, B_T_L, 100 + seed)
    for seed, o in enumerate(
        {**output, "sharing": SHARINGS[i % 3], "mu": mu, "reset": "detached"}
        for i, (output, mu) in enumerate(product(OUTPUTS, (0.5, 0.3)))
    )
]
WINDOWS = [
    of_neuron(f"{_name(o)}_wide", "a window of another width", o, (3, 8, 4), 200 + seed)
    for seed, o in enumerate(
        {"act": act, "mode": "TR", "sharing": "channel", "mu": mu}
        for act, mu in product(("spike", "tanh"), (0.125, 0.75, 1.0))
    )
]
SPACE = [
    of_neuron(f"space_{_name(o)}", "neurons in a plane, (B, T, H, W, L)", o, B_T_H_W_L, 300 + seed)
    for seed, o in enumerate(
        {**output, "sharing": sharing, "mu": 0.3}
        for output, sharing in product(
            (LIF | {"mode": "TR"}, {"act": "selu", "mode": "NTR"}), SHARINGS
        )
    )
]
SIZES = [
    of_neuron(f"{act}_{name}", about, {"act": act, "mu": 0.3}, shape, 400 + seed)
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
FROM_ZERO: dict[str, Grid] = {**RANDOM, "V0": ZERO}
BEGINNINGS_AND_ENDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("rest", "V0 = 0, VT discarded", {"final": False, "grids": FROM_ZERO}),
    ("discarded", "VT discarded", {"final": False}),
    ("kept", "V0 = 0, VT kept", {"grids": FROM_ZERO}),
)
ENDS = [
    of_neuron(
        f"{act}_{name}", about, {"act": act, "mode": "TR", "mu": 0.3}, B_T_L, 500 + seed, **rest
    )
    for seed, (act, (name, about, rest)) in enumerate(
        product(("spike", "selu"), BEGINNINGS_AND_ENDS)
    )
]
GATED = [
    Recipe(
        f"l0_{kind}_{name}",
        "L0",
        f"{number}, {about}",
        (plain(kind, "r", "in/X"),),
        {"X": (B, T, L * GATES[kind])},
        600 + seed,
        final=final,
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
WITHOUT_STATE = [
    Recipe("l0_dense", "L0", "(2)", (dense("d", "in/X", 3),), {"X": (2, 4, 5)}, 700),
    Recipe(
        "l0_dense_unbiased",
        "L0",
        "(2) without bias",
        (dense("d", "in/X", 3, bias=False),),
        {"X": (2, 4, 5)},
        701,
    ),
    Recipe(
        "l0_embedding",
        "L0",
        "tokens that come more than once",
        (embedding("e", "in/ids", 5, 3),),
        {"ids": (3, 6)},
        702,
    ),
    Recipe("l0_last", "L0", "the last step", (plain("last", "r", "in/X"),), {"X": (2, 5, 3)}, 703),
    Recipe(
        "l0_mean", "L0", "the mean over time", (plain("mean", "r", "in/X"),), {"X": (2, 5, 3)}, 704
    ),
]
RECIPES = (
    *EVERY_OUTPUT,
    *DETACHED,
    *WINDOWS,
    *SPACE,
    *SIZES,
    *ENDS,
    *GATED,
    *WITHOUT_STATE,
)
