"""One step of the paper's own setting, from the files of a published folder, on genuine recordings.

Where one recording is all there is, it stands for every class: what is shown is that files, labels,
split, frames, network, loss, schedule and optimizer fit each other, not that anything is learnt.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from data.real_data import real_data_path

from liaf_ref.experiments import dvs
from liaf_ref.experiments.dvs import DVSConfig
from liaf_ref.training.state import StepDone


def _n_mnist(_: Path) -> Path:
    return real_data_path("N-MNIST")


def _mnist_dvs(here: Path) -> Path:
    recording = real_data_path("MNIST-DVS", "scale8", "mnist_0_scale08_0001_qt1.aedat")
    folder = here / "MNIST-DVS" / "scale8"
    folder.mkdir(parents=True)
    for digit in range(10):
        for number in (1, 2, 3):
            name = f"mnist_{digit}_scale08_{number:04d}.aedat"
            (folder / name).symlink_to(recording)
    return folder.parent


def _gesture(here: Path) -> Path:
    source = real_data_path("DvsGesture", "reencoded_user91_lab.aedat").parent
    folder = here / "DvsGesture"
    folder.mkdir()
    labels = (source / "reencoded_user91_lab_labels.csv").read_text("ascii")
    eleventh = labels.splitlines()[1].replace("1,", "11,", 1)  # it has ten of the eleven
    for part, people in (("train", 6), ("test", 1)):  # a tenth of six people is one
        shutil.copy(source / f"trials_to_{part}.txt", folder)
        names = (folder / f"trials_to_{part}.txt").read_text("ascii").split()
        first = {name[:6]: name for name in reversed(names)}
        for trial in sorted(first.values())[:people]:
            (folder / trial).symlink_to(source / "reencoded_user91_lab.aedat")
            path = folder / trial.replace(".aedat", "_labels.csv")
            path.write_text(f"{labels.rstrip()}\n{eleventh}\n", "ascii")
    return folder


@pytest.mark.parametrize(
    ("name", "cell", "folder"),
    [
        ("n-mnist", "lif", _n_mnist),
        ("mnist-dvs", "liaf", _mnist_dvs),
        ("gesture", "liaf", _gesture),
    ],
)
def test_one_step(name: str, cell: str, folder: Callable[[Path], Path], tmp_path: Path) -> None:
    # The paper's own but for the batch, whose tape would take gigabytes.
    config = replace(DVSConfig(name, cell, "paper"), batch_size=2)
    data = dvs.load_frames(config, folder(tmp_path), partial=True)
    assert data.train.counts.shape[1:] == config.scale_settings.preprocessing.shape
    assert data.train.counts.any(axis=(1, 2, 3, 4)).all()
    drawn = np.random.default_rng(np.random.SeedSequence(config.seed).spawn(3)[0])
    before = config.network.init(drawn)
    step = next(iter(dvs.DVSExperiment(config.experiment).run(data, config, tmp_path / "run")))
    assert isinstance(step, StepDone)
    assert np.isfinite(step.loss)
    for key, value in step.state.params.items():  # Adam's first step is the learning rate
        moved = np.abs(value - before[key]).max()
        assert moved <= 1.01 * config.lr
        assert moved > 0.5 * config.lr or not key.endswith(".W")
