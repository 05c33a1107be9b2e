"""Operations of layers: the exact count, and the count of Tables I and II."""

from collections.abc import Iterable
from functools import singledispatch

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_bool, check_instance, check_items, check_positive_int
from liaf_ref.analysis.op_count.counts import LayerOpCount, OpCount
from liaf_ref.analysis.op_count.tables import (
    WHERE,
    operations,
    spikes_out,
    split_row,
    steps_out,
    table_row,
)
from liaf_ref.layers import Driven, Layer, NamedLayer, Sequential
from liaf_ref.layers.driven import neurons_of
from liaf_ref.layers.layer import Parametrized
from liaf_ref.layers.synapses import Synapses


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
