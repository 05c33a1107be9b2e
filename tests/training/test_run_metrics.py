"""What a record may say, and what may change in a run that goes on."""

from typing import Any

import pytest

from liaf_ref.training.run_metrics import best_epoch_index, diff_config, is_metrics_row

OLD = {"lr": 0.1, "epochs": 3, "seed": 0}
COSINE = OLD | {"schedule": "cosine"}


@pytest.mark.parametrize(
    ("before", "now", "changes"),
    [
        (OLD, OLD, {}),
        (OLD, OLD | {"epochs": 5}, {}),
        (OLD, OLD | {"seed": 1, "epochs": 5}, {"seed": "was 0, is 1"}),
        (OLD, OLD | {"epochs": 2}, {"epochs": "was 3, is 2, and epochs can only be increased"}),
        (
            COSINE,
            COSINE | {"epochs": 4},
            {"epochs": "was 3, is 4, and the cosine schedule depends on the number of epochs"},
        ),
        (OLD, {"lr": 0.1, "seed": 0}, {"epochs": "was 3, is None"}),
        (OLD | {"epochs": "x"}, OLD, {"epochs": "was 'x', is 3"}),
        (OLD, OLD | {"clip": 1.0}, {"clip": "was None, is 1.0"}),
        (OLD, OLD | {"clip": None}, {}),
        (OLD | {"clip": None}, OLD, {}),
        (None, {"lr": 0.1}, {"lr": "was None, is 0.1"}),
        (
            OLD,
            {"seed": 4, "lr": 0.2, "epochs": 3},
            {"lr": "was 0.1, is 0.2", "seed": "was 0, is 4"},
        ),
    ],
)
def test_all_but_more_epochs_is_a_change(
    before: object, now: dict[str, Any], changes: dict[str, str]
) -> None:
    found = diff_config(before, now)
    assert found == changes
    assert list(found) == sorted(found)


ROW = {
    "epoch": 2,
    "train_loss": 1.0,
    "train_accuracy": 0.5,
    "validation_loss": 2.0,
    "validation_accuracy": 0.25,
}
ROW_WITH_TEST = ROW | {"test_loss": 1.0, "test_accuracy": 1.0}


@pytest.mark.parametrize(
    ("row", "right"),
    [
        (ROW, True),
        (ROW_WITH_TEST, True),
        (ROW | {"stopped": "because"}, True),
        (ROW | {"stopped": 3}, False),
        (ROW | {"epoch": 3}, False),
        (ROW | {"train_loss": "1"}, False),
        (ROW | {"test_loss": 1.0}, False),
        (ROW | {"more": 1.0}, False),
        ({}, False),
    ],
)
def test_a_row_has_its_columns_and_its_epoch(row: dict[str, Any], right: bool) -> None:
    assert is_metrics_row(row, 2) is right


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([(0.5, 1.0), (0.7, 2.0), (0.6, 0.1)], 1),
        ([(0.7, 2.0), (0.7, 1.0), (0.6, 0.1)], 1),
        ([(0.7, 1.0), (0.7, 1.0)], 0),
    ],
    ids=["accuracy", "loss", "first"],
)
def test_the_best_epoch_is_that_which_training_chooses(
    scores: list[tuple[float, float]], best: int
) -> None:
    rows = [{"validation_accuracy": right, "validation_loss": loss} for right, loss in scores]
    assert best_epoch_index(rows) == best
