"""L4: a step of the optimizer, and the loss over ten."""

from itertools import product
from typing import Any

from liaf_ref.oracle.cases.distributions import UniformGrid
from liaf_ref.oracle.cases.draw import CaseSpec
from liaf_ref.oracle.cases.l3 import ZERO_INITIAL_STATE, fig5
from liaf_ref.oracle.cases.nodes import CELLS, cell, dense, op_node

SIZES = {"story": (2, 4), "query": (2, 2), "y": (2,)}
# Over ten steps an error bound grows with the weights.
SMALL_WEIGHTS = {**ZERO_INITIAL_STATE, "W": UniformGrid(-0.5, 0.5), "U": UniformGrid(-0.5, 0.5)}
STEP_COUNT = {"steps": 10}
ADAM_OPTIONS = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "adam": {"name": "adam", "lr": 0.001, **ADAM_OPTIONS, "weight_decay": 1e-4, **STEP_COUNT},
    "adamw": {"name": "adamw", "lr": 0.001, **ADAM_OPTIONS, "weight_decay": 0.01, **STEP_COUNT},
    "sgd": {"name": "sgd", "lr": 0.01, "momentum": 0.9, "weight_decay": 1e-4, **STEP_COUNT},
}
OPTIMIZER_DESCRIPTIONS = {
    "adam": "Adam, the decay of weights as L2 in the gradient",
    "adamw": "AdamW, decoupled weight decay",
    "sgd": "descent with momentum, the decay of weights in the gradient",
}

FIG5 = [
    CaseSpec(
        f"l4_{name}_{kind}",
        "L4",
        f"Fig. 5 in small, {OPTIMIZER_DESCRIPTIONS[name]}",
        fig5(kind),
        SIZES,
        4000 + seed,
        SMALL_WEIGHTS,
        final_state_gradient=False,
        optimizer=options,
    )
    for seed, (kind, (name, options)) in enumerate(product(CELLS, OPTIMIZERS.items()))
]
DENSE_NETWORKS = [
    CaseSpec(
        f"l4_{name}_dense_{kind}",
        "L4",
        f"one layer, its mean and a classifier, {about}",
        (
            *cell(kind, "c", "in/X", 4, mu=0.3),
            op_node("mean", "r", "c"),
            dense("head", "r", 3),
            op_node("softmax_ce", "ce", "head"),
        ),
        {"X": (3, 5, 3), "y": (3,)},
        4100 + seed,
        SMALL_WEIGHTS,
        final_state_gradient=False,
        optimizer=options,
    )
    for seed, (kind, (name, about, options)) in enumerate(
        product(
            ("liaf", "lif"),
            (
                (
                    "plain",
                    "plain SGD",
                    {"name": "sgd", "lr": 0.1, **STEP_COUNT},
                ),
                (
                    "damped",
                    "Adam with other moments and a large eps",
                    {
                        "name": "adam",
                        "lr": 0.01,
                        "beta1": 0.8,
                        "beta2": 0.95,
                        "eps": 1e-3,
                        **STEP_COUNT,
                    },
                ),
            ),
        )
    )
]
CASE_SPECS = (*FIG5, *DENSE_NETWORKS)
