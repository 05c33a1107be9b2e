"""Options of the neurons of a vision network."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_choice, check_instance, check_number, validate_fields
from liaf_ref._core.validation.scalars import short_text
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.neuron import Params
from liaf_ref.kernels.pair import Pair
from liaf_ref.layers.liaf import MODES, SHARINGS, NeuronOptions
from liaf_ref.layers.relatives import check_relatives
from liaf_ref.layers.validation import check_spike
from liaf_ref.networks.dvs import DVSNetwork
from liaf_ref.networks.neuron_forms import NEURON_FORMS

BLOCK_ORDERS = ("neuron-norm-pool", "norm-neuron-pool", "norm-pool-neuron")


@dataclass(frozen=True)
class NeuronConfig:
    """Options of the neurons of a vision network; by default those of Section VI-B2."""

    act: str = "identity"
    mode: str = "TR"
    sharing: str = "channel"
    block_order: str | None = None
    output: Pair | None = None
    v_th: float = NeuronOptions.v_th
    v_reset: float = NeuronOptions.v_reset
    alpha: float = NeuronOptions.alpha
    beta: float = NeuronOptions.beta
    reset: str = NeuronOptions.reset
    levels: str | int = NeuronOptions.levels
    decay: str = NeuronOptions.decay

    def __post_init__(self) -> None:
        check_choice("act", self.act, ACTIVATIONS, "Eq. (8)")
        check_choice("mode", self.mode, MODES, "Eq. (8)")
        check_choice("sharing", self.sharing, SHARINGS, "Section II-B")
        if self.block_order is not None:
            check_choice("block_order", self.block_order, BLOCK_ORDERS, "Fig. 6")
        if self.output is not None:
            check_spike("output", self.output)
        validate_fields(self, Params._fields, check_number, "Eqs. (4)-(6)")
        check_relatives(self.reset, self.levels, self.decay, self.alpha)


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
            check_supported(field.name, value, cell, supported_options(cell), where)
    return found


def supported_options(cell: str) -> tuple[str, ...]:
    """The fields of NeuronConfig that a cell has a use for."""
    if cell not in NEURON_FORMS:
        return ()
    neurons: Any = NEURON_FORMS[cell].direct
    own = {"block_order", *(field.name for field in fields(neurons))}
    return tuple(field.name for field in fields(NeuronConfig) if field.name in own)


def neuron_keywords(cell: str, neuron_config: NeuronConfig) -> dict[str, Any]:
    """The options of the neurons' layers."""
    names = (name for name in supported_options(cell) if name != "block_order")
    return {name: getattr(neuron_config, name) for name in names}


def check_supported(
    name: str, value: object, cell: str, supported: tuple[str, ...], where: str
) -> None:
    """Refuse an option that a cell does not support, with the reason."""
    if name not in supported:
        neurons = NEURON_FORMS[cell].direct if cell in NEURON_FORMS else None
        reasons: Mapping[str, str] = getattr(neurons, "_not_arguments", {})
        actual = f"got {short_text(value)}: {reasons.get(name, f'{cell} does not use it')}"
        raise InputError.for_argument(
            name, where, f"expected no value for the cell {cell}, {actual}"
        )


def neuron_param_names(network: DVSNetwork) -> frozenset[str]:
    """Name the neurons' own parameters: thresholds, reset potentials, decays."""
    return frozenset(
        f"{name}.{key}"
        for name, layer in network.sequential.flat_layers
        if layer.neurons is not None
        for key in layer.neurons.param_shapes()
    )
