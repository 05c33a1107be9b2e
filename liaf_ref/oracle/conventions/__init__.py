"""What backends are known to do that the paper does not."""

from liaf_ref.oracle.conventions.activations import ACTIVATIONS
from liaf_ref.oracle.conventions.backward import NEURON_BACKWARD
from liaf_ref.oracle.conventions.convention import BASE, Convention, ops_of
from liaf_ref.oracle.conventions.convlstm import CONVLSTM
from liaf_ref.oracle.conventions.convolutions import CONVOLUTIONS
from liaf_ref.oracle.conventions.ends import ENDS, OPTIMISERS
from liaf_ref.oracle.conventions.forward import NEURON_FORWARD
from liaf_ref.oracle.conventions.losses import LOSSES
from liaf_ref.oracle.conventions.norms import NORMS
from liaf_ref.oracle.conventions.pools import POOLS
from liaf_ref.oracle.conventions.recurrent import RECURRENCES
from liaf_ref.oracle.conventions.spikes import SPIKES
from liaf_ref.oracle.conventions.synapses import SYNAPSES
from liaf_ref.oracle.conventions.time import TIME

CATALOGUE: tuple[Convention, ...] = (
    *SPIKES,
    *NEURON_FORWARD,
    *NEURON_BACKWARD,
    *CONVOLUTIONS,
    *TIME,
    *ACTIVATIONS,
    *RECURRENCES,
    *CONVLSTM,
    *SYNAPSES,
    *POOLS,
    *NORMS,
    *ENDS,
    *LOSSES,
    *OPTIMISERS,
)

__all__ = ["BASE", "CATALOGUE", "Convention", "ops_of"]
