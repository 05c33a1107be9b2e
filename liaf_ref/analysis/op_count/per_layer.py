"""Operations of layers: the exact count, and the count of Tables I and II."""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

import numpy as np

from liaf_ref._core.validation import check_bool, check_instance, check_items, check_positive_int
from liaf_ref.analysis.op_count.counts import LayerOpCount, OpCount
from liaf_ref.layers import Layer, NamedLayer, Sequential
from liaf_ref.layers.neuron_layer import split_table_row

WHERE = "the cost of a layer"


def count_exact(layer: Layer, T: int = 1, *, spikes: bool | None = None) -> OpCount:
    """Count the operations of T steps of one sample in evaluation, and all parameters."""
    # Borders, resets, thresholds and norms are counted. Selections (use of a spike, reset of LIF)
    # are free. A division counts as a multiplication; activations and inverse square roots are
    # look-ups. If ``spikes`` is None, the input is spikes if the output is, as in Section V.
    layer, T = _check_layer(layer, T)
    if spikes is not None:
        spikes = check_bool("spikes", spikes, WHERE)
    return OpCount(*layer.op_count(T, spikes), layer.count_params())


def count_as_printed(layer: Layer, T: int = 1) -> OpCount | None:
    """Count as Tables I and II do; None if the tables have no such layer."""
    # Windows at the border count like inner ones. Weights are those of the synapses only, without
    # the four parameters of the neurons (docs/reference/decisions.md).
    layer, T = _check_layer(layer, T)
    row = layer.table_row(T)
    return row and OpCount(*row)


def _check_layer(layer: object, T: object) -> tuple[Layer, int]:
    layer = check_instance("layer", layer, Layer, WHERE, "a layer")  # type: ignore[type-abstract]
    return layer, check_positive_int("T", T, WHERE)


@runtime_checkable
class _Network(Protocol):
    def op_counts(self, steps: int) -> list[LayerOpCount]: ...


def count_ops(layers: Layer | Iterable[Layer] | _Network, T: int = 1) -> list[LayerOpCount]:
    """Count the operations of every layer, as Tables I and II do and exactly.

    If normalisation or pooling separates a convolution or dense layer from its neurons, the row of
    the convolution or dense layer has the paper's count of both (Section V), as ConvLIAF has.

    Parameters
    ----------
    layers : Layer, iterable of Layer, or Network
        From the input on; of a Sequential, its layers.
    T : int
        Time steps; behind a Sumlayer there is one.

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
    if isinstance(layers, _Network):  # its layers may not form one sequence
        return layers.op_counts(check_positive_int("T", T, "count_ops"))
    if isinstance(layers, Sequential):
        parts: tuple[NamedLayer, ...] = layers.layers
    elif isinstance(layers, Layer):
        parts = (NamedLayer("", layers),)
    else:
        expected = "a Network, a Layer or a list of Layers"
        found = check_items("layers", layers, Layer, "count_ops", expected)  # type: ignore[type-abstract]
        parts = tuple(NamedLayer("", layer) for layer in found)
    rows, spikes = [], False
    for number, (name, layer) in enumerate(parts):
        own = count_exact(layer, T, spikes=spikes)
        printed = _paper_count(layer, [above for _, above in parts[number + 1 :]], T)
        rows.append(LayerOpCount(name, layer.label, layer.out_shape, printed, own))
        spikes, T = layer.spikes_out(spikes), layer.steps_out(T)
    return rows


def _paper_count(layer: Layer, next_layers: list[Layer], T: int) -> OpCount | None:
    """The paper's count of a layer, or of its weights together with the neurons after them."""
    if layer.fan_in is not None and not layer._initial_state(1, np.float32):
        for other in next_layers:
            if other.neurons is not None and other.fan_in is None:
                row = split_table_row(layer, other, T)
                return row and OpCount(*row)
            if other.fan_in is not None:
                break
    return count_as_printed(layer, T)
