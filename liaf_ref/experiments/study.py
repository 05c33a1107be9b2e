"""Load trained networks of the experiments on event frames, for measurements."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np

from liaf_ref._core.declared import Declared, Of
from liaf_ref._core.errors import RunError
from liaf_ref._core.kinds import About, one_of
from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, DVSConfig, DVSExperiment, FrameData
from liaf_ref.experiments.dvs.frame_data import Frames
from liaf_ref.kernels.array import Array
from liaf_ref.layers import Params
from liaf_ref.networks import SequenceClassifier
from liaf_ref.training.loop import compute_score, iter_batches
from liaf_ref.training.run_folder import DATA_SHA256, load_checkpoint, read_run_json
from liaf_ref.training.selection import select_weights
from liaf_ref.training.state import Score


class TrainedNetwork(NamedTuple):
    """A trained network and its recordings."""

    config: DVSConfig
    network: SequenceClassifier
    params: Params  # that the run tested
    running_stats: Params
    train: Frames  # for calibration; accuracies are measured on ``test``
    test: Frames

    @property
    def params_and_stats(self) -> Params:
        """Parameters and running statistics by name."""
        return {**self.params, **self.running_stats}

    def test_score(self) -> Score:
        """Accuracy and loss on the test recordings."""
        passes, loss, size = self.network.passes(), self.network.loss, self.config.batch_size
        return compute_score(passes, loss, self.params, self.test, size, self.running_stats)

    def majority_accuracy(self) -> float:
        """Fraction of the test recordings in the most frequent class of the training recordings."""
        maximum = np.bincount(self.train.labels.astype(np.intp, copy=False)).argmax()
        return float((self.test.labels == maximum).mean())

    def batches(self, frames: Frames, size: int) -> Iterator[tuple[Array, Array]]:
        """Yield frames and labels in batches of ``size`` recordings."""
        for part in iter_batches(frames, size):
            yield part.inputs[0], part.labels


def load_trained_network(config: DVSConfig, data: FrameData, folder: Path) -> TrainedNetwork:
    """Read a trained network."""
    found = read_run_json(folder).get("config")
    recorded = found if isinstance(found, dict) else {}
    digest = recorded.get(DATA_SHA256)
    if digest != data.sha256:
        reason = f"expected a run on data with sha256 {data.sha256}, got {digest}; check --data"
        raise RunError(f"{folder}: {reason}")
    state = load_checkpoint(folder, recorded).state
    if not state.epoch:
        raise RunError(f"{folder}: expected a run with a finished epoch, got none; resume it first")
    network = config.network
    train = DVSExperiment(config.experiment).split(data, config).train
    chosen = select_weights(config.select_epoch, state, network, train, config.batch_size)
    running = chosen.running_stats or {}
    return TrainedNetwork(config, network, chosen.params, running, data.train, data.test)


ReportProgress = Callable[[str], None]
Measure = Callable[[Mapping[str, TrainedNetwork], ReportProgress], dict[str, Any]]


class StudyConfig(Declared):
    """The networks that a study trains."""

    on: Annotated[
        str, one_of(*EXPERIMENT_SPECS), About("experiment whose networks are trained")
    ] = "mnist-dvs"
    scale: Annotated[str, Of(DVSConfig)] = "small"
    epochs: Annotated[int | None, Of(DVSConfig)] = None
    seed: Annotated[int, Of(DVSConfig)] = 0

    def training_config(self, cell: str) -> DVSConfig:
        """Configuration of one network."""
        config = DVSConfig(self.on, cell, self.scale, seed=self.seed)
        return config if self.epochs is None else replace(config, epochs=self.epochs)


class Study(NamedTuple):
    """A study; its table and figure are in :mod:`liaf_ref.report`."""

    name: str
    section: str
    description: str
    cells: tuple[str, ...]  # the networks it needs
    measure: Measure  # returns the results for networks by cell
