"""Tables I and II as they are printed.

Borders are counted as if windows saw no padding; weights are those of the synapses
alone, without the four parameters of the neurons (see ``docs/decisions.md``).
"""

from liaf_ref.analysis.op_count.counts import OpCount, check_layer
from liaf_ref.layers import Layer
from liaf_ref.layers.neuron_layer import split_table_row


def count_as_printed(layer: Layer, T: int = 1) -> OpCount | None:
    """Count as Tables I and II do; None if the tables have no such layer."""
    layer, T = check_layer(layer, T)
    row = layer.table_row(T)
    return row and OpCount(*row)


def count_split_layer(synapse: Layer, dynamics: Layer, T: int) -> OpCount | None:
    """Count synapses and dynamics that may stand apart as the layer they make, Section V."""
    row = split_table_row(synapse, dynamics, T)
    return row and OpCount(*row)
