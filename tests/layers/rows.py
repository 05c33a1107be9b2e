"""Rows of layers small enough to look at, and what comes out of them by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np

from layers.samples import B, drawn
from liaf_ref import layers
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import (
    BatchNorm,
    Chain,
    Dense,
    DirectLIAF,
    Dropout,
    LayerNorm,
    Params,
    Part,
    State,
    Tape,
)

SHAPE, FULL, HALF = (4, 4, 2), (4, 4, 3), (2, 2, 3)
SPIKE = paper(0.5)


def analog(spike: Pair) -> tuple[Part, ...]:
    """As in Fig. 6: LIAF, a norm, ReLU, pooling; then the mean, a dropout and a dense layer."""
    return (
        Part("conv1", layers.ConvLIAF(SHAPE, 3, spike=spike)),
        Part("norm1", LayerNorm(FULL)),
        Part("relu1", layers.Activation(FULL)),
        Part("pool1", layers.AveragePool(FULL)),
        Part("sum", layers.Sumlayer(HALF)),
        Part("flat", layers.Flatten(HALF)),
        Part("drop1", Dropout((12,), 0.25)),
        Part("out", Dense(12, 2)),
    )


def binary(spike: Pair) -> tuple[Part, ...]:
    """As in Table VIII: synapses, a batch norm and LIF neurons apart, and pooling into neurons.

    Without the bias, which the norm takes away again: its gradient is nothing but rounding.
    """
    return (
        Part("conv1", layers.Conv2D(SHAPE, 3, bias=False)),
        Part("norm1", BatchNorm(FULL, "each")),
        Part("node1", layers.DirectLIF(FULL, sharing="all", spike=spike)),
        Part("pool1", layers.PoolingLIAF(FULL, act="selu", mode="NTR", spike=spike)),
        Part("max", layers.MaxPool(HALF)),
    )


def recurrent(spike: Pair) -> tuple[Part, ...]:
    return (
        Part("conv1", layers.ConvLSTM(SHAPE, 3)),
        Part("norm1", BatchNorm(FULL)),
        Part("pool1", layers.AveragePool(FULL)),
        Part("flat", layers.Flatten(HALF)),
        Part("lstm2", layers.LSTM(12, 2)),
        Part("drop2", Dropout((2,))),
        Part("act2", layers.Activation((2,), "identity")),
    )


def nested(spike: Pair) -> tuple[Part, ...]:
    inner = Part("rise", Dense(2, 3)), Part("node", DirectLIAF((3,), spike=spike))
    return (
        Part("below", Chain((Part("norm", BatchNorm((2,))), Part("fall", Dense(2, 2))))),
        Part("inner", Chain(inner)),
        Part("drop", Dropout((3,))),
        Part("elman", layers.RNN(3, 2)),
    )


Parts = Callable[[Pair], tuple[Part, ...]]
ROWS: dict[str, Parts] = {
    "analog": analog,
    "binary": binary,
    "recurrent": recurrent,
    "nested": nested,
}


def given(chain: Chain, dtype: Any, what: str) -> Params:
    """Masks, and in evaluation running statistics too."""
    found = {}
    for name, axes in chain.given().items():
        shape = tuple(B if axis == "B" else int(axis) for axis in axes)
        if name.endswith("M") or what == "evaluation":
            found[name] = abs(drawn(shape, dtype)) + dtype(0.1)
    return found if what != "nothing" else {}


def own(arrays: Params, name: str) -> Params:
    start = f"{name}."
    return {key.removeprefix(start): v for key, v in arrays.items() if key.startswith(start)}


def by_hand(chain: Chain, p: Params, x: Array, first: Any, more: Params) -> tuple[Any, ...]:
    """Output, last states and gradients of the parts one after the other."""
    left, Y = iter(first), x
    last: State = ()
    tapes: list[Tape] = []
    for name, layer in chain.parts:
        start = tuple(next(left) for _ in layer.start(B, Y.dtype))
        Y, end, tape = layer.forward(own(p, name), Y, start, given=own(more, name))
        last, tapes = (*last, *end), [*tapes, tape]
    dX, d_last = np.cos(Y), [np.sin(end) for end in last]
    d_first: State = ()
    grads: Params = {}
    for (name, layer), tape in reversed(list(zip(chain.parts, tapes, strict=True))):
        count = len(layer.start(B, Y.dtype))
        mine = tuple(d_last[len(d_last) - count :])
        d_last = d_last[: len(d_last) - count]
        dX, d_here, here = layer.backward(dX, tape, mine)
        grads = {f"{name}.{key}": g for key, g in here.items()} | grads
        d_first = (*d_here, *d_first)
    return Y, last, dX, d_first, grads


def at_once(chain: Chain, p: Params, x: Array, first: Any, more: Params) -> tuple[Any, ...]:
    Y, last, tape = chain.forward(p, x, first, given=more)
    d_last = tuple(np.sin(end) for end in last)
    return Y, last, *chain.backward(np.cos(Y), tape, d_last)
