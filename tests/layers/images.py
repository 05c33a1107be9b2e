"""Layers on images small enough to look at, with the kernels they stand for."""

from typing import Any

from layers.samples import B, L, Reference, Sample, lif, neurons
from liaf_ref import layers
from liaf_ref.kernels import average_pool, convlstm, im2col, max_pool, neuron, norm
from liaf_ref.kernels.activation import identity, relu, sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, Pad, causal, same
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import Params, State

__all__ = ["ACROSS_TIME", "IMAGES", "IMAGE_NEURON", "WINDOW", "H", "K", "W"]

H, W, K = 4, 3, 2
SHAPE = (H, W, K)
SPIKE = paper(0.5)
WINDOW: dict[str, tuple[int, ...]] = {"W": (3, 3, K, L), "b": (L,)}
IMAGE_NEURON: dict[str, tuple[int, ...]] = dict.fromkeys(neuron.Params._fields, (L,))


def conv_reference(stride: tuple[int, ...], pad: Pad) -> Reference:
    """The form that runs; test_images holds it to the definition."""

    def reference(p: Params, x: Array, _: State) -> tuple[Array, State]:
        return im2col.forward(x, im2col.Params(p["W"], p["b"]), Grid(stride, pad))[0], ()

    return reference


def compose(below: Reference, above: Reference) -> Reference:
    return lambda p, x, start: above(p, below(p, x, ())[0], start)


def _convlstm(p: Params, x: Array, start: State) -> tuple[Array, State]:
    h, c = start
    Y, last, _ = convlstm.forward(x, h, c, p["U"], sigmoid, tanh, tanh)
    return Y, last


def _average(p: Params, x: Array, _: State) -> tuple[Array, State]:
    return average_pool.forward(x, (2, 2), (2, 2))[0], ()


def _norm(axes: tuple[int, ...], eps: float = 1e-3) -> Reference:
    def reference(p: Params, x: Array, _: State) -> tuple[Array, State]:
        return norm.forward(x, norm.Params(p["gamma"], p["b"]), axes, eps)[0], ()

    return reference


def _analog(s: int) -> Reference:
    return lambda p, x, start: neurons(p, x, start, identity, s)


def _strip_prefix(p: Params, name: str) -> Params:
    return {key.removeprefix(f"{name}."): v for key, v in p.items() if key.startswith(f"{name}.")}


def _sequential_reference(p: Params, x: Array, start: State) -> tuple[Array, State]:
    """The layers of ``ROW`` by hand, one after the other."""
    V, *of_lstm = start
    Y, (V,) = compose(CONV, _analog(1))(_strip_prefix(p, "liaf"), x, (V,))
    Y, _ = _norm((2, 3, 4))(_strip_prefix(p, "norm"), Y, ())
    Y, last = compose(CONV, _convlstm)(_strip_prefix(p, "lstm"), relu.value(Y), tuple(of_lstm))
    return Y, (V, *last)


def _scale(*shape: int) -> dict[str, tuple[int, ...]]:
    return {"gamma": shape, "b": shape}


CONV = conv_reference((1, 1), same((3, 3)))
SPIKING: dict[str, Any] = {"spike": SPIKE}
GATES: dict[str, tuple[int, ...]] = {"W": (3, 3, K, 4 * L), "b": (4 * L,)}
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
TIME: dict[str, tuple[int, ...]] = {"W": (3, 3, 3, K, L), "b": (L,)}
IMAGES = {
    "Conv2D": Sample(layers.Conv2D(SHAPE, L), WINDOW, 0, CONV),
    "Conv2D, every other window": Sample(
        layers.Conv2D(SHAPE, L, (3, 2), (2, 1), ((0, 1), (1, 0))),
        {"W": (3, 2, K, L), "b": (L,)},
        0,
        conv_reference((2, 1), ((0, 1), (1, 0))),
    ),
    "Conv3D": Sample(layers.Conv3D(SHAPE, L), TIME, 0, conv_reference((1, 1, 1), same((3, 3, 3)))),
    "Conv3D, causal": Sample(
        layers.Conv3D(SHAPE, L, pad=causal((3, 3, 3))),
        TIME,
        0,
        conv_reference((1, 1, 1), causal((3, 3, 3))),
    ),
    "AveragePool": Sample(layers.AveragePool(SHAPE), NO_PARAMS, 0, _average),
    "MaxPool": Sample(
        layers.MaxPool(SHAPE, (2, 3), (1, 2)),
        NO_PARAMS,
        0,
        lambda p, x, _: (max_pool.forward(x, (2, 3), (1, 2))[0], ()),
    ),
    "LayerNorm": Sample(layers.LayerNorm(SHAPE), _scale(*SHAPE), 0, _norm((2, 3, 4))),
    "LayerNorm of L": Sample(layers.LayerNorm(SHAPE, 1), _scale(K), 0, _norm((4,))),
    "ConvLIAF": Sample(
        layers.ConvLIAF(SHAPE, L, **SPIKING), WINDOW | IMAGE_NEURON, 1, compose(CONV, _analog(1))
    ),
    "ConvLIF": Sample(
        layers.ConvLIF(SHAPE, L, **SPIKING), WINDOW | IMAGE_NEURON, 1, compose(CONV, lif)
    ),
    "PoolingLIAF": Sample(
        layers.PoolingLIAF(SHAPE, mode="NTR", **SPIKING),
        dict.fromkeys(neuron.Params._fields, (K,)),
        1,
        compose(_average, _analog(0)),
    ),
    "ConvLSTMCell": Sample(layers.ConvLSTMCell(L, (H, W)), U, 2, _convlstm),
    "ConvLSTM": Sample(layers.ConvLSTM(SHAPE, L), GATES | U, 2, compose(CONV, _convlstm)),
    "BatchNorm": Sample(layers.BatchNorm(SHAPE), _scale(K), 0, _norm((0, 1, 2, 3), 1e-5)),
    "BatchNorm of each step": Sample(
        layers.BatchNorm(SHAPE, "per_step"), _scale(K), 0, _norm((0, 2, 3), 1e-5)
    ),
    "Activation": Sample(
        layers.Activation(SHAPE), NO_PARAMS, 0, lambda p, x, _: (relu.value(x), ())
    ),
    "Activation, identity": Sample(
        layers.Activation(SHAPE, "identity"), NO_PARAMS, 0, lambda p, x, _: (x, ())
    ),
    "Dropout": Sample(layers.Dropout(SHAPE), NO_PARAMS, 0, lambda p, x, _: (x, ())),
    "TimeMean": Sample(
        layers.TimeMean(SHAPE), NO_PARAMS, 0, lambda p, x, _: (x.mean(axis=1, keepdims=True), ())
    ),
    "Flatten": Sample(
        layers.Flatten(SHAPE), NO_PARAMS, 0, lambda p, x, _: (x.reshape(B, -1, H * W * K), ())
    ),
    "Sequential": Sample(layers.Sequential(LAYERS), LAYER_SHAPES, 3, _sequential_reference),
    "CheckpointedSequential": Sample(
        layers.CheckpointedSequential(LAYERS), LAYER_SHAPES, 3, _sequential_reference
    ),
}
ACROSS_TIME = {"Conv3D", "Conv3D, causal", "BatchNorm", "TimeMean"}  # a step sees others
