"""Rows of layers small enough to look at, and what comes out of them by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np

from layers.samples import B, random_array
from liaf_ref import layers
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import (
    BatchNorm,
    Dense,
    DirectLIAF,
    Dropout,
    LayerNorm,
    NamedLayer,
    Params,
    Sequential,
    State,
    Tape,
)

SHAPE, FULL, HALF = (4, 4, 2), (4, 4, 3), (2, 2, 3)
SPIKE = paper(0.5)


def analog(spike: Pair) -> tuple[NamedLayer, ...]:
    """As in Fig. 6: LIAF, a norm, ReLU, pooling; then the mean, a dropout and a dense layer."""
    return (
        NamedLayer("conv1", layers.ConvLIAF(SHAPE, 3, spike=spike)),
        NamedLayer("norm1", LayerNorm(FULL)),
        NamedLayer("relu1", layers.Activation(FULL)),
        NamedLayer("pool1", layers.AveragePool(FULL)),
        NamedLayer("sum", layers.TimeMean(HALF)),
        NamedLayer("flat", layers.Flatten(HALF)),
        NamedLayer("drop1", Dropout((12,), 0.25)),
        NamedLayer("out", Dense(12, 2)),
    )


def binary(spike: Pair) -> tuple[NamedLayer, ...]:
    """As in Table VIII: synapses, a batch norm and LIF neurons apart, and pooling into neurons.

    Without the bias, which the norm takes away again: its gradient is nothing but rounding.
    """
    return (
        NamedLayer("conv1", layers.Conv2D(SHAPE, 3, bias=False)),
        NamedLayer("norm1", BatchNorm(FULL, "per_step")),
        NamedLayer("node1", layers.DirectLIF(FULL, sharing="all", spike=spike)),
        NamedLayer("pool1", layers.PoolingLIAF(FULL, act="selu", mode="NTR", spike=spike)),
        NamedLayer("max", layers.MaxPool(HALF)),
    )


def recurrent(spike: Pair) -> tuple[NamedLayer, ...]:
    return (
        NamedLayer("conv1", layers.ConvLSTM(SHAPE, 3)),
        NamedLayer("norm1", BatchNorm(FULL)),
        NamedLayer("pool1", layers.AveragePool(FULL)),
        NamedLayer("flat", layers.Flatten(HALF)),
        NamedLayer("lstm2", layers.LSTM(12, 2)),
        NamedLayer("drop2", Dropout((2,))),
        NamedLayer("act2", layers.Activation((2,), "identity")),
    )


def nested(spike: Pair) -> tuple[NamedLayer, ...]:
    inner = NamedLayer("rise", Dense(2, 3)), NamedLayer("node", DirectLIAF((3,), spike=spike))
    return (
        NamedLayer(
            "below",
            Sequential((NamedLayer("norm", BatchNorm((2,))), NamedLayer("fall", Dense(2, 2)))),
        ),
        NamedLayer("inner", Sequential(inner)),
        NamedLayer("drop", Dropout((3,))),
        NamedLayer("elman", layers.RNN(3, 2)),
    )


LayersFactory = Callable[[Pair], tuple[NamedLayer, ...]]
SEQUENTIALS: dict[str, LayersFactory] = {
    "analog": analog,
    "binary": binary,
    "recurrent": recurrent,
    "nested": nested,
}


def random_buffers(sequential: Sequential, dtype: Any, mode: str) -> Params:
    """Masks, and in evaluation running statistics too."""
    found = {}
    for name, axes in sequential.buffer_shapes().items():
        shape = tuple(B if axis == "B" else int(axis) for axis in axes)
        if name.endswith("M") or mode == "evaluation":
            found[name] = abs(random_array(shape, dtype)) + dtype(0.1)
    return found if mode != "nothing" else {}


def strip_prefix(arrays: Params, prefix: str) -> Params:
    start = f"{prefix}."
    return {key.removeprefix(start): v for key, v in arrays.items() if key.startswith(start)}


def run_layer_by_layer(
    sequential: Sequential, p: Params, x: Array, initial: Any, buffers: Params
) -> tuple[Any, ...]:
    """Output, last states and gradients of the parts one after the other."""
    left, Y = iter(initial), x
    last: State = ()
    tapes: list[Tape] = []
    for name, layer in sequential.layers:
        start = tuple(next(left) for _ in layer.initial_state(B, Y.dtype))
        Y, end, tape = layer.forward(
            strip_prefix(p, name), Y, start, buffers=strip_prefix(buffers, name)
        )
        last, tapes = (*last, *end), [*tapes, tape]
    dX, d_last = np.cos(Y), [np.sin(end) for end in last]
    d_first: State = ()
    grads: Params = {}
    for (name, layer), tape in reversed(list(zip(sequential.layers, tapes, strict=True))):
        count = len(layer.initial_state(B, Y.dtype))
        mine = tuple(d_last[len(d_last) - count :])
        d_last = d_last[: len(d_last) - count]
        dX, d_here, here = layer.backward(dX, tape, mine)
        grads = {f"{name}.{key}": g for key, g in here.items()} | grads
        d_first = (*d_here, *d_first)
    return Y, last, dX, d_first, grads


def run_sequential(
    sequential: Sequential, p: Params, x: Array, initial: Any, buffers: Params
) -> tuple[Any, ...]:
    Y, last, tape = sequential.forward(p, x, initial, buffers=buffers)
    d_last = tuple(np.sin(end) for end in last)
    return Y, last, *sequential.backward(np.cos(Y), tape, d_last)
