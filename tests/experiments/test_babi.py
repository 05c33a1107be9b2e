"""The bAbI experiment: nothing is learnt or chosen from the test questions."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import RESULT_COLUMNS, folder_contents, small_task, trees_equal, write_small_task

from liaf_ref._core.errors import InputError, RunError
from liaf_ref.data.babi import Task, load_babi
from liaf_ref.experiments import babi, paper, training_run
from liaf_ref.experiments.babi import BabiConfig
from liaf_ref.experiments.training_run import RunFinished
from liaf_ref.kernels import loss
from liaf_ref.networks import BabiNetwork
from liaf_ref.training import loop
from liaf_ref.training.checkpoint import load
from liaf_ref.training.protocols import ArrayDataset
from liaf_ref.training.run_folder import read_metrics
from liaf_ref.training.state import EpochDone, Score, TrainingState

TASK = small_task()
CONFIG = BabiConfig(task=1, cell="liaf", epochs=3, lr=0.01, batch_size=8, validation_fraction=0.25)


def result(task: Task = TASK, config: BabiConfig = CONFIG, **where: Any) -> dict[str, Any]:
    """The row of a run, without its time."""
    *_, last = babi.EXPERIMENT.run(task, config, **where)
    assert isinstance(last, RunFinished)
    row = dict(last.result)
    assert row.pop("seconds") > 0
    return row


def rows(inputs: Sequence[Any]) -> list[tuple[int, ...]]:
    """Story and query of each question as one tuple."""
    return [tuple(row) for row in np.hstack(inputs).tolist()]


def last_state(config: BabiConfig = CONFIG) -> TrainingState:
    return [e for e in babi.EXPERIMENT.run(TASK, config) if isinstance(e, EpochDone)][-1].state


def with_test_answers(task: Task, change: Callable[[Any], Any]) -> Task:
    test = dataclasses.replace(task.test, answer=change(task.test.answer))
    return dataclasses.replace(task, test=test)


def test_a_row_says_what_was_run() -> None:
    row = result()
    assert set(row) >= RESULT_COLUMNS - {"seconds"}
    assert (row["task"], row["cell"], row["epochs"], row["seed"]) == (1, "liaf", 3, 0)
    assert row["condition"] is None  # its rate is none of Table III's
    assert (row["vocab_size"], row["T"], row["Q"]) == (TASK.vocab_size, TASK.T, TASK.Q)
    assert row["weights_network"] == BabiNetwork(TASK.vocab_size, "liaf").count_params()


def test_test_answers_decide_nothing_but_the_scores_on_them() -> None:
    other = with_test_answers(TASK, lambda answer: np.roll(answer, 1))
    row, changed = result(), result(other)
    assert {key for key in row if row[key] != changed[key]} <= {
        "test_accuracy",
        "majority_accuracy",
    }
    events = zip(babi.EXPERIMENT.run(TASK, CONFIG), babi.EXPERIMENT.run(other, CONFIG), strict=True)
    assert all(trees_equal(a, b) for a, b in events if not isinstance(a, RunFinished))


def test_the_test_questions_are_seen_once_after_the_last_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []
    test = TASK.test.story.tobytes()

    def evaluate(network: Any, loss: Any, params: Any, part: ArrayDataset, *args: Any) -> Score:
        seen.append("test" if part.inputs[0].tobytes() == test else "other")
        return loop.compute_score(network, loss, params, part, *args)

    monkeypatch.setattr(training_run, "compute_score", evaluate)
    stories = set(rows([TASK.test.story]))
    forward = BabiNetwork.forward

    def watched(self: BabiNetwork, params: Any, story: Any, query: Any) -> Any:
        if not seen or seen[-1] != "test":
            assert stories.isdisjoint(rows([story]))
        return forward(self, params, story, query)

    monkeypatch.setattr(BabiNetwork, "forward", watched)
    for event in babi.EXPERIMENT.run(TASK, CONFIG):
        assert ("test" in seen) == isinstance(event, RunFinished)
    assert seen.count("test") == 1


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


def test_the_split_follows_the_seed() -> None:
    first, again, other = (
        babi.EXPERIMENT.split(TASK, dataclasses.replace(CONFIG, seed=seed)).validation
        for seed in (1, 1, 2)
    )
    assert trees_equal(first.inputs, again.inputs)
    assert not trees_equal(first.inputs, other.inputs)


@pytest.mark.parametrize("cell", ["liaf", "lif", "rnn", "lstm", "gru"])
def test_the_same_seed_gives_the_same_row_and_parameters(cell: str) -> None:
    config = dataclasses.replace(CONFIG, cell=cell, epochs=1)
    assert result(config=config) == result(config=config)
    assert trees_equal(last_state(config), last_state(config))


def test_another_seed_starts_and_ends_elsewhere() -> None:
    other = dataclasses.replace(CONFIG, seed=1)
    assert not trees_equal(last_state().params, last_state(other).params)


def test_cells_differ_in_the_layer_and_share_split_and_order() -> None:
    """What the seed decides does not depend on what it is compared with."""
    liaf, lif = (
        next(iter(babi.EXPERIMENT.run(TASK, dataclasses.replace(CONFIG, cell=cell))))
        for cell in ("liaf", "lif")
    )
    assert not isinstance(liaf, RunFinished)
    assert not isinstance(lif, RunFinished)
    assert liaf.state.rng_state == lif.state.rng_state


def test_best_is_the_epoch_the_validation_questions_chose() -> None:
    row, state = result(), last_state()
    assert state.best is not None
    assert row["selected_epoch"] == state.best.epoch
    parts = babi.EXPERIMENT.split(TASK, CONFIG)
    network = BabiNetwork(TASK.vocab_size, "liaf")
    for name, part in zip(("train", "validation", "test"), parts, strict=True):
        score = loop.compute_score(network, loss, state.best.params, part)
        assert row[f"{name}_accuracy"] == score.accuracy


def test_final_is_the_last_epoch_in_every_column() -> None:
    config = dataclasses.replace(CONFIG, select_epoch="final", lr=0.3, epochs=5)
    row, state = result(config=config), last_state(config)
    assert row["selected_epoch"] == 5
    assert state.best is not None
    assert state.best.epoch < 5, "choose another learning rate for this test to say anything"
    network = BabiNetwork(TASK.vocab_size, "liaf")
    for name, part in zip(
        ("train", "validation", "test"), babi.EXPERIMENT.split(TASK, config), strict=True
    ):
        score = loop.compute_score(network, loss, state.params, part)
        assert row[f"{name}_accuracy"] == score.accuracy


def test_majority_is_the_commonest_training_answer_on_the_test_questions() -> None:
    answers = TASK.train.answer.tolist()
    commonest = max(sorted(set(answers)), key=answers.count)
    expected = float(np.mean(TASK.test.answer == commonest))
    assert result()["majority_accuracy"] == expected
    everywhere = with_test_answers(TASK, lambda answer: np.full_like(answer, commonest))
    assert result(everywhere)["majority_accuracy"] == 1.0


def test_only_qa8_has_an_activation() -> None:
    acts = {task: BabiConfig(task=task, cell="liaf").act for task in range(1, 21)}
    assert acts == dict.fromkeys(range(1, 21), "identity") | {8: "relu"}
    assert BabiConfig(task=8, cell="lif").act == "identity"


def test_the_activation_reaches_the_network() -> None:
    for task, act in ((8, "relu"), (1, "identity")):
        config = dataclasses.replace(CONFIG, task=task)
        assert babi.EXPERIMENT.build_network(TASK, config).neuron.act == act


def test_the_defaults_are_the_papers_equivalent_condition() -> None:
    config = BabiConfig(task=1, cell="liaf")
    assert (config.epochs, config.lr, config.optimizer) == (60, 1e-3, "adam")
    assert (config.weight_decay, config.clip) == (0.0, None)


@pytest.mark.parametrize("stop", [1, 4, 5, 6, 9])
def test_a_run_stopped_after_any_event_ends_the_same(tmp_path: Path, stop: int) -> None:
    whole = result(folder=tmp_path / "whole")
    events = babi.EXPERIMENT.run(TASK, CONFIG, tmp_path / "stopped")
    for _ in range(stop):
        next(events)
    events.close()
    assert result(folder=tmp_path / "stopped", resume=True) == whole
    one, two = folder_contents(tmp_path / "whole"), folder_contents(tmp_path / "stopped")
    assert sorted(one) == sorted(two) == ["checkpoint.npz", "metrics.jsonl", "run.json"]
    assert one["metrics.jsonl"] == two["metrics.jsonl"]


def test_time_before_a_stop_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(1000))
    monkeypatch.setattr("time.perf_counter", lambda: float(next(ticks)))
    config = dataclasses.replace(CONFIG, epochs=2)
    epochs = 0
    for event in babi.EXPERIMENT.run(TASK, config, tmp_path):
        epochs += isinstance(event, EpochDone)
        if epochs:
            break
    *_, last = babi.EXPERIMENT.run(TASK, config, tmp_path, resume=True)
    assert isinstance(last, RunFinished)
    assert last.result["seconds"] == 1 + 2  # began, epoch 1; began, epoch 2, end
    record = json.loads((tmp_path / "run.json").read_bytes())
    assert record["seconds"] == 3


def test_a_finished_run_may_be_resumed_and_says_the_same(tmp_path: Path) -> None:
    first = result(folder=tmp_path)
    before = folder_contents(tmp_path)["metrics.jsonl"]
    assert result(folder=tmp_path, resume=True) == first
    assert folder_contents(tmp_path)["metrics.jsonl"] == before
    record = json.loads((tmp_path / "run.json").read_bytes())
    assert record["status"] == "finished"
    assert record["config"] == CONFIG.record() | {"data_sha256": TASK.sha256}


@pytest.mark.parametrize("stop", [5, 16], ids=["stopped in epoch 2", "finished"])
def test_a_run_made_longer_is_the_longer_run(tmp_path: Path, stop: int) -> None:
    longer = dataclasses.replace(CONFIG, epochs=5)
    whole = result(config=longer, folder=tmp_path / "whole")
    events = babi.EXPERIMENT.run(TASK, CONFIG, tmp_path / "part")
    for _, _event in zip(range(stop), events, strict=False):
        pass
    events.close()
    assert result(config=longer, folder=tmp_path / "part", resume=True) == whole
    one, two = folder_contents(tmp_path / "whole"), folder_contents(tmp_path / "part")
    assert one["metrics.jsonl"] == two["metrics.jsonl"]
    assert json.loads(two["run.json"])["config"] == json.loads(one["run.json"])["config"]
    states = [load(tmp_path / name / "checkpoint.npz").state for name in ("whole", "part")]
    assert trees_equal(*states)


def test_a_run_is_not_made_shorter(tmp_path: Path) -> None:
    result(folder=tmp_path)
    before = folder_contents(tmp_path)
    shorter = dataclasses.replace(CONFIG, epochs=2)
    with pytest.raises(RunError, match=r"epochs: was 3, is 2, and epochs can only be increased;"):
        result(config=shorter, folder=tmp_path, resume=True)
    assert folder_contents(tmp_path) == before


def test_other_text_is_not_resumed(tmp_path: Path) -> None:
    result(folder=tmp_path)
    other = dataclasses.replace(TASK, sha256="0" * 64)
    with pytest.raises(RunError, match=r"data_sha256: was '.*', is '0000"):
        next(iter(babi.EXPERIMENT.run(other, CONFIG, tmp_path, resume=True)))


def test_without_a_folder_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result()
    assert folder_contents(tmp_path) == {}


def test_the_published_layout_and_the_generator_give_the_same_task(tmp_path: Path) -> None:
    assert load_babi(1, write_small_task(tmp_path)).sha256 == TASK.sha256
    one, two = (load_babi(1, seed=seed) for seed in (1, 2))
    assert one.sha256 != two.sha256


def options(**changes: Any) -> Callable[[], object]:
    arguments: dict[str, Any] = {"task": 1, "cell": "liaf"}
    return lambda: BabiConfig(**arguments | changes)


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "cell": (options(cell="LSTM"), "cell of Fig. 5: expected one of liaf, lif, rnn, lstm, gru"),
    "another task": (
        lambda: babi.EXPERIMENT.check(TASK, BabiConfig(task=2, cell="liaf")),
        "task of run babi: expected the data of task 2, got those of task 1",
    ),
    "too few to set aside": (
        lambda: babi.EXPERIMENT.check(
            TASK, BabiConfig(task=1, cell="liaf", validation_fraction=0.01)
        ),
        "fraction of split_validation: expected at least 51 stories, so that neither the fraction "
        "0.01 nor the rest is empty, got 8",
    ),
    "edition of generated text": (
        lambda: load_babi(1, edition="en"),
        "edition of bAbI: expected no value without a folder, as the text is then generated; "
        "got 'en'",
    ),
    "no folder to resume": (
        lambda: babi.EXPERIMENT.check(TASK, CONFIG, resume=True),
        "resume of run babi: expected a folder with resume=True, got none",
    ),
    "resume what": (
        lambda: next(iter(babi.EXPERIMENT.run(TASK, CONFIG, resume="no"))),  # type: ignore[arg-type]
        "resume of run babi: expected True or False, got str 'no'",
    ),
    "no task": (
        lambda: babi.EXPERIMENT.check(1, CONFIG),  # type: ignore[arg-type]
        "data of run babi: expected a Task, got 1",
    ),
    "no configuration": (
        lambda: babi.EXPERIMENT.check(TASK, {}),  # type: ignore[arg-type]
        "config of run babi: expected a BabiConfig, got dict {}",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_a_bad_option_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert message in str(refused.value)


def test_what_cannot_run_leaves_no_folder(tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, validation_fraction=0.01)
    with pytest.raises(InputError):
        next(iter(babi.EXPERIMENT.run(TASK, config, tmp_path / "run")))
    assert not (tmp_path / "run").exists()


def test_the_papers_first_row_is_table_iii() -> None:
    cells = ["liaf", "lif", "rnn", "lstm", "gru"]
    assert [paper.table03_accuracy(1, cell) for cell in cells] == [51.8, 52.7, 47.8, 46.8, 49.0]
    assert [paper.table03_accuracy(20, cell) for cell in cells] == [93.5, 92.6, 93.4, 97.1, 96.7]
