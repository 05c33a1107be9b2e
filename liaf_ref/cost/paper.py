"""Tables I and II as they are printed.

Borders are counted as if windows saw no padding; weights are those of the synapses
alone, without the four parameters of the neurons (see ``docs/decisions.md``).
"""

import math

from liaf_ref.cost.count import Count, check_layer
from liaf_ref.layers import (
    Conv,
    ConvLSTMCell,
    Dense,
    DirectLIAF,
    ElmanCell,
    GRUCell,
    Integrated,
    Layer,
    LSTMCell,
)


def paper(layer: Layer, T: int = 1) -> Count | None:
    """Count as Tables I and II do.

    Parameters
    ----------
    layer : Layer
        A layer.
    T : int
        Time steps; Table I is for one.

    Returns
    -------
    Count or None
        Of one sample; None if the tables have no such layer.

    Raises
    ------
    InputError
        If ``layer`` is no layer or ``T`` below 1.
    """
    layer, T = check_layer(layer, T)
    if isinstance(layer, Conv):
        R, Q = _sizes(layer, layer.L, T)
        return Count(Q * R, Q * R, (Q + 1) * layer.L)  # Conv2D; Conv3D with U Q for Q
    return split(layer.synapse, layer.dynamics, T) if isinstance(layer, Integrated) else None


def split(synapse: Layer, dynamics: Layer, T: int) -> Count | None:
    """Count synapses and dynamics that may stand apart as the layer they make, Section V.

    Parameters
    ----------
    synapse, dynamics : Layer
        Such as a convolution and DirectLIAF; the count is on the convolution's places.
    T : int
        Time steps.

    Returns
    -------
    Count or None
        Of one sample; None if the tables have no such layer.
    """
    L = dynamics.out_shape[-1]
    if isinstance(synapse, Dense):
        return _table_i(synapse.K, L, dynamics, T)
    if isinstance(synapse, Conv):
        R, Q = _sizes(synapse, L, T)
        return _table_ii(Q, R, dynamics)
    return None


def _table_i(K: int, L: int, dynamics: Layer, T: int) -> Count | None:
    """Table I, a row for each kind of dynamics."""
    match dynamics:
        case DirectLIAF(spiking=True):
            row = Count(L, L * (K + 2), L * (K + 1))
        case DirectLIAF():
            row = Count(L * (K + 1), L * (K + 2), L * (K + 1))
        case ElmanCell():
            row = Count(L * (L + K), L * (L + K), L * (L + K + 1))
        case GRUCell():
            row = Count(L * 3 * (L + K + 1), L * (3 * (L + K) + 1), L * 3 * (L + K + 1))
        case LSTMCell():
            row = Count(L * (4 * (L + K) + 3), L * (4 * (L + K) + 1), L * 4 * (L + K + 1))
        case _:
            return None
    return row.times(T)


def _table_ii(Q: int, R: int, dynamics: Layer) -> Count | None:
    """Table II, a row for each kind of dynamics; ``R`` has the time steps in it."""
    L = dynamics.out_shape[-1]
    match dynamics:
        case DirectLIAF(spiking=True):
            return Count(R, (Q + 2) * R, (Q + 1) * L)
        case DirectLIAF():
            return Count((Q + 1) * R, (Q + 2) * R, (Q + 1) * L)
        case ConvLSTMCell():
            own = Q + math.prod(dynamics.kernel) * L
            return Count((4 * own + 3) * R, (4 * own + 1) * R, (own + 1) * 4 * L)
    return None


def _sizes(conv: Conv, L: int, T: int) -> tuple[int, int]:
    """R, outputs of all steps, and Q, products for each of them."""
    return T * math.prod(conv.out_shape[:2]) * L, math.prod(conv.kernel) * conv.shape[-1]
