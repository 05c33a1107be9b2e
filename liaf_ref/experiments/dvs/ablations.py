"""Options by which a run deviates from the paper: the neurons, their gradient and their blocks.

None stands for the setting of the paper. An option that a cell does not use is refused.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from liaf_ref._core.declared import declarations
from liaf_ref._core.errors import InputError
from liaf_ref._core.text import short_text
from liaf_ref._core.validation import check_choice, check_number, validate_optional_fields
from liaf_ref.experiments.choices import GRADIENTS
from liaf_ref.experiments.training_config import check_unused
from liaf_ref.kernels.activation import ACTIVATIONS
from liaf_ref.kernels.neuron import Params
from liaf_ref.kernels.spike import detached
from liaf_ref.kernels.surrogate import SHAPES, surrogate
from liaf_ref.layers import Neuron
from liaf_ref.layers.presets import presets
from liaf_ref.layers.types import DECAYS, MODES, SHARINGS
from liaf_ref.networks.cells import NOT_OF_LIF
from liaf_ref.networks.vision import (
    BLOCK_ORDERS,
    DROPOUT_RATE,
    DVS_NEURON,
    TABLE_VIII,
    GestureBlocks,
)

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
    **{each.name: each.kind.choices for each in declarations(GestureBlocks)},
}
INITIAL = Params._fields
BLOCK_OPTIONS = tuple(each.name for each in declarations(GestureBlocks))
LIF_OPTIONS = (
    *("sharing", "mu", "surrogate", "gradient", "neurons", "block_order"),
    *INITIAL,
    "decay",
    *BLOCK_OPTIONS,
)
CELL_OPTIONS = {"liaf": ("preset", "act", "mode", *LIF_OPTIONS), "lif": LIF_OPTIONS}
ABLATION_FIELDS = (*CHOICES, "mu", *INITIAL)


class BuildOptions(NamedTuple):
    """Options of a network: its neurons and their place, the dropout rate, and its blocks."""

    neuron: Neuron
    block_order: str | None
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


def build_options(config: "DVSConfig", paper_neuron: Neuron = DVS_NEURON) -> BuildOptions:
    """Convert the options of a configuration to those of a network."""
    return BuildOptions(
        _neuron(config, paper_neuron) if config.cell in CELL_OPTIONS else paper_neuron,
        config.block_order,
        DROPOUT_RATE if config.dropout is None else config.dropout,
        replace(TABLE_VIII, **_given(config, BLOCK_OPTIONS)),
    )


def _neuron(config: "DVSConfig", paper_neuron: Neuron) -> Neuron:
    shaped = surrogate(config.surrogate or "window", config.mu or DEFAULT_MU)
    own: dict[str, Any] = {"spike": shaped}
    if config.gradient == "detached":
        own["spike"] = detached()
        if config.cell == "lif":
            own["output"] = shaped
    if config.preset is not None:
        own |= presets[config.preset].options
    own |= _given(config, ("act", "mode", "sharing", "decay", *INITIAL))
    return replace(paper_neuron.as_lif() if config.cell == "lif" else paper_neuron, **own)


def _given(config: "DVSConfig", names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(config, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def check_supported(
    name: str, value: object, cell: str, supported: tuple[str, ...], where: str
) -> None:
    """Refuse an option that a cell does not support, with the reason."""
    if name not in supported:
        reason = f"{cell} does not use it"
        if cell == "lif" and name in NOT_OF_LIF:
            reason = "the activation of LIF is its spike, Section II-C (1)"
        given = f"got {short_text(value)}: {reason}"
        raise InputError.for_argument(
            name, where, f"expected no value for the cell {cell}, {given}"
        )
