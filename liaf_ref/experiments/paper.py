"""The paper's printed numbers, read from paper.toml beside this file."""

import tomllib
from importlib import resources
from typing import Any

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
    rows = table("table03")
    return float(rows[check_choice("cell", cell, rows, "Table III")][check_task(task) - 1])


def table(name: str) -> dict[str, Any]:
    """A table as printed: its rows by cell, beside its ``title``.

    Parameters
    ----------
    name : str
        table01, table02, table03, table04, table07 or table09.

    Returns
    -------
    dict
        Accuracies are numbers, counts texts such as ``3.4e5``, formulas texts.

    Raises
    ------
    InputError
        If there is no such table.
    """
    text = resources.files("liaf_ref.experiments").joinpath("paper.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    found: dict[str, Any] = tables[check_choice("table", name, tables, "the paper")]
    return found
