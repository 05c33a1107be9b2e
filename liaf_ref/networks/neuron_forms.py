"""The spiking neurons of Fig. 6 and Table VIII: their layers, and their place in a block."""

from collections.abc import Callable
from typing import NamedTuple

from liaf_ref.layers import Conv2D, ConvLIAF, ConvLIF, DirectLIAF, DirectLIF, Layer, NeuronLayer


class NeuronForms(NamedTuple):
    """The layers of one kind of neurons, and their place in a block of Fig. 6."""

    direct: Callable[..., Layer]
    conv: Callable[..., NeuronLayer[Conv2D]]
    block_order: str


NEURON_FORMS = {
    "liaf": NeuronForms(DirectLIAF, ConvLIAF, "neuron-norm-pool"),  # Section VI-B2
    "lif": NeuronForms(DirectLIF, ConvLIF, "norm-pool-neuron"),
}
