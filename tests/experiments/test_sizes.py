"""Numbers of recordings, depth of the network and the seed of the data as options."""

import tempfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from data.events import dataset_trees
from support import trees_equal

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref.data.simulator.datasets import SimulatedRecording
from liaf_ref.experiments import babi, dvs, run_estimate
from liaf_ref.experiments.dvs import DVSConfig, FrameData, frame_data
from liaf_ref.experiments.dvs.frame_data import Frames, StoredFrames
from liaf_ref.experiments.experiment import DataSource
from liaf_ref.experiments.run_estimate import PROCESS_SECONDS
from liaf_ref.experiments.runner.jobs import estimate_total, plan_jobs
from liaf_ref.experiments.runner.manifest import RUN, Manifest
from liaf_ref.experiments.training_run import Prepared, RunFinished, Splits, check_prepared

SCENES = replace(DVSConfig("cifar10-dvs", "lif", "smoke"), epochs=1, frames=1)
FEW: dict[str, Any] = {"train_per_class": 3, "test_per_class": 2, "validation_per_class": 1}


def load(config: DVSConfig, **changes: Any) -> FrameData:
    return dvs.load_frames(replace(config, **changes), None)


def per_class(data: FrameData) -> tuple[set[int], set[int]]:
    train, test = (set(np.bincount(part.labels).tolist()) for part in (data.train, data.test))
    return train, test


def ended(data: FrameData, config: DVSConfig) -> tuple[Any, dict[str, Any]]:
    *_, last, end = dvs.DVSExperiment(config.experiment).run(data, config)
    assert isinstance(end, RunFinished)
    assert not isinstance(last, RunFinished)
    return last.state, {**end.result, "seconds": 0}


@pytest.mark.parametrize("name", ["mnist-dvs", "cifar10-dvs", "gesture"])
def test_as_many_recordings_of_each_class_are_simulated(name: str) -> None:
    config = replace(DVSConfig(name, "liaf", "smoke"), train_per_class=7, test_per_class=65)
    parts = [part.recordings for part in frame_data.select_parts(config, None, False, None)]
    assert [set(np.bincount(part.labels).tolist()) for part in parts] == [{7}, {65}]
    names = [{item.name for item in part.recordings} for part in parts]
    assert not names[0] & names[1]
    assert len(names[1]) == len(parts[1].labels)


def test_validation_recordings_are_balanced_and_follow_the_seed_of_the_data() -> None:
    config = replace(SCENES, **FEW)
    data = load(config)
    experiment = dvs.DVSExperiment(config.experiment)
    learn, validate, test = experiment.split(data, config)
    sizes = [np.bincount(part.labels).tolist() for part in (learn, validate, test)]
    assert sizes == [[2] * 10, [1] * 10, [2] * 10]
    reseeded = replace(config, seed=5), replace(config, data_seed=5)
    other = [experiment.split(data, each).validation for each in reseeded]
    assert not any(trees_equal(part.counts, validate.counts) for part in other)
    fixed = replace(config, data_seed=0, seed=5)
    assert trees_equal(experiment.split(data, fixed).validation.counts, validate.counts)
    assert trees_equal(load(fixed).train.counts, data.train.counts)
    assert load(fixed).sha256 == data.sha256 != load(config, data_seed=5).sha256
    (state, row), (same, same_row) = ended(data, config), ended(data, replace(config, data_seed=0))
    assert trees_equal(state, same)
    assert row == same_row
    assert not trees_equal(state.params, ended(data, fixed)[0].params)


def test_frames_that_do_not_fit_into_memory_are_read_from_a_temporary_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    config = replace(SCENES, **FEW, frame_order="shuffled", frames=5)
    data = load(config)
    monkeypatch.setattr(frame_data, "MAX_FRAMES_BYTES", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    streamed = load(config)
    cached = dvs.load_frames(config, None, cache=tmp_path / "cache")
    # Recordings are simulated or read once.
    monkeypatch.setattr(SimulatedRecording, "events", None)
    index, again = np.array([7, 2, 11]), np.array([2, 0])
    for other in (streamed, cached):
        for part in (other.train, other.test):
            assert isinstance(part.stored, StoredFrames)
        assert trees_equal(other.test.take(index).inputs, data.test.take(index).inputs)
        subset = other.test.subset(index).take(again)
        assert trees_equal(subset.inputs, data.test.take(index[again]).inputs)
        assert trees_equal(ended(other, config), ended(data, config))
    assert not list((tmp_path / "temporary").iterdir())


def test_a_last_batch_of_which_a_statistic_has_one_entry_is_refused() -> None:
    config = DVSConfig("gesture", "liaf", "smoke", frames=1, batch_size=4)
    part = Frames(np.zeros((5, 1, 16, 16, 2), np.uint16), np.zeros(5, np.int64))
    splits, network = Splits(part, part, part), config.network
    prepared = Prepared(dvs.DVSExperiment("gesture"), None, config, splits, network)
    with pytest.raises(InputError, match=r"^batch_size .* leaves a last one of 1 of 5 samples"):
        check_prepared(prepared)
    check_prepared(prepared._replace(config=replace(config, batch_size=5)))


def test_a_damaged_file_is_reported_before_the_training(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    folder = dataset_trees.write_cifar10_dvs(tmp_path)
    damaged = sorted(folder.rglob("*.aedat"))[-1]
    monkeypatch.setattr(frame_data, "MAX_FRAMES_BYTES", 0)
    config = DVSConfig("cifar10-dvs", "liaf", "smoke")
    dvs.load_frames(config, folder, partial=True)
    damaged.write_bytes(damaged.read_bytes()[:-3])
    with pytest.raises(FormatError, match=damaged.name):
        dvs.load_frames(config, folder, partial=True)


def test_folds_divide_the_recordings_of_both_sizes() -> None:
    folded = replace(SCENES, fold=1, folds=2, train_per_class=3, test_per_class=1)
    assert per_class(load(folded)) == ({2}, {2})
    with pytest.raises(InputError, match=r"^train_per_class of DVSConfig: expected no value, got"):
        DVSConfig("n-mnist", "liaf", fold=1, train_per_class=7)


def test_a_default_that_has_no_effect_any_more_is_dropped() -> None:
    for config in (SCENES, babi.BabiConfig(1, "liaf", schedule="plateau")):
        averaged = replace(config, select_epoch="average")
        assert (averaged.patience, averaged.average_epochs) == (5, 5)
        other = replace(averaged, select_epoch="final", schedule="cosine")
        assert (other.patience, other.average_epochs) == (None, None)
        with pytest.raises(InputError, match=r"patience of .*Config: expected no value, got 7"):
            replace(config, patience=7, schedule="cosine")


def test_filters_are_the_depth_of_the_network() -> None:
    deep = dict(replace(SCENES, filters="4,8,8,16").network.sequential.layers)
    assert [deep[f"conv{k}"].out_shape[-1] for k in (1, 2, 3, 4)] == [4, 8, 8, 16]
    assert all(f"pool{k}" in deep for k in (1, 2, 3, 4))
    gesture = DVSConfig("gesture", "liaf", "smoke", filters="4,5,6,7").network
    pools = [name for name, _ in gesture.sequential.layers if name[:-1] == "pool"]
    assert pools == ["pool2", "pool3", "pool4"]  # the first of Table VIII has none
    own = DVSConfig("mnist-dvs", "liaf", "small")
    same = replace(own, filters="16,32")
    assert same.network == own.network


def test_more_recordings_than_there_are_is_refused_by_name() -> None:
    digits = DVSConfig("mnist-dvs", "liaf", "smoke", test_per_class=135)
    with pytest.raises(InputError, match=r"test_per_class of run mnist-dvs: expected at most 174"):
        dvs.load_frames(digits, None)
    config = replace(SCENES, **FEW | {"validation_per_class": 3})
    with pytest.raises(InputError, match="expected fewer than the 3 training"):
        dvs.DVSExperiment(config.experiment).split(load(config), config)


CONFIG = DVSConfig("cifar10-dvs", "lif", "smoke", train_per_class=4, test_per_class=2)
EXPERIMENT = dvs.DVSExperiment("cifar10-dvs")
SIMULATED = DataSource()


@pytest.fixture
def one_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forward pass takes a second, a training step three; preparation takes no time."""
    times = 1.0, 3.0
    monkeypatch.setattr(run_estimate, "measure_sample", lambda *args: times)
    monkeypatch.setattr("liaf_ref.experiments.dvs.experiment.time.process_time", float)


@pytest.mark.usefixtures("one_second")
def test_every_epoch_trains_and_validates_and_all_parts_are_tested_once() -> None:
    expected = {1: 36 * 3 + 4 + 60, 5: 5 * (36 * 3 + 4) + 60}
    for epochs, seconds in expected.items():
        found = EXPERIMENT.estimate_run(replace(CONFIG, epochs=epochs), SIMULATED)
        assert found.seconds == seconds
    held = replace(CONFIG, epochs=1, validation_per_class=2)
    assert EXPERIMENT.estimate_run(held, SIMULATED).seconds == 20 * 3 + 20 + 60
    two = replace(CONFIG, epochs=1, processes=2)
    assert EXPERIMENT.estimate_run(two, SIMULATED).seconds == expected[1] / 2
    task = babi.BabiConfig(1, "gru", epochs=1)
    assert babi.EXPERIMENT.estimate_run(task, SIMULATED).seconds == 900 * 3 + 100 + 2000


def test_frames_that_are_read_from_a_file_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = EXPERIMENT.estimate_run(CONFIG, SIMULATED)
    frame_bytes = 5 * 16 * 16 * 2 * 2
    monkeypatch.setattr(frame_data, "MAX_FRAMES_BYTES", 30 * frame_bytes)  # between test and train
    streamed = EXPERIMENT.estimate_run(CONFIG, SIMULATED)
    assert kept.memory_bytes - streamed.memory_bytes == 40 * frame_bytes


@pytest.mark.usefixtures("one_second")
def test_runs_of_several_seeds_are_added_and_share_the_recordings_of_a_folder() -> None:
    configs = {str(seed): replace(CONFIG, seed=seed, epochs=1) for seed in range(3)}
    manifest = Manifest(RUN, EXPERIMENT, SIMULATED, configs)
    jobs = plan_jobs(manifest, None)
    one = EXPERIMENT.estimate_run(configs["0"], SIMULATED)
    total = estimate_total(manifest, jobs, 2)
    assert total is not None
    assert total.seconds == 3 * one.seconds + 2 * PROCESS_SECONDS
    assert total.memory_bytes == 2 * one.memory_bytes
    done = [job._replace(state="finished") for job in jobs]
    assert estimate_total(manifest, done, 1) is None
