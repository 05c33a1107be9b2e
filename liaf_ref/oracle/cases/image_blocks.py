"""L1 and L2 on images: synapses and dynamics, and the blocks of Fig. 6 and Section VI-C."""

from collections.abc import Iterable
from typing import Any

from liaf_ref.oracle.case import Node
from liaf_ref.oracle.cases.draw import CaseSpec
from liaf_ref.oracle.cases.nodes import (
    LIF_OPTIONS,
    act,
    batch_norm,
    conv,
    conv3d,
    convlstm,
    dense,
    layer_norm,
    neuron,
    op_node,
    pool,
)
from liaf_ref.oracle.shapes import input_channels

IMAGES, SMALL = (2, 3, 4, 4, 2), (2, 3, 2, 3, 2)
GESTURE_OPTIONS: dict[str, Any] = {"act": "selu", "mode": "NTR", "sharing": "all"}
CAUSAL_PADDING = [[2, 0], [1, 1], [1, 1]]


def conv_layer(kind: str, name: str, source: str, units: int, **options: Any) -> tuple[Node, ...]:
    """Synapses and dynamics on images: ``liaf``, ``lif`` or one of the baselines."""
    synapses = f"{name}_i"
    match kind:
        case "conv2d":
            return (conv(name, source, units),)
        case "conv3d":
            return (conv3d(name, source, units, **options),)
        case "convlstm":
            drive = conv(synapses, source, input_channels(kind, units))
            return drive, convlstm(name, synapses)
    lif = LIF_OPTIONS if kind == "lif" else {}
    return conv(synapses, source, units), neuron(name, synapses, **(lif | options))


def fig6_block(
    kind: str, name: str, source: str, units: int, size: int = 2, **options: Any
) -> tuple[Node, ...]:
    """A block of Fig. 6, its last node ``NAME``; a LIF block fires last."""
    last = pool("average_pool", name, f"{name}_r", (size, size))
    if kind == "lif":
        return (
            conv(f"{name}_i", source, units),
            layer_norm(f"{name}_z", f"{name}_i"),
            last._replace(name=f"{name}_p", inputs=(f"{name}_z",)),
            neuron(name, f"{name}_p", **(LIF_OPTIONS | options)),
        )
    return (
        *conv_layer(kind, f"{name}_n", source, units, **options),
        layer_norm(f"{name}_z", f"{name}_n"),
        act(f"{name}_r", f"{name}_z"),
        last,
    )


def gesture_block(
    name: str, source: str, units: int, pooled: bool, bias: bool = True, **options: Any
) -> tuple[Node, ...]:
    """A ConvLIAF block of Section VI-C, with or without PoolingLIAF."""
    normed = {key: options.pop(key) for key in ("axes", "statistics") if key in options}
    chosen = GESTURE_OPTIONS | options
    first = f"{name}_n" if pooled else name
    yields: Iterable[Node] = (
        conv(f"{name}_i", source, units, bias=bias),
        batch_norm(f"{name}_z", f"{name}_i", **normed),
        neuron(first, f"{name}_z", **chosen),
    )
    if not pooled:
        return tuple(yields)
    return (
        *yields,
        pool("average_pool", f"{name}_p", first),
        neuron(name, f"{name}_p", **chosen),
    )


LAYERS: list[tuple[str, str, tuple[Node, ...], tuple[int, ...]]] = [
    *(
        (
            f"conv_{'lif' if o['act'] == 'spike' else o['act']}_{o['sharing']}",
            "(2)-(8) on images",
            (conv("c", "in/X", 2), neuron("n", "c", **o)),
            SMALL,
        )
        for o in (
            {"act": "spike", "sharing": "all", "mu": 0.3},
            {"act": "spike", "sharing": "channel"},
            {"act": "spike", "sharing": "non"},
            {"act": "identity", "sharing": "channel", "mu": 0.3},
            {"act": "relu", "sharing": "non"},
            {"act": "selu", "mode": "NTR", "sharing": "all"},
            {"act": "tanh", "mode": "NTR", "sharing": "channel", "mu": 0.3},
            {"act": "identity", "sharing": "all", "reset": "detached"},
        )
    ),
    ("conv_lstm", "ConvLSTM on its synapses", conv_layer("convlstm", "n", "in/X", 1), SMALL),
    ("conv_relu", "Conv2D of Table VII", (conv("c", "in/X", 2), act("a", "c")), SMALL),
    ("conv3d_relu", "Conv3D of Table VII", (conv3d("c", "in/X", 2), act("a", "c")), SMALL),
    *(
        (
            f"pooling_{name}",
            "PoolingLIAF" if name != "lif" else "pooling and spikes",
            (pool("average_pool", "p", "in/X"), neuron("n", "p", **o)),
            IMAGES,
        )
        for name, o in (("liaf", GESTURE_OPTIONS), ("lif", LIF_OPTIONS | {"mu": 0.3}))
    ),
    ("conv_max", "maxima of sums", (conv("c", "in/X", 2), pool("max_pool", "p", "c")), IMAGES),
    ("conv_mean", "the mean over time", (conv("c", "in/X", 2), op_node("mean", "r", "c")), SMALL),
    (
        "flatten_liaf",
        "DenseLIAF on flattened frames",
        (op_node("flatten", "f", "in/X"), dense("d", "f", 3), neuron("n", "d", mu=0.3)),
        SMALL,
    ),
]
BLOCKS: list[tuple[str, str, tuple[Node, ...], tuple[int, ...]]] = [
    *(
        (f"fig6_{kind}", "a block of Fig. 6", fig6_block(kind, "z", "in/X", 2, mu=0.3), IMAGES)
        for kind in ("liaf", "lif")
    ),
    *(
        (
            f"fig6_{kind}",
            "a baseline cell in the block of Fig. 6",
            fig6_block(kind, "z", "in/X", units),
            IMAGES,
        )
        for kind, units in (("conv2d", 2), ("conv3d", 2), ("convlstm", 1))
    ),
    (
        "fig6_conv3d_causal",
        "causal Conv3D baseline",
        fig6_block("conv3d", "z", "in/X", 2, pad=CAUSAL_PADDING),
        IMAGES,
    ),
    (
        "fig6_detached",
        "reset detached",
        fig6_block("liaf", "z", "in/X", 2, reset="detached"),
        IMAGES,
    ),
    ("gesture", "a block of Section VI-C", gesture_block("z", "in/X", 2, pooled=True), IMAGES),
    (
        "gesture_unpooled",
        "first block, without pooling",
        gesture_block("z", "in/X", 2, pooled=False),
        SMALL,
    ),
    (
        "gesture_steps",
        "batch norm per time step",
        gesture_block("z", "in/X", 2, pooled=True, axes="BHW"),
        IMAGES,
    ),
    (
        "gesture_running",
        "in evaluation",
        gesture_block("z", "in/X", 2, pooled=True, statistics="running"),
        IMAGES,
    ),
    ("gesture_lif", "with spikes", gesture_block("z", "in/X", 2, pooled=True, act="spike"), IMAGES),
    (
        "two_convolutions",
        "LIAF on LIF on images",
        (
            *conv_layer("lif", "a", "in/X", 2, mu=0.3),
            *conv_layer("liaf", "z", "a", 1, act="tanh", mu=0.3),
        ),
        SMALL,
    ),
]
CASE_SPECS = tuple(
    CaseSpec(f"{level.lower()}_{name}", level, about, nodes, {"X": shape}, first + seed)
    for level, first, entries in (("L1", 6200, LAYERS), ("L2", 6300, BLOCKS))
    for seed, (name, about, nodes, shape) in enumerate(entries)
)
