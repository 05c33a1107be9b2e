"""What backends are known to do that the paper does not: one changed line of the forward text."""

from liaf_ref.oracle.deviations import layers, neuron, time
from liaf_ref.oracle.deviations.deviation import Deviation, Table, named, ops_of

TABLES: tuple[Table, ...] = (
    *(neuron.SPIKES, neuron.NEURON, neuron.GRADIENTS),
    *(layers.IMAGES, time.TRUNCATION, layers.ACTIVATIONS, time.RECURRENT, layers.SYNAPSES),
    *(layers.POOLS, layers.NORMALISATION, layers.READOUTS),
    *(time.LOSSES, time.OPTIMIZERS, time.CHUNKS),
)
DEVIATIONS = tuple(found for table in TABLES for found in named(table))
BY_NAME: Table = {found.name: found for found in DEVIATIONS}

__all__ = ["BY_NAME", "DEVIATIONS", "Deviation", "ops_of"]
