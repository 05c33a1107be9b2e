"""The two conditions of Table III."""

from typing import NamedTuple

from liaf_ref.data.babi.tasks import check_task
from liaf_ref.door import check_choice
from liaf_ref.networks.cells import CELLS

CONDITIONS = ("ec", "fc")
SLOW = 5e-4  # learning rate where there is more time
LONGER = {8: 200}  # epochs of a task, whichever the cell
LONGEST = {"liaf": (4, 9, 15), "lif": (4, 7, 14)}  # tasks of 500 epochs


class Condition(NamedTuple):
    """Learning rate, and passes over the data."""

    lr: float
    epochs: int


EQUIVALENT = Condition(1e-3, 60)


def condition(name: str, task: int, cell: str) -> Condition:
    """Learning rate and epochs under a condition, note of Table III.

    Parameters
    ----------
    name : str
        ``ec``, the equivalent condition, or ``fc``, fine-tuned.
    task : int
        bAbI task, 1 to 20.
    cell : str
        Temporal layer of Fig. 5.

    Returns
    -------
    Condition
        Fine-tuned are QA8, and for LIAF and LIF three tasks more; the others are as under
        the equivalent condition.

    Raises
    ------
    InputError
        If there is none of that name, number or cell.
    """
    check_choice("condition", name, CONDITIONS, "Table III")
    check_choice("cell", cell, CELLS, "Fig. 5")
    check_task(task)
    if name == "fc" and task in LONGER:
        return Condition(SLOW, LONGER[task])
    if name == "fc" and task in LONGEST.get(cell, ()):
        return Condition(SLOW, 500)
    return EQUIVALENT
