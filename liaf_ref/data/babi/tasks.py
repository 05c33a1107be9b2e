"""Names of the published files: ``tasks_1-20_v1-2/<edition>/qaN_<name>_<part>.txt``."""

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation.scalars import short_repr

PUBLISHED_FOLDER = "tasks_1-20_v1-2"

EDITIONS = (
    "en",
    "en-10k",
    "en-valid",
    "en-valid-10k",
    "hn",
    "hn-10k",
    "shuffled",
    "shuffled-10k",
)

TASK_NAMES = {
    1: "single-supporting-fact",
    2: "two-supporting-facts",
    3: "three-supporting-facts",
    4: "two-arg-relations",
    5: "three-arg-relations",
    6: "yes-no-questions",
    7: "counting",
    8: "lists-sets",
    9: "simple-negation",
    10: "indefinite-knowledge",
    11: "basic-coreference",
    12: "conjunction",
    13: "compound-coreference",
    14: "time-reasoning",
    15: "basic-deduction",
    16: "basic-induction",
    17: "positional-reasoning",
    18: "size-reasoning",
    19: "path-finding",
    20: "agents-motivations",
}


def check_task(task: object) -> int:
    """Refuse anything but a task number in ``1 .. 20``; for a task name, suggest its number."""
    if isinstance(task, int | np.integer) and not isinstance(task, bool) and task in TASK_NAMES:
        return int(task)
    reason = f"expected a task number in 1 .. {len(TASK_NAMES)}, got {short_repr(task)}"
    for number, name in TASK_NAMES.items():
        if isinstance(task, str) and task.lower() in (name, f"{number}", f"qa{number}"):
            reason += f"; pass {number} for {name}"
    raise InputError.for_argument("task", "bAbI", reason)


def file_name(task: int, part: str) -> str:
    """Name of a published file."""
    return f"qa{task}_{TASK_NAMES[task]}_{part}.txt"
