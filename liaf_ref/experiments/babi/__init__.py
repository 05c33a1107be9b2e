"""Section VI-A: the network of Fig. 5 on bAbI tasks, one task and one cell at a time."""

from liaf_ref.experiments.babi.conditions import CONDITIONS, condition
from liaf_ref.experiments.babi.config import Config
from liaf_ref.experiments.babi.job import Parts, check, divide, run
from liaf_ref.experiments.babi.source import DATA_VARIABLE, default_folder, load
from liaf_ref.experiments.choices import OPTIMISERS, SELECTIONS
from liaf_ref.experiments.conduct import Finished

__all__ = [
    "CONDITIONS",
    "DATA_VARIABLE",
    "OPTIMISERS",
    "SELECTIONS",
    "Config",
    "Finished",
    "Parts",
    "check",
    "condition",
    "default_folder",
    "divide",
    "load",
    "run",
]
