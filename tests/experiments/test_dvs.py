"""Runs on recordings: what is taken, what is learnt from, and nothing of it from the test part."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data.events import dataset_trees
from support import trees_equal

from liaf_ref._core.errors import RunError
from liaf_ref.data import events
from liaf_ref.experiments import dvs
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, SCALES, DVSConfig, FrameData, scale_settings
from liaf_ref.experiments.training_run import RunFinished
from liaf_ref.networks.registry import create_network
from liaf_ref.training.state import EpochDone, StepDone, TrainingState

CONFIG = replace(DVSConfig("n-mnist", "liaf", "smoke"), epochs=2, batch_size=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dataset_trees.write_n_mnist(tmp_path_factory.mktemp("sets") / "N-MNIST", train=3, test=2)


@pytest.fixture(scope="module")
def data(folder: Path) -> FrameData:
    return dvs.load_frames(CONFIG, folder, partial=True)


def ended(data: FrameData, config: DVSConfig = CONFIG, **where: Any) -> tuple[TrainingState, Any]:
    """The last state of a run, and its row without the time."""
    *_, last, end = dvs.DVSExperiment(config.experiment).run(data, config, **where)
    assert isinstance(last, EpochDone)
    assert isinstance(end, RunFinished)
    row = dict(end.result)
    assert row.pop("seconds") > 0
    return last.state, row


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


def test_recordings_are_drawn_by_class_and_seed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_kept_frames_are_the_same(folder: Path, data: FrameData, tmp_path: Path) -> None:
    for _ in range(2):
        saved = dvs.load_frames(CONFIG, folder, partial=True, cache=tmp_path)
        assert trees_equal(saved.train.counts, data.train.counts)
    # The made test files are some of the training files over again.
    assert len(list(tmp_path.iterdir())) == len(data.train)


@pytest.mark.parametrize("cell", EXPERIMENT_SPECS["n-mnist"].cells)
def test_every_cell_trains(data: FrameData, cell: str) -> None:
    config = replace(CONFIG, cell=cell, epochs=1)
    network = config.network
    state, row = ended(data, config)
    assert row["weights"] == network.count_params()
    assert row["samples"] == [27, 3, 20]
    assert (row["experiment"], row["cell"], row["scale"], row["T"]) == ("n-mnist", cell, "smoke", 5)
    first = network.init(np.random.default_rng(0))
    assert all((state.params[name] != first[name]).any() for name in first)


def test_two_processes_learn_what_one_does(data: FrameData) -> None:
    def losses(config: DVSConfig) -> Iterator[float]:
        return (
            e.loss
            for e in dvs.DVSExperiment(config.experiment).run(data, config)
            if isinstance(e, StepDone)
        )

    alone = list(losses(replace(CONFIG, epochs=1)))
    shared = list(losses(replace(CONFIG, epochs=1, processes=2)))
    # Sums in another order; Adam's steps amplify that where a gradient is near 0.
    np.testing.assert_allclose(shared, alone, rtol=1e-3)


def test_what_would_not_fit_into_memory_is_refused_before_the_first_step(
    data: FrameData, tmp_path: Path
) -> None:
    huge = replace(CONFIG, batch_size=10**9)
    with pytest.raises(RunError, match="a step with batch 1000000000 and 5 steps needs"):
        dvs.DVSExperiment(huge.experiment).check(data, huge, tmp_path / "run")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "frames"),
    [
        ("mnist-dvs", events.MNIST_DVS),
        ("cifar10-dvs", events.CIFAR10_DVS),
        ("gesture", events.GESTURE),
    ],
)
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
