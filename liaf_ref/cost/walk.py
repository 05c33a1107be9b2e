"""The counts of layers in sequence, one row each."""

from collections.abc import Iterable

from liaf_ref.cost.count import Count, Row
from liaf_ref.cost.exact import exact
from liaf_ref.cost.paper import paper, split
from liaf_ref.door import check_items
from liaf_ref.layers import (
    Chain,
    Conv,
    Dense,
    DirectLIAF,
    Dropout,
    Flatten,
    Integrated,
    Layer,
    MaxPool,
    Part,
    Sumlayer,
)

PASS_ON = Flatten | MaxPool | Dropout  # what leaves spikes spikes


def walk(layers: Iterable[Layer] | Chain, T: int = 1) -> list[Row]:
    """Count every layer both ways.

    Where a convolution or a dense layer and its neurons stand apart, with a
    normalisation or a pooling between, the synapses' row has the paper's count of both,
    after Section V: that of ConvLIAF, for instance.

    Parameters
    ----------
    layers : iterable of Layer or Chain
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
    """
    if isinstance(layers, Chain):
        parts: tuple[Part, ...] = layers.parts
    else:
        found = check_items("layers", layers, Layer, "a walk", "layers or a Chain")  # type: ignore[type-abstract]
        parts = tuple(Part("", layer) for layer in found)
    rows, spikes = [], False
    for number, (name, layer) in enumerate(parts):
        own = exact(layer, T, spikes=spikes)
        printed = _printed(layer, [above for _, above in parts[number + 1 :]], T)
        rows.append(Row(name, layer.source, layer.out_shape, printed, own))
        spikes = _puts_out_spikes(layer, spikes)
        T = 1 if isinstance(layer, Sumlayer) else T
    return rows


def _printed(layer: Layer, above: list[Layer], T: int) -> Count | None:
    if isinstance(layer, Conv | Dense):
        for other in above:
            if isinstance(other, DirectLIAF):
                return split(layer, other, T)
            if isinstance(other, Conv | Dense | Integrated):
                break
    return paper(layer, T)


def _puts_out_spikes(layer: Layer, came: bool) -> bool:
    dynamics = layer.dynamics if isinstance(layer, Integrated) else layer
    if isinstance(dynamics, DirectLIAF):
        return dynamics.spiking
    return came and isinstance(layer, PASS_ON)
