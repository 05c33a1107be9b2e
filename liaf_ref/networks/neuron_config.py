"""What the paper decides about the neurons of a vision network, as a value that may be another."""

from dataclasses import dataclass, fields
from typing import Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.signatures import CheckedConstructor
from liaf_ref._core.validation import check_choice, check_instance
from liaf_ref._core.validation.scalars import short_text
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.neuron import Params
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers.liaf import MODES, SHARINGS, DirectLIAF, DirectLIF, Neurons
from liaf_ref.layers.validation import check_spike
from liaf_ref.networks.dvs import DVSNetwork

BLOCK_ORDERS = ("neuron-norm-pool", "norm-neuron-pool", "norm-pool-neuron")
DEFAULT_BLOCK_ORDER = {"liaf": "neuron-norm-pool", "lif": "norm-pool-neuron"}  # Section VI-B2
SUPPORTED_OPTIONS = {
    "liaf": ("act", "mode", "sharing", "block_order"),
    "lif": ("sharing", "block_order", "output"),
}
UNSUPPORTED_REASONS = {
    ("lif", "act"): "LIF's activation is its spike, Section II-C (1)",
    ("lif", "mode"): "LIF is threshold related, Section II-C (1)",
    ("liaf", "output"): "the slope of LIAF's output is that of its activation, Eq. (8)",
}


@dataclass(frozen=True)
class NeuronConfig(CheckedConstructor):
    """What the neurons of a vision network are; by default those of Section VI-B2."""

    act: str = "identity"
    mode: str = "TR"
    sharing: str = "channel"
    block_order: str | None = None
    output: Pair | None = None

    def __post_init__(self) -> None:
        check_choice("act", self.act, ACTIVATIONS, "Eq. (8)")
        check_choice("mode", self.mode, MODES, "Eq. (8)")
        check_choice("sharing", self.sharing, SHARINGS, "Section II-B")
        if self.block_order is not None:
            check_choice("block_order", self.block_order, BLOCK_ORDERS, "Fig. 6")
        if self.output is not None:
            check_spike("output", self.output)


DVS_NEURONS = NeuronConfig()  # Section VI-B2
GESTURE_NEURONS = NeuronConfig(act="selu", mode="NTR", sharing="all")  # Section VI-C2


def check_neuron_config(
    neuron_config: object, default: NeuronConfig, cell: str, where: str
) -> NeuronConfig:
    """Refuse what a cell has no use for."""
    found = check_instance("neuron_config", neuron_config, NeuronConfig, where, "a NeuronConfig")
    for field in fields(NeuronConfig):
        value = getattr(found, field.name)
        if value != getattr(default, field.name):
            check_supported(field.name, value, cell, SUPPORTED_OPTIONS.get(cell, ()), where)
    return found


def check_supported(
    name: str, value: object, cell: str, supported: tuple[str, ...], where: str
) -> None:
    """Refuse an option that a cell does not support, with the reason."""
    if name not in supported:
        why = UNSUPPORTED_REASONS.get((cell, name), f"{cell} has no use for it")
        actual = f"got {short_text(value)}: {why}"
        raise InputError.for_argument(name, where, f"expected none with the cell {cell}, {actual}")


def direct_neurons(
    cell: str, shape: tuple[int, ...], neuron_config: NeuronConfig, **options: Any
) -> Neurons:
    """Neurons without synapses, LIAF or LIF."""
    options["sharing"] = neuron_config.sharing
    if cell == "lif":
        return DirectLIF(shape, output=neuron_config.output, **options)
    return DirectLIAF(shape, act=neuron_config.act, mode=neuron_config.mode, **options)


def neuron_param_names(network: DVSNetwork) -> frozenset[str]:
    """Name the neurons' own parameters: thresholds, reset potentials, decays."""
    return frozenset(
        f"{name}.{key}"
        for name, layer in network.sequential.flat_layers
        if layer.neurons is not None
        for key in Params._fields
    )
