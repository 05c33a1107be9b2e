"""What backends are known to do that the paper does not."""

from liaf_ref.oracle.conventions.activations import ACTIVATIONS
from liaf_ref.oracle.conventions.chunks import CHUNKS
from liaf_ref.oracle.conventions.convention import BASE_KERNELS, Convention, ops_of
from liaf_ref.oracle.conventions.convolutions import CONVOLUTIONS
from liaf_ref.oracle.conventions.losses import LOSSES
from liaf_ref.oracle.conventions.neuron_backward import NEURON_BACKWARD
from liaf_ref.oracle.conventions.neuron_forward import NEURON_FORWARD
from liaf_ref.oracle.conventions.norms import NORMS
from liaf_ref.oracle.conventions.pools import POOLS
from liaf_ref.oracle.conventions.readouts_and_optimizers import OPTIMIZERS, READOUTS
from liaf_ref.oracle.conventions.recurrent import RECURRENT_LAYERS
from liaf_ref.oracle.conventions.spikes import SPIKES
from liaf_ref.oracle.conventions.synapses import SYNAPSES
from liaf_ref.oracle.conventions.truncation import TRUNCATION

CATALOG: tuple[Convention, ...] = (
    *SPIKES,
    *NEURON_FORWARD,
    *NEURON_BACKWARD,
    *CONVOLUTIONS,
    *TRUNCATION,
    *ACTIVATIONS,
    *RECURRENT_LAYERS,
    *SYNAPSES,
    *POOLS,
    *NORMS,
    *READOUTS,
    *LOSSES,
    *OPTIMIZERS,
    *CHUNKS,
)

__all__ = ["BASE_KERNELS", "CATALOG", "Convention", "ops_of"]
