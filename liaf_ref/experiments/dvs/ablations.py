"""Options by which a run deviates from the paper: the neurons, their gradient and their blocks.

None stands for the setting of the paper. An option that a cell does not use is refused.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from liaf_ref._core.validation import check_choice, check_number, validate_optional_fields
from liaf_ref.experiments.choices import GRADIENTS
from liaf_ref.experiments.training_config import check_unused
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.neuron import Params
from liaf_ref.kernels.pair import Pair
from liaf_ref.kernels.spike import detached
from liaf_ref.kernels.surrogate import SHAPES, surrogate
from liaf_ref.layers.liaf import MODES, SHARINGS
from liaf_ref.layers.presets import presets
from liaf_ref.layers.relatives import DECAYS
from liaf_ref.networks.dvs_builder import DROPOUT_RATE
from liaf_ref.networks.gesture import AFTER_POOLING, NORMS, READOUTS, TABLE_VIII, GestureBlocks
from liaf_ref.networks.neuron_config import BLOCK_ORDERS, DVS_NEURONS, NeuronConfig, check_supported

if TYPE_CHECKING:
    from liaf_ref.experiments.dvs.config import DVSConfig

DEFAULT_MU = 0.5  # of the window (13); the paper does not print it
NEURONS = ("trained", "fixed")
CHOICES = {
    "preset": tuple(presets),
    "act": tuple(ACTIVATIONS),
    "mode": tuple(MODES),
    "sharing": SHARINGS,
    "surrogate": tuple(SHAPES),
    "gradient": GRADIENTS,
    "neurons": NEURONS,
    "block_order": BLOCK_ORDERS,
    "decay": DECAYS,
    "norm": NORMS,
    "after_pooling": AFTER_POOLING,
    "readout": READOUTS,
}
INITIAL = Params._fields
BLOCK_OPTIONS = ("norm", "after_pooling", "readout")
LIF_OPTIONS = (
    *("sharing", "mu", "surrogate", "gradient", "neurons", "block_order"),
    *INITIAL,
    "decay",
    *BLOCK_OPTIONS,
)
CELL_OPTIONS = {"liaf": ("preset", "act", "mode", *LIF_OPTIONS), "lif": LIF_OPTIONS}
ABLATION_FIELDS = (*CHOICES, "mu", *INITIAL)


class BuildOptions(NamedTuple):
    """Options of a network: its neurons, their spike, the dropout rate, and its blocks."""

    neuron_config: NeuronConfig
    spike: Pair | None  # None for a cell without spikes
    dropout: float
    gesture_blocks: GestureBlocks


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
    validate_optional_fields(config, INITIAL, check_number, where)
    validate_optional_fields(config, ("dropout",), check_number, where, lambda x: 0 <= x < 1, share)
    if config.preset is not None and presets[config.preset].options:
        for name in ("mu", "surrogate", "gradient"):
            check_unused(config, name, f"the preset {config.preset} has a spike of its own")
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
    preset = {} if config.preset is None else dict(presets[config.preset].options)
    spike = preset.pop("spike", spike)
    return BuildOptions(
        replace(
            replace(paper_neurons, **preset),
            block_order=config.block_order,
            output=output,
            **_given(config, ("act", "mode", "sharing", "decay", *INITIAL)),
        ),
        spike,
        DROPOUT_RATE if config.dropout is None else config.dropout,
        replace(TABLE_VIII, **_given(config, BLOCK_OPTIONS)),
    )


def _given(config: "DVSConfig", names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(config, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}
