"""The paper's printed numbers, read from paper.toml beside this file."""

import tomllib
from importlib import resources

from liaf_ref.data.babi.tasks import check_task
from liaf_ref.door import check_choice


def table03(task: int, cell: str) -> float:
    """Accuracy in percent printed in Table III under the equivalent condition.

    Parameters
    ----------
    task : int
        bAbI task, 1 to 20.
    cell : str
        rnn, lstm, gru, lif or liaf.

    Returns
    -------
    float
        As printed.

    Raises
    ------
    InputError
        If there is no such task or cell.
    """
    task = check_task(task)
    text = resources.files("liaf_ref.experiments").joinpath("paper.toml").read_text("utf-8")
    rows = tomllib.loads(text)["table03"]
    return float(rows[check_choice("cell", cell, rows, "Table III")][task - 1])
