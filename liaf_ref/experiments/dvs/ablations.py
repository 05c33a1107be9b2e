"""Options by which a run deviates from the paper: the neurons and their gradient.

None stands for the setting of the paper. An option that a cell does not use is refused.
"""

from typing import TYPE_CHECKING, NamedTuple

from liaf_ref._core.validation import check_choice, check_number, validate_optional_fields
from liaf_ref.experiments.choices import GRADIENTS
from liaf_ref.experiments.training_config import check_unused
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import detached
from liaf_ref.kernels.surrogate import SHAPES, surrogate
from liaf_ref.layers.liaf import MODES, SHARINGS
from liaf_ref.networks.dvs_builder import DROPOUT_RATE
from liaf_ref.networks.neuron_config import BLOCK_ORDERS, DVS_NEURONS, NeuronConfig, check_supported

if TYPE_CHECKING:
    from liaf_ref.experiments.dvs.config import DVSConfig

DEFAULT_MU = 0.5  # of the window (13); the paper does not print it
NEURONS = ("trained", "fixed")
CHOICES = {
    "act": tuple(ACTIVATIONS),
    "mode": tuple(MODES),
    "sharing": SHARINGS,
    "surrogate": tuple(SHAPES),
    "gradient": GRADIENTS,
    "neurons": NEURONS,
    "block_order": BLOCK_ORDERS,
}
LIF_OPTIONS = ("sharing", "mu", "surrogate", "gradient", "neurons", "block_order")
CELL_OPTIONS = {"liaf": ("act", "mode", *LIF_OPTIONS), "lif": LIF_OPTIONS}
ABLATION_FIELDS = (*CHOICES, "mu")


class BuildOptions(NamedTuple):
    """Options of a network: its neurons, their spike, and the dropout rate."""

    neuron_config: NeuronConfig
    spike: Pair | None  # None for a cell without spikes
    dropout: float


def check_ablations(config: "DVSConfig", where: str) -> None:
    """Refuse unknown values, and options that the cell does not use."""
    for name in ABLATION_FIELDS:
        value = getattr(config, name)
        if value is None:
            continue
        check_supported(name, value, config.cell, CELL_OPTIONS.get(config.cell, ()), where)
        if name in CHOICES:
            check_choice(name, value, CHOICES[name], where)
    above, share = "a finite number > 0", "a number in [0, 1)"
    validate_optional_fields(config, ("mu",), check_number, where, lambda mu: mu > 0, above)
    validate_optional_fields(config, ("dropout",), check_number, where, lambda x: 0 <= x < 1, share)
    if config.cell == "liaf" and config.gradient == "detached":
        for name in ("mu", "surrogate"):
            check_unused(config, name, "with a detached reset, no gradient of LIAF uses the window")


def build_options(config: "DVSConfig", paper_neurons: NeuronConfig = DVS_NEURONS) -> BuildOptions:
    """Convert the options of a configuration to those of a network."""
    spike = output = None
    if config.cell in CELL_OPTIONS:
        shaped = surrogate(config.surrogate or "window", config.mu or DEFAULT_MU)
        cut = config.gradient == "detached"
        spike = detached() if cut else shaped
        output = shaped if cut and config.cell == "lif" else None
    return BuildOptions(
        NeuronConfig(
            config.act or paper_neurons.act,
            config.mode or paper_neurons.mode,
            config.sharing or paper_neurons.sharing,
            config.block_order,
            output,
        ),
        spike,
        DROPOUT_RATE if config.dropout is None else config.dropout,
    )
