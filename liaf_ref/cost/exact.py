"""What a layer computes, counted: borders, resets, thresholds and norms included.

Spikes are selected, not multiplied, and so is the reset of LIF.  A division counts as a
multiplication; one over a square root is looked up, like any activation.
"""

import math

import numpy as np

from liaf_ref.cost.count import Count, check_layer
from liaf_ref.door import check_flag
from liaf_ref.errors import InputError
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, Size, out_size, same
from liaf_ref.layers import (
    Activation,
    AveragePool,
    BatchNorm,
    Conv,
    ConvLSTMCell,
    Dense,
    DirectLIAF,
    Dropout,
    ElmanCell,
    Flatten,
    GRUCell,
    Integrated,
    Layer,
    LayerNorm,
    LSTMCell,
    MaxPool,
    Sumlayer,
)


def exact(layer: Layer, T: int = 1, *, spikes: bool | None = None) -> Count:
    """Count the operations of a forward pass in evaluation, and all parameters.

    Parameters
    ----------
    layer : Layer
        A layer.
    T : int
        Time steps.
    spikes : bool, optional
        Whether spikes come in; by default Section V's premise, that they do where they
        go out.

    Returns
    -------
    Count
        Of one sample.

    Raises
    ------
    InputError
        If ``layer`` is none that is known here or ``T`` below 1.
    """
    layer, T = check_layer(layer, T)
    if spikes is not None:
        spikes = check_flag("spikes", spikes, "the cost of a layer")
    if isinstance(layer, Integrated):
        spiking = isinstance(layer.dynamics, DirectLIAF) and layer.dynamics.spiking
        spikes = spiking if spikes is None else spikes
        return exact(layer.synapse, T, spikes=spikes) + exact(layer.dynamics, T)
    muls, adds = _operations(layer, T)
    if spikes and isinstance(layer, Dense | Conv):
        muls = 0
    return Count(muls, adds, layer.count())


def _operations(layer: Layer, T: int) -> tuple[int, int]:
    """Multiplications and additions of T steps."""
    if isinstance(layer, Conv):
        return _conv(layer, T)
    if isinstance(layer, Sumlayer):
        n = math.prod(layer.shape)
        return n, (T - 1) * n
    muls, adds = _step(layer)
    return T * muls, T * adds


def _step(layer: Layer) -> tuple[int, int]:
    """Multiplications and additions of a step that knows nothing of the others."""
    n = math.prod(layer.out_shape)
    match layer:
        case Dense(K=K, bias=bias):
            each = K, K - 1 + bias
        case DirectLIAF(spiking=True):
            each = 1, 2  # (3) and (6)
        case DirectLIAF(mode=mode):
            each = 3, 4 + (mode == "TR")  # two products and sums more in (5); U - V_th, (8)
        case ElmanCell(L=L):
            each = L, L
        case GRUCell(L=L):
            each = 3 * L + 3, 3 * L + 2  # r h, z h~ and (1 - z) h
        case ConvLSTMCell():
            return _convlstm(layer, n)
        case LSTMCell(L=L):
            each = 4 * L + 3, 4 * L + 1
        case AveragePool(size=size):
            each = 1, math.prod(size) - 1
        case MaxPool() | Activation() | Dropout() | Flatten():
            each = 0, 0
        case BatchNorm():
            each = 1, 1  # running statistics, scale and shift are one product and one sum
        case LayerNorm(features=features):
            groups = n // math.prod(features)
            return 3 * n + 2 * groups, 4 * n - groups
        case _:
            reason = f"expected a known one, got {layer.source}"
            raise InputError.of("layer", "the cost of a layer", reason)
    muls, adds = each
    return n * muls, n * adds


def _convlstm(layer: ConvLSTMCell, n: int) -> tuple[int, int]:
    """Four recurrent convolutions, each added to its drive, and the cell."""
    seen, _ = _products(layer.size, layer.kernel, Grid((1, 1), same(layer.kernel)))
    products = seen * layer.L * layer.gates * layer.L
    return products + 3 * n, products + n


def _conv(layer: Conv, T: int) -> tuple[int, int]:
    """Products with what lies inside; every window adds them up, and the bias."""
    over_time = len(layer.kernel) == 3
    size = (T, *layer.shape[:2]) if over_time else layer.shape[:2]
    steps = 1 if over_time else T
    seen, windows = _products(size, layer.kernel, layer.grid)
    products = seen * layer.shape[-1]
    adds = products - windows + (windows if layer.bias else 0)
    return steps * products * layer.L, steps * adds * layer.L


def _products(size: Size, kernel: Size, grid: Grid) -> tuple[int, int]:
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
