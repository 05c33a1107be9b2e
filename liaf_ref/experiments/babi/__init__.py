"""Section VI-A: the network of Fig. 5 on bAbI tasks, one task and one cell at a time."""

from liaf_ref.experiments.babi.conditions import CONDITIONS, condition_settings
from liaf_ref.experiments.babi.config import BabiConfig
from liaf_ref.experiments.babi.job import QuestionSplits, check_run, split_questions, run
from liaf_ref.experiments.babi.source import DATA_ENV_VAR, data_dir_from_env, load_or_generate_task
from liaf_ref.experiments.choices import OPTIMIZERS, EPOCH_SELECTIONS
from liaf_ref.experiments.conduct import RunFinished

__all__ = [
    "CONDITIONS",
    "DATA_ENV_VAR",
    "OPTIMIZERS",
    "EPOCH_SELECTIONS",
    "BabiConfig",
    "RunFinished",
    "QuestionSplits",
    "check_run",
    "condition_settings",
    "data_dir_from_env",
    "split_questions",
    "load_or_generate_task",
    "run",
]
