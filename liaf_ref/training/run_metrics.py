"""Metrics of a run, and what may not change when it is resumed."""

from collections.abc import Mapping, Sequence
from typing import Any

from liaf_ref._core.safe_load import is_number

_METRIC_COLUMNS = {
    "epoch",
    *(f"{part}_{fact}" for part in ("train", "validation") for fact in ("loss", "accuracy")),
}
_METRIC_COLUMNS_WITH_TEST = _METRIC_COLUMNS | {"test_loss", "test_accuracy"}
STOP_REASON_COLUMN = "stopped"  # in the last row of a run that stopped early: why


def is_metrics_row(row: dict[str, Any], epoch: int) -> bool:
    """Whether a line of the metrics is the row of its epoch."""
    numbers = {name: value for name, value in row.items() if name != STOP_REASON_COLUMN}
    return (
        numbers.keys() in (_METRIC_COLUMNS, _METRIC_COLUMNS_WITH_TEST)
        and all(is_number(value) for value in numbers.values())
        and row["epoch"] == epoch
        and isinstance(row.get(STOP_REASON_COLUMN, ""), str)
    )


def best_epoch_index(rows: Sequence[Mapping[str, Any]]) -> int:
    """Index of the epoch that training selects: highest accuracy, ties by lowest loss."""
    order = [(row["validation_accuracy"], -row["validation_loss"]) for row in rows]
    return order.index(max(order))  # of equals the first


def diff_config(previous: object, current: dict[str, Any]) -> dict[str, str]:
    """Differences between two configurations that forbid resuming, by name."""
    old = previous if isinstance(previous, dict) else {}
    changes = {
        name: f"was {old.get(name)!r}, is {current.get(name)!r}"
        for name in sorted(old.keys() | current.keys())
        if old.get(name) != current.get(name)
    }
    epochs = old.get("epochs"), current.get("epochs")
    if "epochs" in changes and all(isinstance(number, int) for number in epochs):
        change = changes.pop("epochs")
        if current["epochs"] < old["epochs"]:
            changes["epochs"] = f"{change}, and epochs can only be increased"
        elif current.get("schedule") == "cosine":
            changes["epochs"] = f"{change}, and the cosine schedule depends on the number of epochs"
    return changes
