"""The paper's printed numbers, read from paper.toml beside this file."""

import tomllib
from importlib import resources


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
    """
    text = resources.files("liaf_ref.experiments").joinpath("paper.toml").read_text("utf-8")
    return float(tomllib.loads(text)["table03"][cell][task - 1])
