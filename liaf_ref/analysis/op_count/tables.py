"""Operations of each kind of layer, and its rows in Tables I and II.

An entry for a layer of your own: ``operations.register``, and ``spikes_out`` if it sends spikes.
"""

import math
from functools import singledispatch

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, Size, out_size, same
from liaf_ref.kernels.variants.reset import RESETS
from liaf_ref.layers import (
    Activation,
    AveragePool,
    BatchNorm,
    Conv2D,
    ConvLSTMCell,
    Dense,
    Driven,
    Dropout,
    ElmanCell,
    Flatten,
    GRUCell,
    Layer,
    LayerNorm,
    LSTMCell,
    MaxPool,
    Neurons,
    Sequential,
    TimeMean,
)
from liaf_ref.layers.cells import Cell
from liaf_ref.layers.synapses import Synapses

Operations = tuple[int, int]  # multiplications, additions
TableRow = tuple[int, int, int]  # and weights
WHERE = "the cost of a layer"
MOVES = Flatten | MaxPool | Dropout  # they move or compare, which is free, and spikes stay spikes


@singledispatch
def operations(layer: Layer, T: int, spikes_in: bool | None = None) -> Operations:
    """Operations of T steps of one sample, as executed; synapses need no products for spikes."""
    reason = f"expected a layer with an entry, got {layer.label}: operations.register adds one"
    raise InputError.for_argument("layer", WHERE, reason)


@singledispatch
def spikes_out(layer: Layer, spikes_in: bool) -> bool:
    """Whether the output consists of spikes."""
    return False


@singledispatch
def steps_out(layer: Layer, T: int) -> int:
    """How many time steps come out of T."""
    return T


@singledispatch
def table_row(layer: Layer, T: int) -> TableRow | None:
    """The row of Tables I and II, as printed; None for a layer that is not in them."""
    return None


@singledispatch
def driven_row(dynamics: Layer, Q: int, R: int) -> TableRow | None:
    """The row of dynamics with R outputs in all steps, each with Q products in its drive."""
    return None


@operations.register(MOVES | Activation)
def _(layer: Layer, T: int, spikes_in: bool | None = None) -> Operations:
    return 0, 0


@operations.register
def _(layer: Dense, T: int, spikes_in: bool | None = None) -> Operations:
    return 0 if spikes_in else T * layer.L * layer.K, T * layer.L * (layer.K - 1 + layer.bias)


@operations.register
def _(layer: Conv2D, T: int, spikes_in: bool | None = None) -> Operations:
    over_time = len(layer.kernel) == 3
    size, steps = ((T, *layer.shape[:2]), 1) if over_time else (layer.shape[:2], T)
    seen, windows = count_products(size, layer.kernel, layer.grid)
    products = seen * layer.shape[-1]
    adds = steps * (products - windows * (not layer.bias)) * layer.L
    return 0 if spikes_in else steps * products * layer.L, adds


@operations.register
def _(layer: AveragePool, T: int, spikes_in: bool | None = None) -> Operations:
    n = T * math.prod(layer.out_shape)
    return n, n * (math.prod(layer.size) - 1)


@operations.register
def _(layer: TimeMean, T: int, spikes_in: bool | None = None) -> Operations:
    n = math.prod(layer.shape)
    return n, (T - 1) * n


@operations.register
def _(layer: BatchNorm, T: int, spikes_in: bool | None = None) -> Operations:
    n = T * math.prod(layer.shape)  # running statistics, scale and shift: one product and one sum
    return n, n


@operations.register
def _(layer: LayerNorm, T: int, spikes_in: bool | None = None) -> Operations:
    n = math.prod(layer.shape)  # one over a square root is looked up
    groups = n // math.prod(layer.scale_shape)
    return T * (3 * n + 2 * groups), T * (4 * n - groups)


@operations.register
def _(layer: Neurons, T: int, spikes_in: bool | None = None) -> Operations:
    own, n = layer.neuron, T * math.prod(layer.shape)  # (3), (6); for LIAF (5) and U - v_th, (8)
    if own.sends_spikes:
        return n, 2 * n
    terms = sum(map(abs, RESETS[own.reset]))
    return n * (1 + terms), n * (2 + terms + (own.mode == "TR"))


PER_UNIT: dict[type[Cell], Operations] = {  # what a cell does with its gates
    ElmanCell: (0, 0),
    GRUCell: (3, 2),  # r h, z h~ and (1 - z) h
    LSTMCell: (3, 1),
    ConvLSTMCell: (3, 1),
}


@operations.register
def _(layer: Cell, T: int, spikes_in: bool | None = None) -> Operations:
    muls, adds = PER_UNIT[type(layer)]
    n, recurrent = T * layer.L, layer.gates * layer.L
    return n * (recurrent + muls), n * (recurrent + adds)


@operations.register
def _(layer: ConvLSTMCell, T: int, spikes_in: bool | None = None) -> Operations:
    muls, adds = PER_UNIT[type(layer)]
    seen, _ = count_products(layer.size, layer.kernel, Grid((1, 1), same(layer.kernel)))
    n, products = math.prod(layer.out_shape), seen * layer.L * layer.gates * layer.L
    return T * (products + muls * n), T * (products + adds * n)


@operations.register
def _(layer: Driven, T: int, spikes_in: bool | None = None) -> Operations:
    given = spikes_out(layer, False) if spikes_in is None else spikes_in  # Section V
    below, above = operations(layer.synapse, T, given), operations(layer.dynamics, T)
    return below[0] + above[0], below[1] + above[1]


@spikes_out.register(MOVES)
def _(layer: Layer, spikes_in: bool) -> bool:
    return spikes_in


@spikes_out.register
def _(layer: Neurons, spikes_in: bool) -> bool:
    return layer.neuron.sends_spikes


@spikes_out.register
def _(layer: Driven, spikes_in: bool) -> bool:
    return spikes_out(layer.dynamics, False)


@steps_out.register
def _(layer: TimeMean, T: int) -> int:
    return 1


@steps_out.register
def _(layer: Sequential, T: int) -> int:
    for _, part in layer.layers:
        T = steps_out(part, T)
    return T


@driven_row.register
def _(dynamics: Neurons, Q: int, R: int) -> TableRow:
    muls = R if dynamics.neuron.sends_spikes else (Q + 1) * R
    return muls, (Q + 2) * R, (Q + 1) * dynamics.shape[-1]


@driven_row.register
def _(dynamics: Cell, Q: int, R: int) -> TableRow:
    own = Q + math.prod(dynamics.shapes["U"][:-1])
    muls, adds = PER_UNIT[type(dynamics)]
    adds -= isinstance(dynamics, GRUCell)  # as printed: one fewer than the equation needs
    gates = dynamics.gates
    return R * (gates * own + muls), R * (gates * own + adds), gates * dynamics.L * (own + 1)


@table_row.register
def _(layer: Conv2D, T: int) -> TableRow:
    n = layer.fan_in * T * math.prod(layer.out_shape)  # Conv3D has U Q for Q
    return n, n, (layer.fan_in + 1) * layer.L


@table_row.register
def _(layer: Driven, T: int) -> TableRow | None:
    return split_row(layer.synapse, layer.dynamics, T)


def split_row(synapse: Layer, dynamics: Layer, T: int) -> TableRow | None:
    """The row of synapses and dynamics that may stand apart, Section V."""
    # A norm or a pooling may lie between them: the paper counts at the synapses' places.
    if not isinstance(synapse, Synapses):
        return None
    places = math.prod(synapse.out_shape[:-1])
    return driven_row(dynamics, synapse.fan_in, T * places * dynamics.out_shape[-1])


def count_products(size: Size, kernel: Size, grid: Grid) -> tuple[int, int]:
    """Places inside the input that all windows see together, and windows that see any."""
    axes = _axes(size, kernel, grid)
    windows = math.prod(int(axis.any(axis=1).sum()) for axis in axes)
    return math.prod(int(axis.sum()) for axis in axes), windows


def _axes(size: Size, kernel: Size, grid: Grid) -> list[Array]:
    """For each axis, (windows, n): whether a window sees a place."""
    whole = tuple(n + sum(zeros) for n, zeros in zip(size, grid.pad, strict=True))
    counts = out_size(whole, kernel, grid.stride)
    axes = []
    for n, k, s, (before, _), windows in zip(size, kernel, *grid, counts, strict=True):
        first = s * np.arange(windows)[:, None] - before
        axes.append((first <= np.arange(n)) & (np.arange(n) < first + k))
    return axes
