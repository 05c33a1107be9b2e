"""Runs on recordings: frames, numbers of recordings, people."""

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data.events import dataset_trees
from support import ended, trees_equal

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref.data import events
from liaf_ref.data.events.datasets import gesture
from liaf_ref.data.simulator import simulate_gesture
from liaf_ref.experiments import babi, dvs, training_run
from liaf_ref.experiments.dvs import (
    EXPERIMENT_SPECS,
    SCALES,
    DVSConfig,
    FrameData,
    frame_data,
    scale_settings,
)
from liaf_ref.experiments.dvs.frame_data import FrameDataset, StoredFrames
from liaf_ref.experiments.experiment import DataSource
from liaf_ref.experiments.runner.jobs import estimate_total, plan_jobs
from liaf_ref.experiments.runner.manifest import RUN, Manifest
from liaf_ref.experiments.training_run import PROCESS_SECONDS, Prepared, Splits, check_prepared
from liaf_ref.networks.registry import create_network
from liaf_ref.training.state import TrainingState


def finished(data: FrameData, config: DVSConfig) -> tuple[TrainingState, dict[str, Any]]:
    return ended(dvs.DVSExperiment(config.experiment).run(data, config))


CONFIG = replace(DVSConfig("n-mnist", "liaf", "smoke"), epochs=2, batch_size=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dataset_trees.write_n_mnist(tmp_path_factory.mktemp("sets") / "N-MNIST", train=3, test=2)


@pytest.fixture(scope="module")
def data(folder: Path) -> FrameData:
    return dvs.load_frames(CONFIG, folder, partial=True)


def test_frames_are_those_of_the_recordings(folder: Path, data: FrameData) -> None:
    assert data.train.counts.shape == (30, 5, 16, 16, 2)
    assert len(data.test) == 20
    for part in (data.train, data.test):
        inputs = part.take(np.arange(3)).inputs[0]
        assert inputs.dtype == np.float32
        assert (inputs == part.counts[:3]).all()
        assert np.bincount(part.labels).tolist() == [len(part) // 10] * 10
    load = EXPERIMENT_SPECS["n-mnist"].load
    assert load is not None
    found = load(folder, 0, True)
    own = CONFIG.scale_settings.preprocessing
    for part, recordings in zip((data.train, data.test), found[:2], strict=True):
        expected = [own.to_frames(events) for events, _ in recordings]
        assert (part.counts == expected).all()
        assert (part.labels == recordings.labels).all()


def test_recordings_follow_class_and_seed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = scale_settings("n-mnist", "smoke")._replace(max_per_class=(2, 1))
    monkeypatch.setitem(EXPERIMENT_SPECS["n-mnist"].scales, "smoke", few)
    one, again, other = (
        dvs.load_frames(replace(CONFIG, seed=seed), folder, partial=True) for seed in (1, 1, 2)
    )
    for part, each in ((one.train, 2), (one.test, 1)):
        assert np.bincount(part.labels).tolist() == [each] * 10
    assert trees_equal(one.train.counts, again.train.counts)
    assert one.sha256 == again.sha256
    assert not trees_equal(one.train.counts, other.train.counts)
    assert one.sha256 != other.sha256


@pytest.mark.parametrize("cell", EXPERIMENT_SPECS["n-mnist"].cells)
def test_every_cell_trains(data: FrameData, cell: str) -> None:
    config = replace(CONFIG, cell=cell, epochs=1)
    network = config.network
    state, row = finished(data, config)
    assert row["weights"] == network.count_params()
    assert row["samples"] == [27, 3, 20]
    assert (row["experiment"], row["cell"], row["scale"], row["T"]) == ("n-mnist", cell, "smoke", 5)
    first = network.init(np.random.default_rng(0))
    assert all((state.params[name] != first[name]).any() for name in first)


PAPER = {"mnist-dvs": events.MNIST_DVS, "cifar10-dvs": events.CIFAR10_DVS}
PAPER["gesture"] = events.GESTURE


@pytest.mark.parametrize(("name", "frames"), PAPER.items(), ids=PAPER)
def test_paper_is_the_papers_frames_and_network(name: str, frames: events.Preprocessing) -> None:
    config = DVSConfig(name, "liaf", "paper")
    assert config.scale_settings.preprocessing == frames
    assert config.network.steps == frames.T
    assert config.scale_settings.max_per_class == (None, None)
    assert config.network == create_network(f"{name}-liaf")
    decay = 1e-4 if name == "gesture" else 0
    assert (config.lr, config.weight_decay) == (1e-4 if name == "gesture" else 5e-5, decay)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", EXPERIMENT_SPECS)
def test_frames_fit_the_network_at_every_scale(name: str, scale: str) -> None:
    known = EXPERIMENT_SPECS[name]
    if scale not in known.scales:
        assert (name, scale) == ("order", "paper")  # none of the paper's
        return
    for cell in known.cells:
        config = DVSConfig(name, cell, scale)
        net, frames = config.network, config.scale_settings.preprocessing
        assert (net.steps, *net.sequential.in_shape) == frames.shape


SCENES = replace(DVSConfig("cifar10-dvs", "lif", "smoke"), epochs=1, frames=1)
FEW: dict[str, Any] = {"train_per_class": 3, "test_per_class": 2, "validation_per_class": 1}


@cache
def load(config: DVSConfig, **changes: Any) -> FrameData:
    return dvs.load_frames(replace(config, **changes), None)


@pytest.mark.parametrize("name", ["mnist-dvs", "cifar10-dvs", "gesture"])
def test_as_many_recordings_of_each_class_are_simulated(name: str) -> None:
    config = replace(DVSConfig(name, "liaf", "smoke"), train_per_class=7, test_per_class=65)
    parts = [part.dataset for part in frame_data.select_parts(config, None, False, None)]
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
    run, same = finished(data, config), finished(data, replace(config, data_seed=0))
    assert trees_equal(run, same)
    assert not trees_equal(run[0].params, finished(data, fixed)[0].params)


def test_frames_that_do_not_fit_into_memory_are_read_from_a_temporary_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    config = replace(SCENES, **FEW, frame_order="shuffled", frames=5)
    data, parts = load(config), frame_data.select_parts(config, None, False, tmp_path / "cache")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    large = replace(parts[0].preprocessing, T=10**6)
    assert replace(parts[0], preprocessing=large).memory_bytes == 0 < parts[0].memory_bytes
    streamed = []
    for part in parts:
        stored = StoredFrames(part.preprocessing.shape)
        for k in range(len(part)):
            stored[k] = part.frames(k)
        streamed.append(FrameDataset(stored, part.dataset.labels))
    cached = dvs.load_frames(config, None, cache=tmp_path / "cache")
    index, again = np.array([7, 2, 11]), np.array([2, 0])
    for other in (data._replace(train=streamed[0], test=streamed[1]), cached):
        assert trees_equal(other.test.take(index).inputs, data.test.take(index).inputs)
        subset = other.test.subset(index).take(again)
        assert trees_equal(subset.inputs, data.test.take(index[again]).inputs)
        assert trees_equal(finished(other, config), finished(data, config))
    assert not list((tmp_path / "temporary").iterdir())


def test_a_last_batch_of_which_a_statistic_has_one_entry_is_refused() -> None:
    config = DVSConfig("gesture", "liaf", "smoke", frames=1, batch_size=4)
    part = FrameDataset(np.zeros((5, 1, 16, 16, 2), np.uint16), np.zeros(5, np.int64))
    splits, network = Splits(part, part, part), config.network
    prepared = Prepared(dvs.DVSExperiment("gesture"), None, config, splits, network)
    with pytest.raises(InputError, match=r"^batch_size .* leaves a last one of 1 of 5 samples"):
        check_prepared(prepared)
    check_prepared(prepared._replace(config=replace(config, batch_size=5)))


def test_a_damaged_file_is_met_before_training(tmp_path: Path) -> None:
    folder = dataset_trees.write_cifar10_dvs(tmp_path)
    damaged = sorted(folder.rglob("*.aedat"))[-1]
    config = DVSConfig("cifar10-dvs", "liaf", "smoke")
    dvs.load_frames(config, folder, partial=True)
    damaged.write_bytes(damaged.read_bytes()[:-3])
    with pytest.raises(FormatError, match=damaged.name):
        dvs.load_frames(config, folder, partial=True)


def test_folds_divide_the_recordings_of_both_sizes() -> None:
    folded = replace(SCENES, fold=1, folds=2, train_per_class=3, test_per_class=1)
    data = load(folded)
    assert [set(np.bincount(part.labels)) for part in (data.train, data.test)] == [{2}, {2}]
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


FEW_SCENES = DVSConfig("cifar10-dvs", "lif", "smoke", train_per_class=4, test_per_class=2)
EXPERIMENT = dvs.DVSExperiment("cifar10-dvs")
SIMULATED = DataSource()


@pytest.fixture
def one_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forward pass takes a second, a training step three; preparation takes no time."""
    times = 1.0, 3.0  # a machine's own times would make every expected number a range
    monkeypatch.setattr(training_run, "measure_sample", lambda *args: times)
    monkeypatch.setattr("time.process_time", float)


@pytest.mark.usefixtures("one_second")
def test_every_epoch_trains_and_validates_and_all_parts_are_tested_once() -> None:
    expected = {1: 36 * 3 + 4 + 60, 5: 5 * (36 * 3 + 4) + 60}
    for epochs, seconds in expected.items():
        found = EXPERIMENT.estimate_run(replace(FEW_SCENES, epochs=epochs), SIMULATED)
        assert found.seconds == seconds
    held = replace(FEW_SCENES, epochs=1, validation_per_class=2)
    assert EXPERIMENT.estimate_run(held, SIMULATED).seconds == 20 * 3 + 20 + 60
    two = replace(FEW_SCENES, epochs=1, processes=2)
    assert EXPERIMENT.estimate_run(two, SIMULATED).seconds == expected[1] / 2
    task = babi.BabiConfig(1, "gru", epochs=1)
    assert babi.EXPERIMENT.estimate_run(task, SIMULATED).seconds == 900 * 3 + 100 + 2000


@pytest.mark.usefixtures("one_second")
def test_runs_of_several_seeds_are_added_and_share_the_recordings_of_a_folder() -> None:
    configs = {str(seed): replace(FEW_SCENES, seed=seed, epochs=1) for seed in range(3)}
    manifest = Manifest(RUN, EXPERIMENT, SIMULATED, configs)
    jobs = plan_jobs(manifest, None)
    one = EXPERIMENT.estimate_run(configs["0"], SIMULATED)
    total = estimate_total(manifest, jobs, 2)
    assert total is not None
    assert total.seconds == 3 * one.seconds + 2 * PROCESS_SECONDS
    assert total.memory_bytes == 2 * one.memory_bytes
    done = [job._replace(state="finished") for job in jobs]
    assert estimate_total(manifest, done, 1) is None


GESTURE = DVSConfig("gesture", "liaf", "smoke")
GROUP = EXPERIMENT_SPECS["gesture"].group_of


@pytest.fixture(scope="module")
def people() -> FrameData:
    """Two recordings of each of 23 people; the counts of each are the person's number."""
    assert GROUP is not None
    items = simulate_gesture(lights=2).train.recordings[::11]
    groups = np.array([GROUP(item) for item in items])
    T, H, W, _ = GESTURE.scale_settings.preprocessing.shape
    counts = np.broadcast_to(groups.astype(np.uint16)[:, None, None, None, None], (46, T, H, W, 2))
    frames = FrameDataset(counts, np.arange(46) % 11)
    return FrameData(frames, frames, ("a",) * 11, "0", "people", groups)


def parts(data: FrameData, config: DVSConfig) -> list[set[int]]:
    """The people in training and in validation."""
    learn, validate, _ = dvs.DVSExperiment(config.experiment).split(data, config)
    return [set(np.unique(part.counts).tolist()) for part in (learn, validate)]


def test_a_person_is_in_training_or_in_validation(people: FrameData) -> None:
    drawn = set()
    for seed in range(20):
        config = replace(GESTURE, seed=seed)
        learn, validate = parts(people, config)
        assert not learn & validate
        assert learn | validate == set(range(1, 24))
        assert len(validate) == 2  # a tenth of 23
        other = replace(config, cell="lif", lr=0.5)
        assert parts(people, other) == [learn, validate]
        drawn.add(frozenset(validate))
    assert len(drawn) > 10
    _, half = parts(people, replace(GESTURE, validation_fraction=0.5))
    assert len(half) == round(23 / 2)


def test_published_and_simulated_recordings_know_their_person(tmp_path: Path) -> None:
    assert GROUP is not None
    trial = dataset_trees.write_trial(tmp_path, "user24_lab", dataset_trees.LABEL_ROWS)
    assert {GROUP(clip) for clip in gesture.gesture_clips(trial)} == {24}
    simulated = simulate_gesture(lights=5)
    for part, users in ((simulated.train, range(1, 24)), (simulated.test, range(24, 30))):
        groups = [GROUP(item) for item in part.recordings]
        assert set(groups) == set(users)
        assert groups.count(users[0]) == 55
