"""What each run came to, read off its metrics, and kept as one small CSV file."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from liaf_ref.errors import FormatError, RunError
from liaf_ref.training.record import RunFolder

READINGS = {
    "final": "the last epoch",
    "chosen": "the epoch that did best on validation",
    "best": "the epoch that did best on the test questions: selection on the test set",
}
_CONFIG = ("task", "cell", "seed", "lr", "epochs")
_RESULT = ("test_accuracy", "majority_accuracy", "selected_epoch")


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


def collect(folders: Iterable[Path]) -> list[End]:
    """Read all runs below some folders that have ended, by themselves or by overflow.

    Parameters
    ----------
    folders : iterable of Path
        Whatever holds runs of ``liaf-ref run babi --watch-test``, at any depth.

    Returns
    -------
    list of End
        By task, cell, seed and learning rate.

    Raises
    ------
    RunError
        If there is none, a run has not ended, or two are of the same.
    FormatError
        If a record cannot be read, or its test questions were not watched.
    """
    found: dict[tuple[Any, ...], End] = {}
    majority: dict[int, float] = {}
    for folder in folders:
        for path in sorted(Path(folder).rglob("run.json")):
            end = _end(path.parent)
            key = (end.task, end.cell, end.seed, end.lr, end.epochs)
            if key in found:
                raise RunError(f"{path.parent}: expected each run once, got another of {key}")
            found[key] = end
            if not np.isnan(end.majority):
                majority[end.task] = end.majority
    if not found:
        raise RunError("expected folders with runs of liaf-ref run babi, got none")
    ends = (found[key] for key in sorted(found))
    return [replace(end, majority=majority.get(end.task, np.nan)) for end in ends]


def _end(folder: Path) -> End:
    record = RunFolder(folder, {}).read()
    metrics = RunFolder(folder, {}).metrics()
    config = record.get("config")
    if not isinstance(config, dict) or not metrics or "test_accuracy" not in metrics[-1]:
        reason = "expected a run with --watch-test, got another"
        raise FormatError(folder / "run.json", reason)
    if record.get("status") not in ("finished", "failed"):
        raise RunError(f"{folder}: expected a run that has ended; pass --resume to go on with it")
    test = [row["test_accuracy"] for row in metrics]
    # As training chooses: the highest accuracy, of equals the lowest loss, of equals the first.
    chosen = max(
        range(len(metrics)),
        key=lambda k: (metrics[k]["validation_accuracy"], -metrics[k]["validation_loss"], -k),
    )
    best = max(range(len(test)), key=lambda k: (test[k], -k))
    return End(
        task=config["task"],
        cell=config["cell"],
        seed=config["seed"],
        lr=config["lr"],
        epochs=config["epochs"],
        done=len(metrics),
        majority=record.get("result", {}).get("majority_accuracy", np.nan),
        final=test[-1],
        chosen=test[chosen],
        best=test[best],
        chosen_epoch=chosen + 1,
        best_epoch=best + 1,
        train=metrics[-1]["train_accuracy"],
        seconds=float(record.get("seconds", 0)),
    )


def read_end(folder: Path) -> End:
    """Read a run of ``liaf-ref run babi`` that has ended, by itself or by overflow.

    Parameters
    ----------
    folder : Path
        The run's own.

    Returns
    -------
    End
        Without ``--watch-test`` the test questions were looked at once: what was not
        looked at is NaN, its epoch 0.

    Raises
    ------
    FormatError
        If a record cannot be read, or test questions were neither watched nor looked at.
    """
    record, metrics = RunFolder(folder, {}).read(), RunFolder(folder, {}).metrics()
    config, result = record.get("config"), record.get("result")
    if metrics and "test_accuracy" in metrics[-1]:
        return _end(folder)
    if not (isinstance(config, dict) and isinstance(result, dict) and metrics):
        raise FormatError(folder / "run.json", "expected a run with a result, got none")
    absent = [name for name in _CONFIG if name not in config]
    absent += [name for name in _RESULT if name not in result]
    if absent:
        raise FormatError(folder / "run.json", f"expected a run on bAbI, got none with {absent[0]}")
    last = config.get("select") == "final"
    score, nan = result["test_accuracy"], float("nan")
    return End(
        task=config["task"],
        cell=config["cell"],
        seed=config["seed"],
        lr=config["lr"],
        epochs=config["epochs"],
        done=len(metrics),
        majority=result["majority_accuracy"],
        final=score if last else nan,
        chosen=nan if last else score,
        best=nan,
        chosen_epoch=0 if last else result["selected_epoch"],
        best_epoch=0,
        train=metrics[-1]["train_accuracy"],
        seconds=float(record.get("seconds", 0)),
    )


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
