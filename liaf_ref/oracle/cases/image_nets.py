"""L3 and L4 on images: the networks of Fig. 6 and Section VI-C in small."""

from itertools import product
from typing import Any

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.cases.distributions import UniformGrid
from liaf_ref.oracle.cases.draw import CaseSpec
from liaf_ref.oracle.cases.image_blocks import GESTURE_OPTIONS, fig6_block, gesture_block
from liaf_ref.oracle.cases.l3 import ZERO_INITIAL_STATE
from liaf_ref.oracle.cases.l4 import ADAM_OPTIONS, STEP_COUNT
from liaf_ref.oracle.cases.nodes import act, batch_norm, dense, dropout, neuron, op_node

CLASSES = 3
NARROW_WINDOW: dict[str, Any] = {"mu": 0.3}
# A norm multiplies every error by gamma over the deviation, and training feeds it back.
SMALL_NORM_SCALE = {**ZERO_INITIAL_STATE, "gamma": UniformGrid(0.25, 0.5)}
Blocks = tuple[tuple[int, int], ...]  # channels, and side of the pooling windows
MNIST: Blocks = ((1, 2), (2, 2), (2, 2))
CIFAR: Blocks = ((1, 2), (2, 4))
BASELINE: Blocks = ((1, 2), (2, 2))


def fig6_network(kind: str, blocks: Blocks, loss: str = "softmax_bce") -> tuple[Node, ...]:
    """Fig. 6: blocks, the mean over time, dropout, a hidden layer and the classes."""
    options: dict[str, Any] = NARROW_WINDOW if kind in {"liaf", "lif"} else {}
    nodes: list[Node] = []
    for number, (units, size) in enumerate(blocks):
        source = f"b{number - 1}" if number else "in/X"
        nodes += fig6_block(kind, f"b{number}", source, units, size, **options)
    return (
        *nodes,
        op_node("mean", "sum", nodes[-1].name),
        op_node("flatten", "flat", "sum"),
        dropout("drop", "flat"),
        dense("hidden", "drop", 4),
        act("relu", "hidden"),
        dense("head", "relu", CLASSES),
        op_node(loss, "loss", "head"),
    )


def gesture_network(loss: str, **options: Any) -> tuple[Node, ...]:
    """Section VI-C: ConvLIAF blocks, a DenseLIAF block, the mean over time of what it fires."""
    chosen = GESTURE_OPTIONS | options
    return (
        *gesture_block("a", "in/X", 1, pooled=False, **options),
        *gesture_block("z", "a", 1, pooled=True, **options),
        op_node("flatten", "flat", "z"),
        dense("head", "flat", CLASSES),
        batch_norm("norm", "head", "BT"),
        neuron("n", "norm", **chosen),
        op_node("mean", "sum", "n"),
        op_node(loss, "loss", "sum"),
    )


def fig6_single_block(kind: str) -> tuple[Node, ...]:
    """Fig. 6 with one block and no dropout, to be trained."""
    return (
        *fig6_block(kind, "b", "in/X", 2, **NARROW_WINDOW),
        op_node("mean", "sum", "b"),
        op_node("flatten", "flat", "sum"),
        dense("head", "flat", CLASSES),
        op_node("softmax_bce", "loss", "head"),
    )


def gesture_single_block() -> tuple[Node, ...]:
    """Section VI-C with one block, to be trained; no bias before a norm, which would idle."""
    return (
        *gesture_block("z", "in/X", 2, pooled=True, bias=False),
        op_node("flatten", "flat", "z"),
        dense("head", "flat", CLASSES),
        op_node("mean", "sum", "head"),
        op_node("softmax_ce", "loss", "sum"),
    )


_NETWORKS: list[tuple[str, str, tuple[Node, ...], tuple[int, ...]]] = [
    ("fig6_mnist", "Fig. 6 on MNIST-DVS", fig6_network("liaf", MNIST), (2, 2, 8, 8, 2)),
    ("fig6_mnist_lif", "its LIF form", fig6_network("lif", MNIST), (2, 3, 8, 8, 2)),
    ("fig6_cifar", "Fig. 6 on CIFAR10-DVS", fig6_network("liaf", CIFAR), (2, 2, 8, 8, 2)),
    *(
        (
            f"fig6_{kind}_net",
            "a baseline cell in Fig. 6",
            fig6_network(kind, BASELINE),
            (2, 2, 4, 4, 2),
        )
        for kind in ("conv2d", "conv3d", "convlstm")
    ),
    (
        "fig6_ce",
        "with softmax cross-entropy",
        fig6_network("liaf", BASELINE, "softmax_ce"),
        (2, 3, 4, 4, 2),
    ),
    (
        "fig6_sigmoid",
        "independent sigmoids",
        fig6_network("liaf", BASELINE, "sigmoid_bce"),
        (2, 3, 4, 4, 2),
    ),
    ("gesture_net", "Section VI-C", gesture_network("softmax_ce"), (2, 3, 4, 4, 2)),
    ("gesture_net_mse", "mean squared error", gesture_network("mse"), (2, 3, 4, 4, 2)),
    ("gesture_net_lif", "its LIF form", gesture_network("mse", act="spike"), (2, 3, 4, 4, 2)),
]
NETWORKS = [
    CaseSpec(
        f"l3_{name}",
        "L3",
        f"{about}, in small",
        nodes,
        {"X": shape, "y": shape[:1]},
        6400 + seed,
        ZERO_INITIAL_STATE,
        final_state_gradient=False,
    )
    for seed, (name, about, nodes, shape) in enumerate(_NETWORKS)
]
ONE_STEP = {"name": "adam", "lr": 0.001, **ADAM_OPTIONS, "steps": 2}
TEN_STEPS = {"name": "sgd", "lr": 0.003, "momentum": 0.9, "weight_decay": 1e-4, **STEP_COUNT}
TRAINED = [
    CaseSpec(
        f"l4_{options['name']}_{name}",
        "L4",
        f"{about} with one block, {how}",
        nodes,
        {"X": (2, 2, 2, 2, 2), "y": (2,)},
        6500 + seed,
        SMALL_NORM_SCALE,
        final_state_gradient=False,
        optimizer=options,
    )
    for seed, ((name, about, nodes), (how, options)) in enumerate(
        product(
            (
                ("fig6", "Fig. 6", fig6_single_block("liaf")),
                ("gesture", "Section VI-C", gesture_single_block()),
            ),
            (
                ("one step of Adam", ONE_STEP),
                ("ten steps with momentum and decay", TEN_STEPS),
            ),
        )
    )
]
CASE_SPECS = (*NETWORKS, *TRAINED)
