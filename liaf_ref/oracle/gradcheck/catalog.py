"""The package's own layers, networks and kernels as gradcheck targets, by name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from liaf_ref.kernels.grid import causal
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers import (
    GRU,
    LSTM,
    RNN,
    Activation,
    AveragePool,
    BatchNorm,
    Conv2D,
    Conv3D,
    ConvLIAF,
    ConvLIF,
    ConvLSTM,
    Dense,
    DenseLIAF,
    DenseLIF,
    DirectLIAF,
    DirectLIF,
    Layer,
    LayerNorm,
    MaxPool,
    PoolingLIAF,
    Sumlayer,
)
from liaf_ref.networks import (
    BabiNetwork,
    ConvBlock,
    DVSNetwork,
    NetworkConfig,
    dvs_network,
    gesture_network,
)
from liaf_ref.networks.cells import CELL_FACTORIES as BABI
from liaf_ref.networks.cells import SPIKING_CELLS
from liaf_ref.networks.dvs_builder import CELL_NAMES as FIG6
from liaf_ref.networks.gesture import CELL_NAMES as GESTURES
from liaf_ref.oracle.gradcheck.check import GradcheckReport, gradcheck
from liaf_ref.oracle.gradcheck.kernels import KERNELS
from liaf_ref.oracle.gradcheck.kinks import KinkError
from liaf_ref.oracle.gradcheck.target import (
    GradcheckTarget,
    dvs_target,
    layer_target,
    network_target,
)

MAX_DRAWS = 50


class NeuronOptions(NamedTuple):
    """What a neuron layer lets one choose."""

    act: str = "identity"
    mode: str = "TR"
    sharing: str = "channel"


K, L, IMAGE = 3, 4, (3, 2, 2)
LAYERS: dict[str, Callable[[NeuronOptions, Pair], Layer]] = {
    "dense": lambda c, spike: Dense(K, L),
    "direct-liaf": lambda c, spike: DirectLIAF(IMAGE, spike=spike, **c._asdict()),
    "direct-lif": lambda c, spike: DirectLIF(IMAGE, spike=spike, sharing=c.sharing),
    "liaf": lambda c, spike: DenseLIAF(K, L, spike=spike, **c._asdict()),
    "lif": lambda c, spike: DenseLIF(K, L, spike=spike, sharing=c.sharing),
    "rnn": lambda c, spike: RNN(K, L),
    "lstm": lambda c, spike: LSTM(K, L),
    "gru": lambda c, spike: GRU(K, L),
    "conv": lambda c, spike: Conv2D(IMAGE, L),
    "conv3d": lambda c, spike: Conv3D(IMAGE, L),
    "conv3d-causal": lambda c, spike: Conv3D(IMAGE, L, pad=causal((3, 3, 3))),
    "conv-liaf": lambda c, spike: ConvLIAF(IMAGE, L, spike=spike, **c._asdict()),
    "conv-lif": lambda c, spike: ConvLIF(IMAGE, L, spike=spike, sharing=c.sharing),
    "conv-lstm": lambda c, spike: ConvLSTM(IMAGE, 2),
    "pooling-liaf": lambda c, spike: PoolingLIAF(IMAGE, spike=spike, **c._asdict()),
    "average-pool": lambda c, spike: AveragePool(IMAGE),
    "max-pool": lambda c, spike: MaxPool(IMAGE, stride=(1, 1)),
    "layer-norm": lambda c, spike: LayerNorm(IMAGE),
    "layer-norm-channels": lambda c, spike: LayerNorm(IMAGE, num_axes=1),
    "batch-norm": lambda c, spike: BatchNorm(IMAGE),
    "batch-norm-steps": lambda c, spike: BatchNorm(IMAGE, "per_step"),
    "relu": lambda c, spike: Activation(IMAGE),
    "sumlayer": lambda c, spike: Sumlayer(IMAGE),
}


def _babi(cell: str, spike: Pair) -> BabiNetwork:
    network = BabiNetwork(7, cell, 3, 4)
    return replace(network, spike=spike) if cell in SPIKING_CELLS else network


def _fig6(cell: str, spike: Pair) -> DVSNetwork:
    return dvs_network(_network_config(cell), cell, spike=spike if cell in SPIKING_CELLS else None)


def _gesture(cell: str, spike: Pair) -> DVSNetwork:
    return gesture_network(
        cell, network_config=_network_config(cell), spike=spike if cell in SPIKING_CELLS else None
    )


def _network_config(cell: str) -> NetworkConfig:
    """Of ConvLSTM, which has eight times the weights of a convolution, fewer filters."""
    first, second = (1, 2) if cell == "convlstm" else (2, 3)
    return NetworkConfig(
        "small", (4, 4, 2), 3, (ConvBlock(first, (2, 2)), ConvBlock(second, None)), (4,), 3
    )


TargetFactory = Callable[[np.random.Generator], GradcheckTarget]
NETWORKS: Mapping[str, TargetFactory] = (
    {f"babi-{cell}": partial(network_target, partial(_babi, cell)) for cell in BABI}
    | {f"fig6-{cell}": partial(dvs_target, partial(_fig6, cell)) for cell in FIG6}
    | {f"gesture-{cell}": partial(dvs_target, partial(_gesture, cell)) for cell in GESTURES}
)


def build_target(
    name: str, neuron_options: NeuronOptions, rng: np.random.Generator
) -> GradcheckTarget:
    """Build a target."""
    if name in LAYERS:
        return layer_target(lambda spike: LAYERS[name](neuron_options, spike), rng)
    if name in KERNELS:
        return KERNELS[name](rng)
    return NETWORKS[name](rng)


def check_away_from_kinks(
    make: Callable[[np.random.Generator], GradcheckTarget], mode: str, mu: float, seed: int
) -> tuple[GradcheckReport, int]:
    """Check the first sample, from ``seed`` upwards, with no kink within reach."""
    for used in range(seed, seed + MAX_DRAWS):
        try:
            return gradcheck(make(np.random.default_rng(used)), mode, mu), used
        except KinkError:
            if used == seed + MAX_DRAWS - 1:
                raise
    raise AssertionError
