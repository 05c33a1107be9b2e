"""The counts of layers in sequence, one row each."""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

import numpy as np

from liaf_ref._core.signatures import checked_call
from liaf_ref._core.validation import check_items, check_positive_int
from liaf_ref.analysis.op_count.counts import LayerOpCount, OpCount
from liaf_ref.analysis.op_count.exact import count_exact
from liaf_ref.analysis.op_count.paper_tables import count_as_printed, count_split_layer
from liaf_ref.layers import Layer, NamedLayer, Sequential


@runtime_checkable
class _Network(Protocol):
    def op_counts(self, steps: int) -> list[LayerOpCount]: ...


@checked_call()
def count_ops(layers: Iterable[Layer] | Sequential | _Network, T: int = 1) -> list[LayerOpCount]:
    """Count the operations of every layer, as Tables I and II do and exactly.

    Where a convolution or a dense layer and its neurons stand apart, with a
    normalisation or a pooling between, the synapses' row has the paper's count of both,
    after Section V: that of ConvLIAF, for instance.

    Parameters
    ----------
    layers : iterable of Layer, Sequential or Network
        From the input on.
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
    >>> (row,) = lr.count_ops([lr.DenseLIAF(50, 100)], T=10)
    >>> row.exact.muls, row.exact.weights
    (53000, 5500)
    >>> rows = lr.count_ops(lr.BabiNetwork(22, "lif"), T=66)
    >>> [row.prefix for row in rows]
    ['story', 'story', 'query', 'query', 'head']
    """
    if isinstance(layers, _Network):  # whose layers need not form one sequence
        return layers.op_counts(check_positive_int("T", T, "count_ops"))
    if isinstance(layers, Sequential):
        parts: tuple[NamedLayer, ...] = layers.layers
    else:
        expected = "a Network, a Sequential or layers"
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
    """The layer's own row, or that of its weights with the neurons that follow them."""
    if layer.fan_in is not None and not layer._initial_state(1, np.float32):
        for other in next_layers:
            if other.neurons is not None and other.fan_in is None:
                return count_split_layer(layer, other, T)
            if other.fan_in is not None:
                break
    return count_as_printed(layer, T)
