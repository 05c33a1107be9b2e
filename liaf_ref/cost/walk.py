"""The counts of a stack of layers, one row each."""

from collections.abc import Iterable

from liaf_ref.cost.count import Row
from liaf_ref.cost.exact import exact
from liaf_ref.cost.paper import paper
from liaf_ref.layers import Layer


def walk(layers: Iterable[Layer], T: int = 1) -> list[Row]:
    """Count every layer both ways.

    Parameters
    ----------
    layers : iterable of Layer
        From the input on.
    T : int
        Time steps.

    Returns
    -------
    list of Row
        One for each layer.

    Raises
    ------
    InputError
        If one is no layer or unknown, or ``T`` below 1.
    """
    return [
        Row(layer.source, layer.out_shape, paper(layer, T), exact(layer, T)) for layer in layers
    ]
