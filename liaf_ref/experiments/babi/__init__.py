"""Section VI-A: the network of Fig. 5 on bAbI tasks, one task and one cell at a time."""

from liaf_ref.experiments.babi.experiment import (
    CONDITIONS,
    EXPERIMENT,
    UNPRINTED_SETTINGS,
    BabiConfig,
    BabiExperiment,
    condition_settings,
)

__all__ = [
    "CONDITIONS",
    "EXPERIMENT",
    "UNPRINTED_SETTINGS",
    "BabiConfig",
    "BabiExperiment",
    "condition_settings",
]
