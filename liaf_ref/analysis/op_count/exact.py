"""What a layer computes, counted: borders, resets, thresholds and norms included.

Spikes are selected, not multiplied, and so is the reset of LIF.  A division counts as a
multiplication; one over a square root is looked up, like any activation.
"""

from liaf_ref._core.validation import check_bool
from liaf_ref.analysis.op_count.counts import OpCount, check_layer
from liaf_ref.layers import Layer


def count_exact(layer: Layer, T: int = 1, *, spikes: bool | None = None) -> OpCount:
    """Count the operations of T steps of one sample in evaluation, and all parameters."""
    # Without ``spikes``, Section V's premise holds: spikes come in where they go out.
    layer, T = check_layer(layer, T)
    if spikes is not None:
        spikes = check_bool("spikes", spikes, "the cost of a layer")
    return OpCount(*layer.op_count(T, spikes), layer.count_params())
