"""Runs that stop early, within an epoch, or at a value that is not finite."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from data.events import dataset_trees
from support import ended, folder_contents, read_outputs, small_task, trees_equal

from liaf_ref._core.errors import TrainingError
from liaf_ref.experiments import babi, dvs
from liaf_ref.experiments.dvs.frame_data import FrameDataset
from liaf_ref.experiments.study import load_trained_network
from liaf_ref.experiments.training_run import RunFinished
from liaf_ref.training.checkpoint import load
from liaf_ref.training.loop import average_params
from liaf_ref.training.run_folder import read_metrics, read_run_json

Begin = Callable[..., Iterator[Any]]
BABI = babi.BabiConfig(
    task=1, cell="liaf", epochs=3, lr=0.01, batch_size=8, validation_fraction=0.25
)
# With running statistics, and with masks.
GESTURE = replace(dvs.DVSConfig("gesture", "liaf", "smoke"), epochs=2, batch_size=20)
N_MNIST = replace(dvs.DVSConfig("n-mnist", "lif", "smoke"), epochs=2, batch_size=4)


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> dvs.FrameData:
    folder = dataset_trees.write_n_mnist(tmp_path_factory.mktemp("N-MNIST"), train=3, test=2)
    return dvs.load_frames(N_MNIST, folder, partial=True)


@pytest.fixture(scope="module")
def gestures(frames: dvs.FrameData) -> dvs.FrameData:
    """The same counts, each frame twice: as many as the gesture network takes."""
    train, test = (
        FrameDataset(part.counts.repeat(2, axis=1), part.labels)
        for part in (frames.train, frames.test)
    )
    return frames._replace(train=train, test=test)


def check_goes_on(begin: Begin, folder: Path, stops: tuple[int, ...]) -> None:
    """A run that is stopped in mid-epoch, again and again, ends as one that is not."""
    _, whole = ended(begin(folder / "whole"))
    part, steps = folder / "part", 0
    for stop in stops:
        events: Any = begin(part, resume=bool(steps))
        for _ in range(stop):
            steps += 1
            next(events)
        events.close()
        assert load(part / "checkpoint.npz").state.batch > 0
    assert ended(begin(part, resume=True))[1] == whole
    assert read_outputs(folder / "whole") == read_outputs(part)


def test_masks_go_on_within_an_epoch(tmp_path: Path, frames: dvs.FrameData) -> None:
    run = partial(dvs.DVSExperiment("n-mnist").run, frames, N_MNIST)
    check_goes_on(run, tmp_path, (3, 9))


AVERAGED: dict[str, Any] = {"select_epoch": "average", "average_epochs": 2, "schedule": "cosine"}


@pytest.mark.parametrize("processes", [1, 2])
def test_averaged_weights_and_running_statistics_go_on_within_an_epoch(
    tmp_path: Path, gestures: dvs.FrameData, processes: int
) -> None:
    config = replace(GESTURE, patience=None, processes=processes, **AVERAGED)
    check_goes_on(partial(dvs.DVSExperiment("gesture").run, gestures, config), tmp_path, (4,))
    found = load_trained_network(config, gestures, tmp_path / "part")
    result = read_run_json(tmp_path / "part")["result"]
    assert (result["selected_epoch"], result["averaged_epochs"]) == (2, 2)
    assert found.test_score().accuracy == result["test_accuracy"]
    last = load(tmp_path / "part" / "checkpoint.npz").state.last_params
    assert trees_equal(found.params, average_params(last))


def test_an_early_stop_is_in_the_result_and_no_resuming_moves_it(tmp_path: Path) -> None:
    task, config = small_task(), replace(BABI, epochs=60, stop_after=2)
    _, result = ended(babi.EXPERIMENT.run(task, config, tmp_path))
    metrics = read_metrics(tmp_path)
    losses = [epoch["validation_loss"] for epoch in metrics]
    lowest = losses.index(min(losses)) + 1
    assert len(metrics) == result["epochs"] == lowest + 2 < 60
    assert result["stopped"] == metrics[-1]["stopped"]
    assert f"of epoch {lowest} for 2 epochs" in result["stopped"]
    accuracies = [epoch["validation_accuracy"] for epoch in metrics]
    assert result["validation_accuracy"] == max(accuracies)
    before = folder_contents(tmp_path)["metrics.jsonl"]
    longer = replace(config, epochs=90)
    *_, end = babi.EXPERIMENT.run(task, longer, tmp_path, resume=True)
    assert isinstance(end, RunFinished)
    assert end.result.items() >= result.items()
    assert folder_contents(tmp_path)["metrics.jsonl"] == before


SGD_BABI = babi.BabiConfig(
    task=1, cell="liaf", epochs=9, batch_size=8, validation_fraction=0.25, optimizer="sgd"
)
LIAF_N_MNIST = replace(dvs.DVSConfig("n-mnist", "liaf", "smoke"), epochs=2, batch_size=8)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lr": 30.0}, r"the output is -?(inf|nan) at time step \d+ of 65 in story, DenseLIAF\("),
        # Products beyond float32 of both signs: inf or nan, as BLAS adds them up.
        ({"lr": 1e25, "optimizer": "adam"}, r"the output is (-?inf|nan) at time step 1 of 65 "),
        ({"lr": 1e39}, r"story\.E is -?inf after an update of Embedding\("),
        ({"lr": 1e3, "cell": "lif"}, r"the gradient in .* is (-?inf|nan).* in story, DenseLIF\("),
    ],
)
def test_babi_names_layer_and_step(
    tmp_path: Path, changes: dict[str, object], expected: str
) -> None:
    pattern = rf"^epoch 1, batch \d: the (loss|gradient) .*; first non-finite value: {expected}"
    with pytest.raises(TrainingError, match=pattern) as failed:
        list(babi.EXPERIMENT.run(small_task(), replace(SGD_BABI, **changes), tmp_path))  # type: ignore[arg-type]
    record = json.loads((tmp_path / "run.json").read_bytes())
    assert (record["status"], record["error"]) == ("failed", str(failed.value))


@pytest.mark.parametrize("processes", [1, 2])
def test_a_network_on_frames_names_them_too(frames: dvs.FrameData, processes: int) -> None:
    config = replace(LIAF_N_MNIST, lr=1e30, processes=processes)
    origin = r"the output is (-?inf|nan) at time step \d of 5 in "
    pattern = rf"^epoch 1, batch 2: .*; first non-finite value: {origin}"
    with pytest.raises(TrainingError, match=pattern):
        list(dvs.DVSExperiment(config.experiment).run(frames, config))
