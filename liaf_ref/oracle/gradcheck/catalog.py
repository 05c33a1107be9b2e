"""The package's own layers, networks and kernels as gradcheck targets, by name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from liaf_ref.kernels import dropout, loss, loss_mse, loss_sigmoid_bce, loss_softmax_bce
from liaf_ref.kernels.array import Array
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
    Neuron,
    PoolingLIAF,
    TimeMean,
)
from liaf_ref.networks import (
    BabiNetwork,
    ConvBlock,
    NetworkConfig,
    SequenceClassifier,
    dvs_network,
    gesture_network,
)
from liaf_ref.networks.cells import CELL_FACTORIES as BABI
from liaf_ref.networks.cells import SPIKING_CELLS
from liaf_ref.networks.vision import DVS_NEURON, GESTURE_NEURON
from liaf_ref.networks.vision import FIG6_CELLS as FIG6
from liaf_ref.networks.vision import TABLE_VIII_CELLS as GESTURES
from liaf_ref.oracle.gradcheck.check import gradcheck
from liaf_ref.oracle.gradcheck.kinks import KinkError
from liaf_ref.oracle.gradcheck.package_targets import dvs_target, layer_target, network_target
from liaf_ref.oracle.gradcheck.report import GradcheckReport
from liaf_ref.oracle.gradcheck.target import Arrays, GradcheckTarget

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
    "sumlayer": lambda c, spike: TimeMean(IMAGE),
}


def _babi(cell: str, spike: Pair) -> BabiNetwork:
    return BabiNetwork(7, cell, 3, 4, neuron=_neuron(cell, spike, DVS_NEURON))


def _fig6(cell: str, spike: Pair) -> SequenceClassifier:
    return dvs_network(_network_config(cell), cell, neuron=_neuron(cell, spike, DVS_NEURON))


def _gesture(cell: str, spike: Pair) -> SequenceClassifier:
    neuron = _neuron(cell, spike, GESTURE_NEURON)
    return gesture_network(cell, network_config=_network_config(cell), neuron=neuron)


def _neuron(cell: str, spike: Pair, default: Neuron) -> Neuron:
    return replace(default, spike=spike) if cell in SPIKING_CELLS else default


def _network_config(cell: str) -> NetworkConfig:
    """Of ConvLSTM, which has eight times the weights of a convolution, fewer filters."""
    first, second = (1, 2) if cell == "convlstm" else (2, 3)
    return NetworkConfig(
        "small", (4, 4, 2), 3, (ConvBlock(first, (2, 2)), ConvBlock(second, None)), (4,), 3
    )


def _loss_target(kernel: Any, rng: np.random.Generator) -> GradcheckTarget:
    """A loss of logits or outputs, the true classes drawn."""
    y = rng.integers(0, CLASSES, BATCH)

    def value(arrays: Arrays, spike: Pair) -> Array:
        total: Array = kernel.forward(arrays["Z"], y)[0]
        return total

    def gradient(arrays: Arrays, spike: Pair) -> Arrays:
        return {"Z": kernel.backward(np.ones(()), kernel.forward(arrays["Z"], y)[1])}

    return GradcheckTarget(value, gradient, {"Z": rng.normal(0.0, 1.5, (BATCH, CLASSES))})


def _dropout_target(rng: np.random.Generator) -> GradcheckTarget:
    """Dropout by a mask that is drawn, under a linear loss, in its input ``X``."""
    M, dY = 2.0 * rng.integers(0, 2, (BATCH, CLASSES)), rng.normal(size=(BATCH, CLASSES))

    def value(arrays: Arrays, spike: Pair) -> Array:
        total: Array = (dropout.forward(arrays["X"], M)[0] * dY).sum()
        return total

    def gradient(arrays: Arrays, spike: Pair) -> Arrays:
        return {"X": dropout.backward(dY, M)}

    return GradcheckTarget(value, gradient, {"X": rng.normal(size=(BATCH, CLASSES))})


BATCH, CLASSES = 3, 4  # of a target of a loss, or of dropout
TargetFactory = Callable[[np.random.Generator], GradcheckTarget]
KERNELS: Mapping[str, TargetFactory] = {
    "dropout": _dropout_target,
    "softmax-ce": partial(_loss_target, loss),
    "softmax-bce": partial(_loss_target, loss_softmax_bce),
    "sigmoid-bce": partial(_loss_target, loss_sigmoid_bce),
    "mse": partial(_loss_target, loss_mse),
}
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
    return {**NETWORKS, **KERNELS}[name](rng)


def check_away_from_kinks(
    make: Callable[[np.random.Generator], GradcheckTarget], mode: str, mu: float, seed: int
) -> tuple[GradcheckReport, int]:
    """Check the first sample, from ``seed`` upwards, with no kink within reach."""
    for used in range(seed, seed + MAX_DRAWS):
        try:
            return gradcheck(make(np.random.default_rng(used)), mode=mode, mu=mu), used
        except KinkError:
            if used == seed + MAX_DRAWS - 1:
                raise
    raise AssertionError
