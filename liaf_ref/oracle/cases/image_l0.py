"""L0 on images: one operation with every option it has."""

from collections.abc import Mapping
from typing import Any

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.cases.distributions import RANDOM_DISTRIBUTIONS, UniformGrid
from liaf_ref.oracle.cases.draw import CaseSpec
from liaf_ref.oracle.cases.nodes import (
    act,
    batch_norm,
    conv,
    conv3d,
    convlstm,
    dropout,
    layer_norm,
    op_node,
    pool,
)
from liaf_ref.oracle.opset import LOSSES

Shape = tuple[int, ...]
IMAGES, WIDE, SMALL, VECTORS = (2, 2, 4, 4, 2), (2, 2, 4, 5, 2), (2, 3, 3, 2, 2), (3, 4, 3)
OFF_CENTER: Mapping[str, UniformGrid] = {
    **RANDOM_DISTRIBUTIONS,
    "X": UniformGrid(1.5, 3.0),
}  # where squares cancel
LARGE_LOGITS: Mapping[str, UniformGrid] = {**RANDOM_DISTRIBUTIONS, "X": UniformGrid(-6.0, 6.0)}
FIRST_SEED = 6000

CONVOLUTIONS: list[tuple[str, str, Node, Shape]] = [
    ("conv", "(2) under 3 by 3 windows", conv("c", "in/X", 2), IMAGES),
    ("conv_unbiased", "no bias", conv("c", "in/X", 2, bias=False), IMAGES),
    ("conv_valid", "valid padding", conv("c", "in/X", 2, pad=[[0, 0], [0, 0]]), IMAGES),
    ("conv_strided", "every other window", conv("c", "in/X", 2, stride=[2, 2]), WIDE),
    (
        "conv_even",
        "2 x 2 kernel, padded at the end",
        conv("c", "in/X", 2, kernel=[2, 2], pad=[[0, 1], [0, 1]]),
        IMAGES,
    ),
    (
        "conv_uneven",
        "another kernel, stride and padding on each axis",
        conv("c", "in/X", 2, kernel=[3, 2], stride=[2, 1], pad=[[2, 0], [0, 1]]),
        WIDE,
    ),
    (
        "conv_point",
        "1 x 1 kernel",
        conv("c", "in/X", 3, kernel=[1, 1], pad=[[0, 0], [0, 0]]),
        IMAGES,
    ),
    ("conv3d", "Conv3D of Table II, non-causal", conv3d("c", "in/X", 2), SMALL),
    ("conv3d_unbiased", "no bias", conv3d("c", "in/X", 2, bias=False), SMALL),
    (
        "conv3d_causal",
        "causal padding in time",
        conv3d("c", "in/X", 2, pad=[[2, 0], [1, 1], [1, 1]]),
        SMALL,
    ),
    (
        "conv3d_pairs",
        "two steps under a kernel, the zero last",
        conv3d("c", "in/X", 2, kernel=[2, 3, 1], pad=[[0, 1], [1, 1], [0, 0]]),
        SMALL,
    ),
]
CONVLSTMS: list[tuple[str, str, Node, Shape]] = [
    ("convlstm", "(15) with convolutions", convlstm("r", "in/X"), (2, 3, 3, 2, 4)),
    ("convlstm_channels", "two channels", convlstm("r", "in/X"), (1, 3, 2, 2, 8)),
    (
        "convlstm_uneven",
        "1 by 3 places",
        convlstm("r", "in/X", kernel=[1, 3]),
        (2, 2, 2, 3, 4),
    ),
    ("convlstm_t1", "one step", convlstm("r", "in/X"), (2, 1, 2, 3, 4)),
]
POOLS: list[tuple[str, str, Node, Shape]] = [
    (f"{op}_{name}", about, pool(op, "p", "in/X", *windows), shape)
    for op in ("average_pool", "max_pool")
    for name, about, windows, shape in (
        ("squares", "2 x 2 windows, incomplete windows dropped", ((2, 2),), WIDE),
        ("overlap", "windows of 3 by 2 that overlap", ((3, 2), (1, 1)), IMAGES),
        ("all", "one window of 4 by 4", ((4, 4),), IMAGES),
    )
]
NORMS: list[tuple[str, str, Node, Shape, Mapping[str, UniformGrid]]] = [
    ("layer_norm", "over (H, W, L)", layer_norm("z", "in/X"), SMALL, RANDOM_DISTRIBUTIONS),
    ("layer_norm_off_centre", "inputs far from zero", layer_norm("z", "in/X"), SMALL, OFF_CENTER),
    ("layer_norm_eps", "eps 1e-5", layer_norm("z", "in/X", eps=1e-5), SMALL, RANDOM_DISTRIBUTIONS),
    (
        "layer_norm_channels",
        "over L alone",
        layer_norm("z", "in/X", "L"),
        (2, 2, 2, 2, 3),
        RANDOM_DISTRIBUTIONS,
    ),
    ("layer_norm_dense", "of vectors", layer_norm("z", "in/X", "L"), VECTORS, RANDOM_DISTRIBUTIONS),
    ("batch_norm", "over (B, T, H, W)", batch_norm("z", "in/X"), SMALL, RANDOM_DISTRIBUTIONS),
    ("batch_norm_off_centre", "inputs far from zero", batch_norm("z", "in/X"), SMALL, OFF_CENTER),
    ("batch_norm_eps", "eps 1e-5", batch_norm("z", "in/X", eps=1e-5), SMALL, RANDOM_DISTRIBUTIONS),
    (
        "batch_norm_quarter",
        "momentum 1/4",
        batch_norm("z", "in/X", momentum=0.25),
        SMALL,
        RANDOM_DISTRIBUTIONS,
    ),
    (
        "batch_norm_steps",
        "each step alone",
        batch_norm("z", "in/X", "BHW"),
        SMALL,
        RANDOM_DISTRIBUTIONS,
    ),
    (
        "batch_norm_dense",
        "over (B, T)",
        batch_norm("z", "in/X", "BT"),
        VECTORS,
        RANDOM_DISTRIBUTIONS,
    ),
    (
        "batch_norm_dense_steps",
        "each step alone",
        batch_norm("z", "in/X", "B"),
        (4, 2, 3),
        RANDOM_DISTRIBUTIONS,
    ),
    (
        "batch_norm_running",
        "by running statistics",
        batch_norm("z", "in/X", statistics="running"),
        SMALL,
        RANDOM_DISTRIBUTIONS,
    ),
    (
        "batch_norm_dense_running",
        "by running statistics",
        batch_norm("z", "in/X", "BT", statistics="running"),
        VECTORS,
        RANDOM_DISTRIBUTIONS,
    ),
]
OTHER_OPERATIONS: list[tuple[str, str, Node, Shape]] = [
    ("dropout_images", "a mask on images", dropout("m", "in/X"), SMALL),
    ("dropout", "a mask on vectors, a quarter kept", dropout("m", "in/X", 0.25), (4, 6)),
    *(
        (f"act_{name}", "an activation by itself", act("a", "in/X", name), SMALL)
        for name in ("relu", "selu", "tanh", "sigmoid")
    ),
    ("flatten", "each frame as a vector", op_node("flatten", "f", "in/X"), SMALL),
    ("flatten_mean", "one frame as a vector", op_node("flatten", "f", "in/X"), (2, 3, 2, 2)),
]
_ENTRIES: list[tuple[Any, ...]] = [*CONVOLUTIONS, *CONVLSTMS, *POOLS, *NORMS, *OTHER_OPERATIONS]
OPERATIONS = [
    CaseSpec(f"l0_{name}", "L0", about, (node,), {"X": shape}, FIRST_SEED + seed, *grids)
    for seed, (name, about, node, shape, *grids) in enumerate(_ENTRIES)
]
LOSS_CASES = [
    CaseSpec(
        f"l0_{op}{name}",
        "L0",
        about,
        (op_node(op, "l", "in/X"),),
        {"X": shape, "y": shape[:1]},
        FIRST_SEED + 100 + seed,
        grids,
    )
    for seed, (op, (name, about, shape, grids)) in enumerate(
        (op, how)
        for op in sorted(LOSSES)
        for how in (
            ("", "a loss of logits", (3, 4), RANDOM_DISTRIBUTIONS),
            ("_two", "two classes", (4, 2), RANDOM_DISTRIBUTIONS),
            ("_steep", "logits up to 6", (3, 3), LARGE_LOGITS),
        )
    )
]
CASE_SPECS = (*OPERATIONS, *LOSS_CASES)
