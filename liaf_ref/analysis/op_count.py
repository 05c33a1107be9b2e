"""Count the operations of layers, as in Tables I and II and exactly.

>>> from liaf_ref.analysis.op_count import count_ops, total
>>> from liaf_ref.layers import ConvLIAF
>>> rows = count_ops([ConvLIAF((32, 32, 2), 64), ConvLIAF((32, 32, 64), 128)], T=60)
>>> total(row.paper for row in rows).weights, total(row.exact for row in rows).weights
(75072, 75840)

An entry for a layer of your own: ``operations.register``, and ``spikes_out`` if it sends spikes.
Without one, its operations and their sum are nan: not counted.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np

from liaf_ref import layers
from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_bool, check_instance, check_items, check_positive_int
from liaf_ref.kernels.array import Array
from liaf_ref.kernels.grid import Grid, Size, out_size, same
from liaf_ref.kernels.variants.reset import RESETS
from liaf_ref.layers import Driven, Layer, NamedLayer, Sequential
from liaf_ref.layers.cells import Cell
from liaf_ref.layers.driven import neurons_of
from liaf_ref.layers.kernel_set import kernel_set_for
from liaf_ref.layers.layer import Parametrized
from liaf_ref.layers.sequential import check_sequential_input
from liaf_ref.layers.synapses import Synapses


@dataclass(frozen=True)
class OpCount:
    """Operations of one sample, and parameters; look-ups and comparisons are free, Section V.

    Parameters
    ----------
    muls, adds : int
        Multiplications, and additions and subtractions; nan if not counted.
    weights : int
        Parameters.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> (row,) = lr.count_ops([lr.DenseLIAF(50, 100)])
    >>> row.exact
    OpCount(muls=5300, adds=5500, weights=5500)
    >>> row.exact + row.exact
    OpCount(muls=10600, adds=11000, weights=11000)
    """

    muls: int = 0
    adds: int = 0
    weights: int = 0

    def __add__(self, other: "OpCount") -> "OpCount":
        return OpCount(self.muls + other.muls, self.adds + other.adds, self.weights + other.weights)

    def repeated(self, n: int) -> "OpCount":
        """Count the operations of n runs with the same parameters.

        Parameters
        ----------
        n : int
            Number of runs, such as time steps.

        Returns
        -------
        OpCount
            ``n`` times the operations, and the same weights.

        Examples
        --------
        >>> from liaf_ref.analysis import OpCount
        >>> OpCount(2, 3, weights=5).repeated(10)
        OpCount(muls=20, adds=30, weights=5)
        """
        return OpCount(n * self.muls, n * self.adds, self.weights)


class LayerOpCount(NamedTuple):
    """A row of :func:`liaf_ref.count_ops`: one layer.

    Attributes
    ----------
    prefix : str
        Prefix of the layer's parameters in a network.
    label : str
        The layer with its sizes and equations.
    out_shape : tuple of int
        Shape of the output of one sample at one time step.
    paper : OpCount or None
        Count of Tables I and II; None if they have no such layer.
    exact : OpCount
        Count of what is computed.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> (row,) = lr.count_ops([lr.DenseLIAF(50, 100)])
    >>> row.out_shape, row.paper.muls, row.exact.muls
    ((100,), 5100, 5300)
    """

    prefix: str
    label: str
    out_shape: tuple[int, ...]
    paper: OpCount | None
    exact: OpCount


def total(counts: Iterable[OpCount | None]) -> OpCount:
    """The sum of counts; None, the count of a layer that the tables do not have, is skipped."""
    found = check_items("counts", counts, OpCount | None, "a sum", "OpCounts or None")  # type: ignore[arg-type]
    return sum((count for count in found if count is not None), OpCount())


Operations = tuple[int, int]  # multiplications, additions
TableRow = tuple[int, int, int]  # and weights
WHERE = "the cost of a layer"
NOT_COUNTED: Any = math.nan  # in place of an integer: no sum with it is one
# They move or compare, which is free, and spikes stay spikes.
MOVES = layers.Flatten | layers.MaxPool | layers.Dropout


@singledispatch
def operations(layer: Layer, T: int, spikes_in: bool | None = None) -> Operations:
    """Operations of T steps of one sample, as executed; synapses need no products for spikes."""
    return NOT_COUNTED, NOT_COUNTED


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


@operations.register(MOVES | layers.Activation)
def _(layer: Layer, T: int, spikes_in: bool | None = None) -> Operations:
    return 0, 0


@operations.register
def _(layer: layers.Dense, T: int, spikes_in: bool | None = None) -> Operations:
    return 0 if spikes_in else T * layer.L * layer.K, T * layer.L * (layer.K - 1 + layer.bias)


@operations.register
def _(layer: layers.Conv2D, T: int, spikes_in: bool | None = None) -> Operations:
    over_time = len(layer.kernel) == 3
    size, steps = ((T, *layer.shape[:2]), 1) if over_time else (layer.shape[:2], T)
    seen, windows = count_products(size, layer.kernel, layer.grid)
    products = seen * layer.shape[-1]
    adds = steps * (products - windows * (not layer.bias)) * layer.L
    return 0 if spikes_in else steps * products * layer.L, adds


@operations.register
def _(layer: layers.AveragePool, T: int, spikes_in: bool | None = None) -> Operations:
    n = T * math.prod(layer.out_shape)
    return n, n * (math.prod(layer.size) - 1)


@operations.register
def _(layer: layers.TimeMean, T: int, spikes_in: bool | None = None) -> Operations:
    n = math.prod(layer.shape)
    return n, (T - 1) * n


@operations.register(layers.BatchNorm | layers.SynapticCurrent)
def _(layer: Layer, T: int, spikes_in: bool | None = None) -> Operations:
    n = T * math.prod(layer.in_shape)  # with running statistics: one product and one sum
    return n, n


@operations.register
def _(layer: layers.LayerNorm, T: int, spikes_in: bool | None = None) -> Operations:
    n = math.prod(layer.shape)  # one over a square root is looked up
    groups = n // math.prod(layer.scale_shape)
    return T * (3 * n + 2 * groups), T * (4 * n - groups)


@operations.register
def _(layer: layers.Neurons, T: int, spikes_in: bool | None = None) -> Operations:
    own, n = layer.neuron, T * math.prod(layer.shape)  # (3), (6); for LIAF (5) and U - v_th, (8)
    if own.sends_spikes:
        return n, 2 * n
    terms = sum(map(abs, RESETS[own.reset]))
    return n * (1 + terms), n * (2 + terms + (own.mode == "TR"))


PER_UNIT: dict[type[Cell], Operations] = {  # what a cell does with its gates
    layers.ElmanCell: (0, 0),
    layers.GRUCell: (3, 2),  # r h, z h~ and (1 - z) h
    layers.LSTMCell: (3, 1),
    layers.ConvLSTMCell: (3, 1),
}


@operations.register
def _(layer: Cell, T: int, spikes_in: bool | None = None) -> Operations:
    muls, adds = PER_UNIT[type(layer)]
    n, recurrent = T * layer.L, layer.gates * layer.L
    return n * (recurrent + muls), n * (recurrent + adds)


@operations.register
def _(layer: layers.ConvLSTMCell, T: int, spikes_in: bool | None = None) -> Operations:
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
def _(layer: layers.Neurons, spikes_in: bool) -> bool:
    return layer.neuron.sends_spikes


@spikes_out.register
def _(layer: Driven, spikes_in: bool) -> bool:
    return spikes_out(layer.dynamics, False)


@steps_out.register
def _(layer: layers.TimeMean, T: int) -> int:
    return 1


@steps_out.register
def _(layer: Sequential, T: int) -> int:
    for _, part in layer.layers:
        T = steps_out(part, T)
    return T


@driven_row.register
def _(dynamics: layers.Neurons, Q: int, R: int) -> TableRow:
    muls = R if dynamics.neuron.sends_spikes else (Q + 1) * R
    return muls, (Q + 2) * R, (Q + 1) * dynamics.shape[-1]


@driven_row.register
def _(dynamics: Cell, Q: int, R: int) -> TableRow:
    own = Q + math.prod(dynamics.shapes["U"][:-1])
    muls, adds = PER_UNIT[type(dynamics)]
    adds -= isinstance(dynamics, layers.GRUCell)  # as printed: one fewer than the equation needs
    gates = dynamics.gates
    return R * (gates * own + muls), R * (gates * own + adds), gates * dynamics.L * (own + 1)


@table_row.register
def _(layer: layers.Conv2D, T: int) -> TableRow:
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


def count_exact(layer: Layer, T: int = 1, *, spikes: bool | None = None) -> OpCount:
    """Count the operations of T steps of one sample in evaluation, and all parameters."""
    # Borders, resets, thresholds and norms are counted. Selections (use of a spike, reset of LIF)
    # are free. A division counts as a multiplication; activations and inverse square roots are
    # look-ups. If ``spikes`` is None, the input is spikes if the output is, as in Section V.
    layer, T = _check_layer(layer, T)
    if spikes is not None:
        spikes = check_bool("spikes", spikes, WHERE)
    return OpCount(*operations(layer, T, spikes), layer.count_params())


def count_as_printed(layer: Layer, T: int = 1) -> OpCount | None:
    """Count as Tables I and II do; None if the tables have no such layer."""
    # Windows at the border count like inner ones. Weights are those of the synapses only, without
    # the four parameters of the neurons (docs/reference/decisions.md).
    layer, T = _check_layer(layer, T)
    row = table_row(layer, T)
    return row and OpCount(*row)


def _check_layer(layer: object, T: object) -> tuple[Layer, int]:
    layer = check_instance("layer", layer, Layer, WHERE, "a layer")
    return layer, check_positive_int("T", T, WHERE)


@singledispatch
def network_counts(network: Parametrized, T: int) -> list[LayerOpCount]:
    """The counts of every layer of a kind of network for T steps; its layers may branch."""
    reason = f"expected a network with an entry, got {network.label}: network_counts.register"
    raise InputError.for_argument("network", WHERE, reason)


def count_ops(layers: Layer | Iterable[Layer] | Parametrized, T: int = 1) -> list[LayerOpCount]:
    """Count the operations of every layer, as Tables I and II do and exactly.

    If normalisation or pooling separates a convolution or dense layer from its neurons, the row of
    the convolution or dense layer has the paper's count of both (Section V), as ConvLIAF has.

    Parameters
    ----------
    layers : Layer, iterable of Layer, or Network
        From the input on; of a Sequential, its layers.
    T : int
        Time steps; behind a TimeMean there is one.

    Returns
    -------
    list of LayerOpCount
        One for each layer: ``paper`` counts as the tables do, ``exact`` what is computed.

    Raises
    ------
    InputError
        If one is no layer, or ``T`` below 1.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> (row,) = lr.count_ops(lr.DenseLIAF(50, 100), T=10)
    >>> row.exact.muls, row.exact.weights
    (53000, 5500)
    >>> rows = lr.count_ops(lr.BabiNetwork(22, "lif"), T=66)
    >>> [row.prefix for row in rows]
    ['story', 'story', 'query', 'query', 'head']
    """
    if isinstance(layers, Parametrized) and not isinstance(layers, Layer):
        return network_counts(layers, check_positive_int("T", T, "count_ops"))
    if isinstance(layers, Sequential):
        parts: tuple[NamedLayer, ...] = layers.layers
    elif isinstance(layers, Layer):
        parts = (NamedLayer("", layers),)
    else:
        expected = "a Network, a Layer or a list of Layers"
        found = check_items("layers", layers, Layer, "count_ops", expected)
        parts = tuple(NamedLayer("", layer) for layer in found)
    rows, spikes = [], False
    for number, (name, layer) in enumerate(parts):
        own = count_exact(layer, T, spikes=spikes)
        printed = _paper_count(layer, [above for _, above in parts[number + 1 :]], T)
        rows.append(LayerOpCount(name, layer.label, layer.out_shape, printed, own))
        spikes, T = spikes_out(layer, spikes), steps_out(layer, T)
    return rows


def count_total(layers: Layer | Parametrized, T: int = 1) -> OpCount:
    """Count the operations of all layers together, exactly."""
    return total(row.exact for row in count_ops(layers, T))


def _paper_count(layer: Layer, next_layers: list[Layer], T: int) -> OpCount | None:
    """The paper's count of a layer, or of its weights together with the neurons after them."""
    if isinstance(layer, Synapses):
        for other in next_layers:
            if isinstance(other, Synapses | Driven):
                break
            if neurons_of(other):
                row = split_row(layer, other, T)
                return row and OpCount(*row)
    return count_as_printed(layer, T)


class LayerSparsity(NamedTuple):
    """Sparsity of a layer on data, per sample on average.

    Attributes
    ----------
    prefix : str
        Prefix of the layer's parameters.
    label : str
        Name of the layer.
    input_density, output_density : float
        Fraction of the numbers that is not zero.
    dense : OpCount
        Exact count of operations.
    effective : OpCount
        The count without operations on zeros.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> net = lr.Sequential([("fc", lr.Dense(4, 2))])
    >>> X = np.array([[[1.0, 0, 0, 0]]])  # (B, T, L)
    >>> row, = lr.analysis.measure_sparsity(net, net.init(0), X)
    >>> row.input_density, row.dense.adds, row.effective.adds
    (0.25, 8, 2)
    """

    prefix: str
    label: str
    input_density: float
    output_density: float
    dense: OpCount
    effective: OpCount

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return self._asdict() | {"dense": vars(self.dense), "effective": vars(self.effective)}


def measure_sparsity(
    sequential: Sequential,
    params: Mapping[str, Array],
    X: Array,
    kernel_set: layers.KernelSet | None = None,
) -> list[LayerSparsity]:
    """Run a network on data and measure the share of non-zero inputs and outputs of each layer.

    Parameters
    ----------
    sequential : Sequential
        The network.
    params : mapping of str to ndarray
        Its parameters.
    X : ndarray, shape (B, T, ...)
        Input, of the parameters' dtype.
    kernel_set : KernelSet, optional
        Kernels to run; by default the fast kernels for float32.

    Returns
    -------
    list of LayerSparsity
        One for each layer.

    Raises
    ------
    InputError
        If an argument has another type, or ``params`` or ``X`` do not fit the network.

    Examples
    --------
    >>> import numpy as np
    >>> import liaf_ref as lr
    >>> net = lr.Sequential([("fc", lr.Dense(4, 2)), ("act", lr.Activation((2,), "relu"))])
    >>> rows = lr.analysis.measure_sparsity(net, net.init(0), np.ones((1, 3, 4)))
    >>> [row.input_density for row in rows]
    [1.0, 1.0]
    """
    where = "the sparsity measurement"
    params, X = check_sequential_input(sequential, params, X, where)
    kernels = kernel_set_for(X.dtype, kernel_set, where)
    rows = []
    for stage in sequential.iter_stages(params, X, kernels):
        layer = stage.layer
        full = count_exact(layer, stage.X.shape[1], spikes=is_binary(stage.X))
        has_weights = isinstance(layer, layers.Conv2D | layers.Dense)
        left = _effective_ops(layer, stage.X, full) if has_weights else full
        shares = float((stage.X != 0).mean()), float((stage.Y != 0).mean())
        rows.append(LayerSparsity(stage.name, layer.label, *shares, full, left))
    return rows


def is_binary(X: Array) -> bool:
    """Whether values are spikes, so that synapses need no products."""
    return bool(((X == 0) | (X == 1)).all())


def count_terms(layer: Any, X: Array) -> Array:
    """How many terms each sum of a convolution or dense layer has; an input counts as it says."""
    single = replace(layer, L=1, bias=False)
    ones = {name: np.ones(shape) for name, shape in single.param_shapes().items()}
    terms, *_ = single.run(ones, X.astype(float), (), layers.REFERENCE)
    found: Array = terms
    return found


def _effective_ops(layer: Any, X: Array, dense: OpCount) -> OpCount:
    """Count operations on non-zero inputs; the bias is added to every sum with such an input."""
    terms = count_terms(layer, X != 0)
    sums = terms if layer.bias else np.maximum(terms - 1, 0)
    products, adds = (round(layer.L * float(n.sum()) / len(X)) for n in (terms, sums))
    return OpCount(products if dense.muls else 0, adds, dense.weights)
