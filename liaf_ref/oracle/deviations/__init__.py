"""What backends are known to do that the paper does not: one changed line of the forward text."""

from liaf_ref.oracle.deviations.chunks import CHUNKS
from liaf_ref.oracle.deviations.deviation import Deviation, ops_of
from liaf_ref.oracle.deviations.layers import LOSSES, NORMALISATION, OPTIMIZERS, POOLS, READOUTS
from liaf_ref.oracle.deviations.neuron import NEURON
from liaf_ref.oracle.deviations.neuron_gradients import NEURON_GRADIENTS
from liaf_ref.oracle.deviations.recurrent import RECURRENT_LAYERS, TRUNCATION
from liaf_ref.oracle.deviations.spikes import ACTIVATIONS, SPIKES
from liaf_ref.oracle.deviations.synapses import SYNAPSES, SYNAPSES_ON_IMAGES

DEVIATIONS: tuple[Deviation, ...] = (
    *SPIKES,
    *NEURON,
    *NEURON_GRADIENTS,
    *SYNAPSES_ON_IMAGES,
    *TRUNCATION,
    *ACTIVATIONS,
    *RECURRENT_LAYERS,
    *SYNAPSES,
    *POOLS,
    *NORMALISATION,
    *READOUTS,
    *LOSSES,
    *OPTIMIZERS,
    *CHUNKS,
)

__all__ = ["DEVIATIONS", "Deviation", "ops_of"]
