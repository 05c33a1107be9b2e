"""What a run's record holds: the columns of its metrics, and what may not change in it."""

from collections.abc import Mapping, Sequence
from typing import Any

from liaf_ref.reading import is_number

_COLUMNS = {
    "epoch",
    *(f"{part}_{fact}" for part in ("train", "validation") for fact in ("loss", "accuracy")),
}
_WATCHED = _COLUMNS | {"test_loss", "test_accuracy"}
STOPPED = "stopped"  # in the last row of a run that stopped early: why


def is_row(row: dict[str, Any], epoch: int) -> bool:
    """Whether a line of the metrics is the row of its epoch."""
    numbers = {name: value for name, value in row.items() if name != STOPPED}
    return (
        numbers.keys() in (_COLUMNS, _WATCHED)
        and all(is_number(value) for value in numbers.values())
        and row["epoch"] == epoch
        and isinstance(row.get(STOPPED, ""), str)
    )


def best_epoch(rows: Sequence[Mapping[str, Any]]) -> int:
    """Index of the epoch that training chooses: the most right, of equals the lowest loss."""
    order = [(row["validation_accuracy"], -row["validation_loss"]) for row in rows]
    return order.index(max(order))  # of equals the first


def changes_of(before: object, now: dict[str, Any]) -> dict[str, str]:
    """What keeps a run from going on, by name: every difference but more epochs."""
    old = before if isinstance(before, dict) else {}
    changes = {
        name: f"was {old.get(name)!r}, is {now.get(name)!r}"
        for name in sorted(old.keys() | now.keys())
        if old.get(name) != now.get(name)
    }
    epochs = old.get("epochs"), now.get("epochs")
    if "epochs" in changes and all(isinstance(number, int) for number in epochs):
        shorter = f"{changes.pop('epochs')}, and a run can only be made longer"
        if now["epochs"] < old["epochs"]:
            changes["epochs"] = shorter
    return changes
