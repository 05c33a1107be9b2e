"""Options for what a run on images may do otherwise than the paper."""

import argparse

from liaf_ref.cli.options import float_value, positive_int
from liaf_ref.experiments.dvs import DVSConfig, ExperimentSpec
from liaf_ref.experiments.dvs.ablations import CHOICES, DEFAULT_MU
from liaf_ref.experiments.dvs.frames import FRAME_ORDERS
from liaf_ref.networks.dvs_builder import DROPOUT_RATE
from liaf_ref.networks.neuron_config import DEFAULT_BLOCK_ORDER

ABLATION_FIELDS = (*CHOICES, "mu", "dropout", "frames", "frame_order")


def add_ablation_options(parser: argparse.ArgumentParser, experiment: ExperimentSpec) -> None:
    """Add the options of one experiment; those that it has no use for are left out."""
    group = parser.add_argument_group(
        "deviations from the paper",
        "An option that does not apply to a cell is an error.",
    )
    own = experiment.neuron_config
    orders = ", ".join(f"{order} of {cell}" for cell, order in DEFAULT_BLOCK_ORDER.items())
    texts = {
        "act": f"Act of Eq. (8), of liaf; the paper's {own.act}",
        "mode": f"TR: Act applies to U - V_th; NTR: to U (Eq. (8), liaf only; paper: {own.mode})",
        "sharing": f"parameter sharing between neurons (paper: {own.sharing})",
        "surrogate": "surrogate gradient of the spike, Eq. (13) (paper: window)",
        "gradient": "gradient through the reset; detached: none (paper: through the reset)",
        "neurons": "train or freeze the neurons' own parameters (paper: trained)",
        "block_order": f"position of the neurons in a block (paper: {orders})",
        "frame_order": "shuffle the frames of each recording in time (paper: not shuffled)",
    }
    choices = CHOICES | {"frame_order": FRAME_ORDERS}
    for name, text in texts.items():
        if name not in experiment.unsupported_options:
            group.add_argument(_option_flag(name), choices=choices[name], help=text)
    width = f"half-width of the window, Eq. (13) (default: {DEFAULT_MU}; not given in the paper)"
    group.add_argument("--mu", type=float_value, metavar="X", help=width)
    if "dropout" not in experiment.unsupported_options:
        rate = experiment.config_overrides.get("dropout", DROPOUT_RATE)
        drops = f"dropout rate (default: {rate}; not given in the paper)"
        group.add_argument("--dropout", type=float_value, metavar="X", help=drops)
    if "frames" not in experiment.unsupported_options:
        cut = "number of frames per sample (default: the scale's)"
        group.add_argument("--frames", type=positive_int, metavar="N", help=cut)


def ablation_values(args: argparse.Namespace) -> dict[str, object]:
    """What was said of them, by the name of the field."""
    values = {name: getattr(args, name, None) for name in ABLATION_FIELDS}
    return {name: value for name, value in values.items() if value is not None}


def describe_ablations(config: DVSConfig) -> str:
    """What a configuration has that is not the paper's, in words; empty if nothing."""
    values = {name: getattr(config, name) for name in ABLATION_FIELDS}
    message = (f"{name.replace('_', ' ')} {v}" for name, v in values.items() if v is not None)
    return "".join(f", {text}" for text in message)


def _option_flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
