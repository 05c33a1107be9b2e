"""The counts of layers in sequence, one row each."""

from collections.abc import Iterable

import numpy as np

from liaf_ref._core.validation import check_items
from liaf_ref.analysis.op_count.counts import LayerOpCount, OpCount
from liaf_ref.analysis.op_count.exact import count_exact
from liaf_ref.analysis.op_count.paper_tables import count_as_printed, count_split_layer
from liaf_ref.layers import Layer, NamedLayer, Sequential


def count_ops(layers: Iterable[Layer] | Sequential, T: int = 1) -> list[LayerOpCount]:
    """Count every layer both ways.

    Where a convolution or a dense layer and its neurons stand apart, with a
    normalisation or a pooling between, the synapses' row has the paper's count of both,
    after Section V: that of ConvLIAF, for instance.

    Parameters
    ----------
    layers : iterable of Layer or Sequential
        From the input on.
    T : int
        Time steps; behind a Sumlayer there is one.

    Returns
    -------
    list of Row
        One for each layer.

    Raises
    ------
    InputError
        If one is no layer or unknown, or ``T`` below 1.

    Examples
    --------
    >>> import liaf_ref as lr
    >>> (row,) = lr.count_ops([lr.DenseLIAF(50, 100)], T=10)
    >>> row.exact.muls, row.exact.weights
    (53000, 5500)
    """
    if isinstance(layers, Sequential):
        parts: tuple[NamedLayer, ...] = layers.layers
    else:
        found = check_items("layers", layers, Layer, "count_ops", "layers or a Sequential")  # type: ignore[type-abstract]
        parts = tuple(NamedLayer("", layer) for layer in found)
    rows, spikes = [], False
    for number, (name, layer) in enumerate(parts):
        own = count_exact(layer, T, spikes=spikes)
        printed = _paper_count(layer, [above for _, above in parts[number + 1 :]], T)
        rows.append(LayerOpCount(name, layer.label, layer.out_shape, printed, own))
        spikes, T = layer.spikes_out(spikes), layer.steps_out(T)
    return rows


def _paper_count(layer: Layer, next_layers: list[Layer], T: int) -> OpCount | None:
    """The layer's own row, or that of its weights with the neurons that follow them."""
    if layer.fan_in is not None and not layer._initial_state(1, np.float32):
        for other in next_layers:
            if other.neurons is not None and other.fan_in is None:
                return count_split_layer(layer, other, T)
            if other.fan_in is not None:
                break
    return count_as_printed(layer, T)
