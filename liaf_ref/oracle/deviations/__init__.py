"""What backends are known to do that the paper does not: one changed line of the forward text."""

from liaf_ref.oracle.deviations import layers, neuron, time
from liaf_ref.oracle.deviations.deviation import Deviation, Table, ops_of, rows

CATALOG: Table = {
    **(neuron.SPIKES | neuron.NEURON | neuron.PATHS | neuron.PARAMETER_GRADIENTS | neuron.SHARED),
    **(layers.IMAGES | time.TRUNCATION | layers.ACTIVATIONS | time.RECURRENT | layers.SYNAPSES),
    **(layers.POOLS | layers.NORMALISATION | layers.READOUTS),
    **(time.CURRENT | time.LOSSES | time.OPTIMIZERS | time.CHUNKS),
}
DEVIATIONS = rows(CATALOG)

__all__ = ["DEVIATIONS", "Deviation", "ops_of"]
