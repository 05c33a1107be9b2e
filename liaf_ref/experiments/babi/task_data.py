"""Where a run's text comes from: the published files, or the generator."""

import os
from pathlib import Path

from liaf_ref.data.babi import Task, load_babi

DATA_ENV_VAR = "LIAF_REF_DATA"


def data_dir_from_env() -> Path | None:
    """The folder of data sets that the environment names, or None."""
    folder = os.environ.get(DATA_ENV_VAR)
    return Path(folder) if folder else None


def load_or_generate_task(
    task: int, folder: Path | None, edition: str | None = None, seed: int = 0
) -> Task:
    """Read a task from the published folder, or make one up where there is none."""
    return load_babi(task, folder, edition=edition, seed=seed)
