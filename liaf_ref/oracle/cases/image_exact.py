"""Cases on images without rounding: convolutions, pools with equal maxima, neurons on planes."""

from collections.abc import Mapping
from typing import Any

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.cases.distributions import DYADIC_DISTRIBUTIONS, UniformGrid
from liaf_ref.oracle.cases.draw import CaseSpec
from liaf_ref.oracle.cases.exact import TIES_AND_EDGES
from liaf_ref.oracle.cases.nodes import (
    LIF_OPTIONS,
    act,
    conv,
    conv3d,
    dense,
    dropout,
    neuron,
    op_node,
    pool,
)

IMAGES, SMALL = (2, 2, 4, 4, 2), (2, 2, 3, 3, 2)
COARSE_DISTRIBUTIONS: Mapping[str, UniformGrid] = {
    **DYADIC_DISTRIBUTIONS,
    "X": UniformGrid(-1.0, 1.5, 0.5),
    "W": UniformGrid(-1.0, 1.0, 0.5),
}
EVEN_KERNEL: dict[str, Any] = {"kernel": [2, 2], "pad": [[0, 1], [0, 1]]}
CAUSAL_PADDING: dict[str, Any] = {"pad": [[2, 0], [1, 1], [1, 1]]}
NO_ROUNDING, EQUAL_MAXIMA = "no rounding", "no rounding, and equal maxima"

WITHOUT_NEURONS: list[tuple[str, str, str, tuple[Node, ...], tuple[int, ...]]] = [
    ("L0", "conv", NO_ROUNDING, (conv("c", "in/X", 2),), IMAGES),
    ("L0", "conv_even", NO_ROUNDING, (conv("c", "in/X", 2, **EVEN_KERNEL),), IMAGES),
    ("L0", "conv_strided", NO_ROUNDING, (conv("c", "in/X", 2, stride=[2, 2]),), IMAGES),
    ("L0", "conv_unbiased", NO_ROUNDING, (conv("c", "in/X", 3, bias=False),), SMALL),
    ("L0", "conv3d", NO_ROUNDING, (conv3d("c", "in/X", 2),), SMALL),
    ("L0", "conv3d_causal", NO_ROUNDING, (conv3d("c", "in/X", 2, **CAUSAL_PADDING),), SMALL),
    ("L0", "average_pool", NO_ROUNDING, (pool("average_pool", "p", "in/X"),), IMAGES),
    ("L0", "max_pool", EQUAL_MAXIMA, (pool("max_pool", "p", "in/X"),), IMAGES),
    ("L0", "max_overlap", EQUAL_MAXIMA, (pool("max_pool", "p", "in/X", (3, 2), (1, 1)),), IMAGES),
    ("L0", "dropout", NO_ROUNDING, (dropout("m", "in/X"),), SMALL),
    ("L0", "flatten", NO_ROUNDING, (op_node("flatten", "f", "in/X"),), SMALL),
    ("L0", "act_relu", "no rounding, and zeros", (act("a", "in/X"),), IMAGES),
    ("L1", "conv_max", EQUAL_MAXIMA, (conv("c", "in/X", 1), pool("max_pool", "p", "c")), IMAGES),
    (
        "L2",
        "conv_relu_pool",
        NO_ROUNDING,
        (
            conv("c", "in/X", 2),
            act("a", "c"),
            pool("average_pool", "p", "a"),
            op_node("mean", "s", "p"),
            op_node("flatten", "f", "s"),
            dropout("m", "f"),
            dense("d", "m", 2),
        ),
        (4, 2, 4, 4, 1),
    ),
]
WITH_NEURONS: list[tuple[str, str, tuple[Node, ...], tuple[int, ...]]] = [
    *(
        (
            "L1",
            f"conv_{name}_{sharing}",
            (conv("c", "in/X", units), neuron("n", "c", sharing=sharing, **options)),
            (2, 2, 3, 3, 2),
        )
        for name, sharing, units, options in (
            ("lif", "channel", 2, LIF_OPTIONS),
            ("lif", "non", 2, {**LIF_OPTIONS, "mu": 0.25}),
            ("identity", "channel", 2, {"act": "identity"}),
            ("relu", "all", 2, {"act": "relu", "mode": "NTR"}),
            ("detached", "channel", 2, {"act": "relu", "reset": "detached"}),
        )
    ),
    (
        "L1",
        "conv3d_lif",
        (conv3d("c", "in/X", 2, **CAUSAL_PADDING), neuron("n", "c", **LIF_OPTIONS)),
        (2, 2, 2, 2, 2),
    ),
    (
        "L1",
        "pooling_liaf",
        (pool("average_pool", "p", "in/X"), neuron("n", "p", act="relu", mu=0.25)),
        (4, 3, 4, 4, 2),
    ),
    (
        "L2",
        "lif_pooled",
        (
            conv("c", "in/X", 1),
            neuron("n", "c", **LIF_OPTIONS),
            pool("max_pool", "p", "n"),
            op_node("flatten", "f", "p"),
        ),
        (4, 2, 4, 4, 1),
    ),
    (
        "L2",
        "liaf_pooled",
        (
            conv("c", "in/X", 1),
            neuron("n", "c", act="identity", sharing="all"),
            pool("average_pool", "p", "n"),
            neuron("z", "p", act="relu", mode="NTR", mu=0.25),
        ),
        (2, 2, 4, 4, 1),
    ),
]
CASE_SPECS = tuple(
    CaseSpec(
        f"{level.lower()}_exact_{name}",
        level,
        about,
        nodes,
        {"X": shape},
        5700 + seed,
        COARSE_DISTRIBUTIONS,
        exact=True,
    )
    for seed, (level, name, about, nodes, shape) in enumerate(
        (
            *WITHOUT_NEURONS,
            *(
                (level, name, TIES_AND_EDGES, nodes, shape)
                for level, name, nodes, shape in WITH_NEURONS
            ),
        )
    )
)
