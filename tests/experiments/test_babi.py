"""The bAbI experiment: nothing is learnt or chosen from the test questions."""

import dataclasses
from collections.abc import Sequence
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import ended, read_outputs, small_task, trees_equal

from liaf_ref._core.errors import InputError
from liaf_ref.data.babi import Task
from liaf_ref.experiments import babi
from liaf_ref.experiments.babi import BabiConfig, condition_settings
from liaf_ref.experiments.training_run import RunFinished
from liaf_ref.kernels import loss
from liaf_ref.networks import BabiNetwork
from liaf_ref.networks.cells import CELL_FACTORIES
from liaf_ref.training import loop
from liaf_ref.training.run_folder import read_metrics

TASK = small_task()
CONFIG = BabiConfig(task=1, cell="liaf", epochs=3, lr=0.01, batch_size=8, validation_fraction=0.25)


def result(task: Task = TASK, config: BabiConfig = CONFIG, **where: Any) -> dict[str, Any]:
    """The row of a run, without its time."""
    return ended(babi.EXPERIMENT.run(task, config, **where))[1]


def rows(inputs: Sequence[Any]) -> list[tuple[int, ...]]:
    """Story and query of each question as one tuple."""
    return [tuple(row) for row in np.hstack(inputs).tolist()]


def test_test_questions_are_seen_after_the_last_step() -> None:
    """All that comes before is the same with other test questions."""
    other = dataclasses.replace(TASK, test=TASK.train)
    (*before, ended), (*same, changed) = (
        tuple(babi.EXPERIMENT.run(task, CONFIG)) for task in (TASK, other)
    )
    assert len(before) > CONFIG.epochs
    assert trees_equal(tuple(before), tuple(same))
    assert isinstance(ended, RunFinished)
    assert not trees_equal(ended, changed)


def test_watched_test_questions_decide_nothing(tmp_path: Path) -> None:
    watching = dataclasses.replace(CONFIG, track_test=True, select_epoch="final")
    watched = result(config=watching, folder=tmp_path)
    assert watched == result(config=dataclasses.replace(watching, track_test=False))
    metrics = read_metrics(tmp_path)
    assert len(metrics) == CONFIG.epochs
    assert metrics[-1]["test_accuracy"] == watched["test_accuracy"]


def test_validation_questions_are_whole_stories_of_the_training_questions() -> None:
    everything = rows((TASK.train.story, TASK.train.query))
    story_of = dict(zip(everything, TASK.train.story_index.tolist(), strict=True))
    parts = babi.EXPERIMENT.split(TASK, CONFIG)
    learn, validate = rows(parts.train.inputs), rows(parts.validation.inputs)
    assert (len(learn), len(validate)) == (30, 10)
    assert set(learn) | set(validate) == set(everything)
    assert {story_of[row] for row in learn}.isdisjoint(story_of[row] for row in validate)
    assert rows(parts.test.inputs) == rows((TASK.test.story, TASK.test.query))
    assert (parts.test.labels == TASK.test.answer).all()


@pytest.mark.parametrize("cell", ["liaf", "gru"])
def test_the_same_seed_gives_the_same_row_and_parameters(cell: str) -> None:
    config = dataclasses.replace(CONFIG, cell=cell, epochs=1)
    (state, row), again = (ended(babi.EXPERIMENT.run(TASK, config)) for _ in range(2))
    assert trees_equal(state, again[0])
    assert row == again[1]


@pytest.mark.parametrize("select", ["best", "final"])
def test_the_selected_weights_are_scored_in_every_column(select: str) -> None:
    config = dataclasses.replace(CONFIG, select_epoch=select, lr=0.3, epochs=5)
    state, row = ended(babi.EXPERIMENT.run(TASK, config))
    assert state.best.epoch < 5, "choose another learning rate for this test to say anything"
    best = state.best.epoch, state.best.params
    epoch, params = best if select == "best" else (5, state.params)
    assert row["selected_epoch"] == epoch
    network, parts = BabiNetwork(TASK.vocab_size, "liaf"), babi.EXPERIMENT.split(TASK, config)
    for name, part in zip(("train", "validation", "test"), parts, strict=True):
        score = loop.compute_score(network, loss, params, part)
        assert row[f"{name}_accuracy"] == score.accuracy


@pytest.mark.parametrize("stop", [5, 16], ids=["stopped in epoch 2", "finished"])
def test_a_run_made_longer_is_the_longer_run(tmp_path: Path, stop: int) -> None:
    longer = dataclasses.replace(CONFIG, epochs=5)
    whole = result(config=longer, folder=tmp_path / "whole")
    events = babi.EXPERIMENT.run(TASK, CONFIG, tmp_path / "part")
    list(islice(events, stop))
    events.close()
    assert result(config=longer, folder=tmp_path / "part", resume=True) == whole
    assert read_outputs(tmp_path / "whole") == read_outputs(tmp_path / "part")


def test_a_run_needs_the_data_of_its_task_and_a_folder_to_resume() -> None:
    with pytest.raises(InputError, match="expected the data of task 2, got those of task 1"):
        babi.EXPERIMENT.check(TASK, BabiConfig(task=2, cell="liaf"))
    with pytest.raises(InputError, match="expected a folder with resume=True, got none"):
        babi.EXPERIMENT.check(TASK, CONFIG, resume=True)


TUNED = {(8, "liaf"): (5e-4, 200)}
TUNED |= dict.fromkeys(((task, "liaf") for task in (4, 9, 15)), (5e-4, 500))
TUNED |= dict.fromkeys(((task, "lif") for task in (4, 7, 14)), (5e-4, 500))


def test_the_papers_settings() -> None:
    for task, cell in product(range(1, 21), CELL_FACTORIES):
        own = "relu" if (task, cell) == (8, "liaf") else "identity"  # QA8 alone has an activation
        assert cell not in ("liaf", "lif") or BabiConfig(task, cell).act == own
        assert condition_settings("ec", task, cell) == (1e-3, 60)
        assert condition_settings("fc", task, cell) == TUNED.get((task, cell), (1e-3, 60))


def test_a_configuration_knows_its_condition() -> None:
    assert BabiConfig(4, "liaf").condition == "ec"
    assert BabiConfig(4, "liaf", epochs=500, lr=5e-4, seed=3, track_test=True).condition == "fc"
    assert BabiConfig(4, "gru", epochs=500, lr=5e-4).condition is None
    other: dict[str, Any] = {
        "epochs": 20,
        "lr": 0.01,
        "stop_after": 5,
        "batch_size": 8,
        "clip": 1.0,
    }
    other |= {"optimizer": "sgd", "weight_decay": 0.1, "alpha": 0.9, "padding": "masked"}
    for name, value in other.items():
        assert BabiConfig(1, "lif", **{name: value}).condition is None
