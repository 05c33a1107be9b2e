"""What a network does on data: how sparse its activations are, and what that could save.

Section V leaves the event-driven saving out of its counts, since it depends on data.
Here it is measured: of the products and sums of a synapse those are counted whose
input is not zero, as hardware would that is woken by activations and sleeps otherwise.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from liaf_ref.cost.count import Count
from liaf_ref.cost.exact import exact, windows_over
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Chain, Conv, Dense, Forms, Layer


class Observed(NamedTuple):
    """A stage on data, for one sample on average.

    Parameters
    ----------
    part, name : str
        The prefix of its parameters, and what it is.
    active_in, active_out : float
        Shares of its inputs and outputs that are not zero; of LIF's output, that fired.
    full, left : Count
        The exact count, and what of it is left where zeros are not worked on.
    """

    part: str
    name: str
    active_in: float
    active_out: float
    full: Count
    left: Count


def observe(chain: Chain, params: Mapping[str, Array], X: Array, forms: Forms) -> list[Observed]:
    """Run a network on data and count what was not zero.

    Parameters
    ----------
    chain : Chain
        The network's layers.
    params : mapping of str to ndarray
        Parameters, and running statistics where there are any.
    X : ndarray, shape (B, T, *in_shape)
        Data.
    forms : Forms
        Kernels to run.

    Returns
    -------
    list of Observed
        Synapses and neurons apart, from the input on.
    """
    rows, steps = [], chain.run(params, X, chain.zeros(len(X), X.dtype), forms)
    for (part, _), (layer, came, went, *_) in zip(chain.stages, steps, strict=True):
        full = exact(layer, came.shape[1], spikes=_binary(came))
        left = _effective(layer, came, full)
        shares = float((came != 0).mean()), float((went != 0).mean())
        rows.append(Observed(part, layer.source, *shares, full, left))
    return rows


def _binary(X: Array) -> bool:
    return bool(((X == 0) | (X == 1)).all())


def _effective(layer: Layer, X: Array, full: Count) -> Count:
    """Products of what is not zero, each with the weights that see it; the bias is added anyway."""
    active = (X != 0).sum(axis=0)
    if isinstance(layer, Dense):
        products, outputs = int(active.sum()) * layer.L, X.shape[1] * layer.L
    elif isinstance(layer, Conv):
        seen = windows_over(layer, X.shape[1])
        products = int((active.sum(axis=-1) * seen).sum()) * layer.L
        outputs = X.shape[1] * math.prod(layer.out_shape)
    else:
        return full
    products = round(products / len(X))
    adds = products if layer.bias else max(products - outputs, 0)
    return Count(products if full.muls else 0, min(adds, full.adds), full.weights)
