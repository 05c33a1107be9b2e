"""Section VI-A: the network of Fig. 5 on bAbI tasks, one task and one cell at a time."""

from liaf_ref.experiments.babi.conditions import CONDITIONS, condition_settings
from liaf_ref.experiments.babi.config import BabiConfig
from liaf_ref.experiments.babi.job import QuestionSplits, check_run, run, split_questions
from liaf_ref.experiments.babi.task_data import (
    DATA_ENV_VAR,
    data_dir_from_env,
    load_or_generate_task,
)
from liaf_ref.experiments.choices import EPOCH_SELECTIONS, OPTIMIZERS
from liaf_ref.experiments.runner import RunFinished

__all__ = [
    "CONDITIONS",
    "DATA_ENV_VAR",
    "EPOCH_SELECTIONS",
    "OPTIMIZERS",
    "BabiConfig",
    "QuestionSplits",
    "RunFinished",
    "check_run",
    "condition_settings",
    "data_dir_from_env",
    "load_or_generate_task",
    "run",
    "split_questions",
]
