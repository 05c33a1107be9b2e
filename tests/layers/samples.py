"""Layers small enough to look at, with inputs, states and parameters to match."""

from typing import Any, NamedTuple

import numpy as np

from liaf_ref import layers
from liaf_ref.kernels import neuron
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import causal
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import Layer, Params, State

B, T, K, L = 2, 5, 3, 4
SPIKE = paper(0.5)


class Sample(NamedTuple):
    """A layer, the shape of its weights by name."""

    layer: Layer
    shapes: dict[str, tuple[int, ...]]
    states: int


def random_array(shape: tuple[int, ...], dtype: Any = np.float64, seed: int = 3) -> Array:
    return np.random.default_rng((seed, *shape)).normal(size=shape).astype(dtype)


def params(layer: Layer, dtype: Any = np.float64) -> Params:
    """Parameters away from their initial values, read-only."""
    rng = np.random.default_rng(2)
    found = {}
    for name, value in layer.init(rng, dtype).items():
        found[name] = (value + 0.1 * rng.normal(size=value.shape)).astype(dtype)
        found[name].flags.writeable = False
    return found


def X(layer: Layer, dtype: Any = np.float64, steps: int = T) -> Array:
    return random_array((B, steps, *layer.in_shape), dtype)


def state(layer: Layer, dtype: Any = np.float64) -> State:
    return tuple(
        random_array(part.shape, dtype, k) for k, part in enumerate(layer.initial_state(B, dtype))
    )


NEURON: dict[str, tuple[int, ...]] = dict.fromkeys(neuron.Params._fields, (L,))
WEIGHTS: dict[str, tuple[int, ...]] = {"W": (K, L), "b": (L,)}
SAMPLES = {
    "Dense": Sample(layers.Dense(K, L), WEIGHTS, 0),
    "DirectLIAF": Sample(layers.DirectLIAF((L,), mode="NTR", spike=SPIKE), NEURON, 1),
    "DirectLIF": Sample(layers.DirectLIF((L,), spike=SPIKE), NEURON, 1),
    "DenseLIAF": Sample(layers.DenseLIAF(K, L, mode="NTR", spike=SPIKE), WEIGHTS | NEURON, 1),
    "DenseLIF": Sample(layers.DenseLIF(K, L, spike=SPIKE), WEIGHTS | NEURON, 1),
    "SynapticCurrent": Sample(layers.SynapticCurrent((L,)), {"decay": (L,)}, 1),
    "SynapticCurrent, fixed": Sample(layers.SynapticCurrent((L,), trained=False), {}, 1),
    "ElmanCell": Sample(layers.ElmanCell(L), {"U": (L, L)}, 1),
    "LSTMCell": Sample(layers.LSTMCell(L), {"U": (L, 4 * L)}, 2),
    "GRUCell": Sample(layers.GRUCell(L), {"U": (L, 3 * L)}, 1),
    "RNN": Sample(layers.RNN(K, L), WEIGHTS | {"U": (L, L)}, 1),
    "LSTM": Sample(layers.LSTM(K, L), {"W": (K, 4 * L), "b": (4 * L,), "U": (L, 4 * L)}, 2),
    "GRU": Sample(layers.GRU(K, L), {"W": (K, 3 * L), "b": (3 * L,), "U": (L, 3 * L)}, 1),
}

H, W, C = 4, 3, 2
SHAPE = (H, W, C)
WINDOW: dict[str, tuple[int, ...]] = {"W": (3, 3, C, L), "b": (L,)}
IMAGE_NEURON: dict[str, tuple[int, ...]] = dict.fromkeys(neuron.Params._fields, (L,))


def _scale(*shape: int) -> dict[str, tuple[int, ...]]:
    return {"gamma": shape, "b": shape}


SPIKING: dict[str, Any] = {"spike": SPIKE}
GATES: dict[str, tuple[int, ...]] = {"W": (3, 3, C, 4 * L), "b": (4 * L,)}
U: dict[str, tuple[int, ...]] = {"U": (3, 3, L, 4 * L)}
NO_PARAMS: dict[str, tuple[int, ...]] = {}
FULL = (H, W, L)
LAYERS = (
    layers.NamedLayer("liaf", layers.ConvLIAF(SHAPE, L, **SPIKING)),
    layers.NamedLayer("norm", layers.LayerNorm(FULL)),
    layers.NamedLayer("relu", layers.Activation(FULL)),
    layers.NamedLayer("lstm", layers.ConvLSTM(FULL, L)),
)
LAYER_SHAPES = (
    {f"liaf.{name}": shape for name, shape in (WINDOW | IMAGE_NEURON).items()}
    | {"norm.gamma": FULL, "norm.b": FULL}
    | {"lstm.W": (3, 3, L, 4 * L), "lstm.b": (4 * L,), "lstm.U": (3, 3, L, 4 * L)}
)
TIME: dict[str, tuple[int, ...]] = {"W": (3, 3, 3, C, L), "b": (L,)}
IMAGES = {
    "Conv2D": Sample(layers.Conv2D(SHAPE, L), WINDOW, 0),
    "Conv2D, every other window": Sample(
        layers.Conv2D(SHAPE, L, (3, 2), (2, 1), ((0, 1), (1, 0))), {"W": (3, 2, C, L), "b": (L,)}, 0
    ),
    "Conv3D": Sample(layers.Conv3D(SHAPE, L), TIME, 0),
    "Conv3D, causal": Sample(layers.Conv3D(SHAPE, L, pad=causal((3, 3, 3))), TIME, 0),
    "AveragePool": Sample(layers.AveragePool(SHAPE), NO_PARAMS, 0),
    "MaxPool": Sample(layers.MaxPool(SHAPE, (2, 3), (1, 2)), NO_PARAMS, 0),
    "LayerNorm": Sample(layers.LayerNorm(SHAPE), _scale(*SHAPE), 0),
    "LayerNorm of L": Sample(layers.LayerNorm(SHAPE, 1), _scale(C), 0),
    "ConvLIAF": Sample(layers.ConvLIAF(SHAPE, L, **SPIKING), WINDOW | IMAGE_NEURON, 1),
    "ConvLIF": Sample(layers.ConvLIF(SHAPE, L, **SPIKING), WINDOW | IMAGE_NEURON, 1),
    "PoolingLIAF": Sample(
        layers.PoolingLIAF(SHAPE, mode="NTR", **SPIKING),
        dict.fromkeys(neuron.Params._fields, (C,)),
        1,
    ),
    "ConvLSTMCell": Sample(layers.ConvLSTMCell(L, (H, W)), U, 2),
    "ConvLSTM": Sample(layers.ConvLSTM(SHAPE, L), GATES | U, 2),
    "BatchNorm": Sample(layers.BatchNorm(SHAPE), _scale(C), 0),
    "BatchNorm of each step": Sample(layers.BatchNorm(SHAPE, "per_step"), _scale(C), 0),
    "Activation": Sample(layers.Activation(SHAPE), NO_PARAMS, 0),
    "Activation, identity": Sample(layers.Activation(SHAPE, "identity"), NO_PARAMS, 0),
    "Dropout": Sample(layers.Dropout(SHAPE), NO_PARAMS, 0),
    "TimeMean": Sample(layers.TimeMean(SHAPE), NO_PARAMS, 0),
    "Flatten": Sample(layers.Flatten(SHAPE), NO_PARAMS, 0),
    "Sequential": Sample(layers.Sequential(LAYERS), LAYER_SHAPES, 3),
    "CheckpointedSequential": Sample(layers.CheckpointedSequential(LAYERS), LAYER_SHAPES, 3),
}
ACROSS_TIME = {"Conv3D", "Conv3D, causal", "BatchNorm", "TimeMean"}  # a step sees others
