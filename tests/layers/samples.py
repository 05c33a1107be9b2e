"""Layers small enough to look at, with inputs, states and parameters to match."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from liaf_ref import layers
from liaf_ref.kernels import dense, gru, lstm, neuron, rnn
from liaf_ref.kernels.activation import identity, sigmoid, tanh
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.spike import paper
from liaf_ref.layers import Layer, Params, State

B, T, K, L = 2, 5, 3, 4
SPIKE = paper(0.5)
Reference = Callable[[Params, Array, State], tuple[Array, State]]


class Sample(NamedTuple):
    """A layer, the shape of its weights by name, and the kernels it stands for."""

    layer: Layer
    shapes: dict[str, tuple[int, ...]]
    states: int
    reference: Reference


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


def _dense(p: Params, x: Array) -> Array:
    return dense.forward(x, dense.Params(p["W"], p["b"]))[0]


def neurons(p: Params, x: Array, start: State, act: Any, s: int) -> tuple[Array, State]:
    kernel = neuron.Params(p["v_th"], p["v_reset"], p["alpha"], p["beta"])
    (V,) = start
    Y, V, _ = neuron.forward(x, V, kernel, SPIKE, act, s)
    return Y, (V,)


def _rnn(p: Params, x: Array, start: State) -> tuple[Array, State]:
    (c,) = start
    Y, c, _ = rnn.forward(x, c, p["U"], tanh)
    return Y, (c,)


def _lstm(p: Params, x: Array, start: State) -> tuple[Array, State]:
    h, c = start
    Y, last, _ = lstm.forward(x, h, c, p["U"], sigmoid, tanh, tanh)
    return Y, last


def _gru(p: Params, x: Array, start: State) -> tuple[Array, State]:
    (h,) = start
    Y, h, _ = gru.forward(x, h, p["U"], sigmoid, tanh)
    return Y, (h,)


def _after_dense(above: Reference) -> Reference:
    return lambda p, x, start: above(p, _dense(p, x), start)


def _liaf(p: Params, x: Array, start: State) -> tuple[Array, State]:
    return neurons(p, x, start, identity, neuron.NTR)


def lif(p: Params, x: Array, start: State) -> tuple[Array, State]:
    return neurons(p, x, start, SPIKE, neuron.TR)


NEURON: dict[str, tuple[int, ...]] = dict.fromkeys(neuron.Params._fields, (L,))
WEIGHTS: dict[str, tuple[int, ...]] = {"W": (K, L), "b": (L,)}
SAMPLES = {
    "Dense": Sample(layers.Dense(K, L), WEIGHTS, 0, lambda p, x, _: (_dense(p, x), ())),
    "DirectLIAF": Sample(layers.DirectLIAF((L,), mode="NTR", spike=SPIKE), NEURON, 1, _liaf),
    "DirectLIF": Sample(layers.DirectLIF((L,), spike=SPIKE), NEURON, 1, lif),
    "DenseLIAF": Sample(
        layers.DenseLIAF(K, L, mode="NTR", spike=SPIKE), WEIGHTS | NEURON, 1, _after_dense(_liaf)
    ),
    "DenseLIF": Sample(layers.DenseLIF(K, L, spike=SPIKE), WEIGHTS | NEURON, 1, _after_dense(lif)),
    "ElmanCell": Sample(layers.ElmanCell(L), {"U": (L, L)}, 1, _rnn),
    "LSTMCell": Sample(layers.LSTMCell(L), {"U": (L, 4 * L)}, 2, _lstm),
    "GRUCell": Sample(layers.GRUCell(L), {"U": (L, 3 * L)}, 1, _gru),
    "RNN": Sample(layers.RNN(K, L), WEIGHTS | {"U": (L, L)}, 1, _after_dense(_rnn)),
    "LSTM": Sample(
        layers.LSTM(K, L), {"W": (K, 4 * L), "b": (4 * L,), "U": (L, 4 * L)}, 2, _after_dense(_lstm)
    ),
    "GRU": Sample(
        layers.GRU(K, L), {"W": (K, 3 * L), "b": (3 * L,), "U": (L, 3 * L)}, 1, _after_dense(_gru)
    ),
}
