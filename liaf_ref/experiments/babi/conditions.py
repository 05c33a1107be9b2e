"""The two conditions of Table III."""

from typing import NamedTuple

from liaf_ref._core.validation import check_choice
from liaf_ref.data.babi.tasks import check_task
from liaf_ref.networks.cells import check_cell

CONDITIONS = ("ec", "fc")
FINE_TUNED_LR = 5e-4  # learning rate of the fine-tuned condition
# Tasks with a fine-tuned result, in brackets in Table III, and their epochs.
FINE_TUNED_EPOCHS = {
    "liaf": {4: 500, 8: 200, 9: 500, 15: 500},
    "lif": {4: 500, 7: 500, 14: 500},
}


class Condition(NamedTuple):
    """Learning rate and number of epochs."""

    lr: float
    epochs: int


EQUIVALENT_CONDITION = Condition(1e-3, 60)


def condition_settings(name: str, task: int, cell: str) -> Condition:
    """Learning rate and epochs under a condition, note of Table III."""
    check_choice("condition", name, CONDITIONS, "Table III")
    check_cell(cell)
    epochs = FINE_TUNED_EPOCHS.get(cell, {}).get(check_task(task))
    return (
        EQUIVALENT_CONDITION if name == "ec" or epochs is None else Condition(FINE_TUNED_LR, epochs)
    )
