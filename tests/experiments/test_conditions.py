"""The conditions of Table III, as its note has them."""

from typing import Any

import pytest

from liaf_ref._core.errors import InputError
from liaf_ref.experiments import paper
from liaf_ref.experiments.babi import BabiConfig, condition_settings
from liaf_ref.networks.cells import CELL_FACTORIES

TUNED = {
    (8, "liaf"): (5e-4, 200),
    **{(task, "liaf"): (5e-4, 500) for task in (4, 9, 15)},
    **{(task, "lif"): (5e-4, 500) for task in (4, 7, 14)},
}


@pytest.mark.parametrize("cell", CELL_FACTORIES)
def test_learning_rate_and_epochs(cell: str) -> None:
    for task in range(1, 21):
        assert condition_settings("ec", task, cell) == (1e-3, 60)
        assert condition_settings("fc", task, cell) == TUNED.get((task, cell), (1e-3, 60))


def test_a_configuration_knows_its_condition() -> None:
    assert BabiConfig(4, "liaf").condition == "ec"
    assert BabiConfig(4, "liaf", epochs=500, lr=5e-4, seed=3, track_test=True).condition == "fc"
    assert BabiConfig(4, "gru", epochs=500, lr=5e-4).condition is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("epochs", 20), ("lr", 0.01), ("stop_after", 5), ("batch_size", 8), ("clip", 1.0)),
        *(("optimizer", "sgd"), ("weight_decay", 0.1), ("alpha", 0.9), ("padding", "masked")),
    ],
)
def test_other_settings_are_no_condition(name: str, value: Any) -> None:
    assert BabiConfig(1, "lif", **{name: value}).condition is None


def test_a_default_that_is_given_is_no_other_setting() -> None:
    assert BabiConfig(1, "lif", alpha=0.3, adam_eps=1e-8, schedule="constant").condition == "ec"


def test_fine_tuned_numbers_are_those_in_brackets() -> None:
    assert paper.table03_accuracy(8, "liaf", "fc") == 73.3
    assert paper.table03_accuracy(8, "lif", "fc") == paper.table03_accuracy(8, "lif") == 33.6
    assert paper.table03_accuracy(14, "lif", "fc") == 34.1
    assert paper.table03_accuracy(1, "gru", "fc") == paper.table03_accuracy(1, "gru")


@pytest.mark.parametrize("arguments", [("fast", 1, "lif"), ("ec", 1, "snn"), ("fc", 21, "lif")])
def test_another_condition_cell_or_task_is_refused(arguments: tuple[str, int, str]) -> None:
    with pytest.raises(InputError, match=r"expected (one of|a task number)"):
        condition_settings(*arguments)
