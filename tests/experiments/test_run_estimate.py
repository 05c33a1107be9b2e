"""What a run needs is estimated before it starts: time and memory."""

from dataclasses import replace

import pytest

from liaf_ref.experiments import babi, dvs, run_estimate
from liaf_ref.experiments.dvs import DVSConfig, frame_data
from liaf_ref.experiments.experiment import DataSource
from liaf_ref.experiments.run_estimate import PROCESS_SECONDS
from liaf_ref.experiments.runner.jobs import estimate_total, plan_jobs
from liaf_ref.experiments.runner.manifest import RUN, Manifest

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
