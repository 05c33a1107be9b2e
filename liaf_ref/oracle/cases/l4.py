"""L4: a step of the optimiser, and the loss over ten."""

from itertools import product
from typing import Any

from liaf_ref.oracle.cases.grids import Grid
from liaf_ref.oracle.cases.l3 import KINDS, NETWORK, fig5
from liaf_ref.oracle.cases.parts import cell, dense, plain
from liaf_ref.oracle.cases.recipe import Recipe

SIZES = {"story": (2, 4), "query": (2, 2), "y": (2,)}
# Over ten steps an error bound grows with the weights.
LIGHT = {**NETWORK, "W": Grid(-0.5, 0.5), "U": Grid(-0.5, 0.5)}
STEPS = {"steps": 10}
MOMENTS = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
OPTIMISERS: dict[str, dict[str, Any]] = {
    "adam": {"name": "adam", "lr": 0.001, **MOMENTS, "weight_decay": 1e-4, **STEPS},
    "adamw": {"name": "adamw", "lr": 0.001, **MOMENTS, "weight_decay": 0.01, **STEPS},
    "sgd": {"name": "sgd", "lr": 0.01, "momentum": 0.9, "weight_decay": 1e-4, **STEPS},
}
ABOUT = {
    "adam": "Adam, the decay of weights as L2 in the gradient",
    "adamw": "AdamW, the decay of weights apart from the moments",
    "sgd": "descent with momentum, the decay of weights in the gradient",
}

FIG5 = [
    Recipe(
        f"l4_{name}_{kind}",
        "L4",
        f"Fig. 5 in small, {ABOUT[name]}",
        fig5(kind),
        SIZES,
        4000 + seed,
        LIGHT,
        final=False,
        optimiser=options,
    )
    for seed, (kind, (name, options)) in enumerate(product(KINDS, OPTIMISERS.items()))
]
PLAIN = [
    Recipe(
        f"l4_{name}_dense_{kind}",
        "L4",
        f"one layer, its mean and a classifier, {about}",
        (
            *cell(kind, "c", "in/X", 4, mu=0.3),
            plain("mean", "r", "c"),
            dense("head", "r", 3),
            plain("softmax_ce", "ce", "head"),
        ),
        {"X": (3, 5, 3), "y": (3,)},
        4100 + seed,
        LIGHT,
        final=False,
        optimiser=options,
    )
    for seed, (kind, (name, about, options)) in enumerate(
        product(
            ("liaf", "lif"),
            (
                ("plain", "descent without momentum or decay", {"name": "sgd", "lr": 0.1, **STEPS}),
                (
                    "damped",
                    "Adam with other moments and a large eps",
                    {"name": "adam", "lr": 0.01, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, **STEPS},
                ),
            ),
        )
    )
]
RECIPES = (*FIG5, *PLAIN)
