"""What each run came to, kept as one small CSV file."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from liaf_ref.errors import FormatError

READINGS = {
    "final": "the last epoch",
    "chosen": "the epoch that did best on validation",
    "best": "the epoch that did best on the test questions: selection on the test set",
}


@dataclass(frozen=True)
class End:
    """Where a run ended; accuracies on the test questions, as shares.

    Attributes
    ----------
    task, cell, seed, lr, epochs
        What was run.
    done : int
        Epochs that it came to; fewer than ``epochs`` if it was broken off.
    majority : float
        What the commonest training answer scores; NaN if no run of the task was finished.
    final, chosen, best : float
        After the last epoch, after the one best on validation, and the highest of all.
    chosen_epoch, best_epoch : int
        Which those were.
    train : float
        On the training questions during the last epoch.
    seconds : float
        How long it took.
    """

    task: int
    cell: str
    seed: int
    lr: float
    epochs: int
    done: int
    majority: float
    final: float
    chosen: float
    best: float
    chosen_epoch: int
    best_epoch: int
    train: float
    seconds: float


def as_csv(ends: Iterable[End]) -> str:
    """Write ends as a table, one line each."""
    text = io.StringIO()
    names = [field.name for field in fields(End)]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(end) for end in ends)
    return text.getvalue()


def from_csv(path: Path) -> list[End]:
    """Read what :func:`as_csv` wrote.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of End
        In its order.

    Raises
    ------
    FormatError
        If it cannot be read or is another table.
    """
    kinds = {field.name: field.type for field in fields(End)}
    try:
        with path.open(encoding="ascii", newline="") as file:
            rows = list(csv.DictReader(file))
        return [End(**{name: kinds[name](row[name]) for name in kinds}) for row in rows]  # type: ignore[operator]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FormatError(path, f"expected a table of runs, got {error!r}") from error
