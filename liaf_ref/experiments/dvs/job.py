"""One cell on one data set: split, train, and look at the test recordings once."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liaf_ref._core.errors import InputError
from liaf_ref._core.validation import check_bool, check_instance
from liaf_ref.analysis import op_count
from liaf_ref.data.batches import split_validation
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.dvs.catalog import experiment_spec
from liaf_ref.experiments.dvs.config import DVSConfig
from liaf_ref.experiments.dvs.folds import DEFAULT_FOLDS
from liaf_ref.experiments.dvs.frame_data import FrameData, FrameDataset
from liaf_ref.experiments.nonfinite_diagnosis import with_nonfinite_diagnosis
from liaf_ref.experiments.runner import RunFinished, early_stopping_entry, run_training
from liaf_ref.networks import DVSNetwork
from liaf_ref.networks.memory import check_memory
from liaf_ref.networks.neuron_config import neuron_param_names
from liaf_ref.training.array_dict import ArrayDict
from liaf_ref.training.data_parallel import DataParallel
from liaf_ref.training.frozen import FrozenParameters, mask_gradients
from liaf_ref.training.loop import compute_score, iter_training
from liaf_ref.training.optimizers import Optimizer
from liaf_ref.training.run_folder import RunFolder
from liaf_ref.training.state import Event, Score, TrainingState, initial_training_state


def check_run(
    data: FrameData, config: DVSConfig, folder: Path | None = None, resume: bool = False
) -> None:
    """Refuse what :func:`run` would refuse before its first step, and write nothing."""
    _split_frames(data, config)
    check_memory(
        config.build_network(), config.batch_size, config.scale_settings.network_config.steps
    )
    record = _run_folder(data, config, folder, resume)
    if record:
        record.check_can_start(resume)


def run(
    data: FrameData,
    config: DVSConfig,
    folder: Path | None = None,
    resume: bool = False,
    source: DataSource | None = None,
) -> Iterator[Event | RunFinished]:
    """Train one network and touch the test recordings once, at the end."""
    job = _Job(data, config, _split_frames(data, config), config.build_network())
    yield from run_training(job, _run_folder(data, config, folder, resume, source), resume)


class _FrameSplits(NamedTuple):
    train: FrameDataset
    validation: FrameDataset
    test: FrameDataset


class _Job(NamedTuple):
    """As :class:`liaf_ref.experiments.runner.TrainingJob`."""

    data: FrameData
    config: DVSConfig
    splits: _FrameSplits
    network: DVSNetwork

    def start(self) -> TrainingState:
        init, _, order = _spawn_generators(self.config)
        running = self.network.initial_running_stats()
        return initial_training_state(
            self.network.init(init), self._make_optimizer(), order, running
        )

    def train(self, state: TrainingState) -> Iterator[Event]:
        config, data = self.config, self.splits[:2]
        with self._network_functions() as (passes, gives):
            events = iter_training(
                passes,
                self.network.loss,
                self._make_optimizer(),
                data,
                config.loop_settings(),
                state,
                gives,
                config.make_schedule(),
            )
            yield from with_nonfinite_diagnosis(events, self.network, self.network.loss)

    def _make_optimizer(self) -> Optimizer:
        """The optimizer, of what is trained."""
        rule = self.config.make_optimizer()
        return (
            FrozenParameters(rule, self._frozen_parameters()) if self._frozen_parameters() else rule
        )

    def _frozen_parameters(self) -> frozenset[str]:
        """Parameters that are not trained."""
        fixed = self.config.neurons == "fixed"
        return neuron_param_names(self.network) if fixed else frozenset()

    @contextmanager
    def _network_functions(self) -> Iterator[tuple[Any, Any]]:
        """What runs the passes, and what gives masks and statistics."""
        fixed = self._frozen_parameters()
        if self.config.processes == 1:
            yield mask_gradients(self.network.unchecked_functions(), fixed), self.network
        else:
            with DataParallel(self.network, self.config.processes) as workers:
                yield mask_gradients(workers, fixed), workers

    def test_score(self, state: TrainingState) -> Score | None:
        return None

    def result(self, state: TrainingState) -> dict[str, Any]:
        assert state.best is not None  # noqa: S101 - at least one epoch has run
        config, network, test = self.config, self.network, self.splits.test
        final = config.select_epoch == "final"
        chosen = state if final else state.best
        params, running = chosen.params, chosen.running_stats
        learn, validate, report = (self._score(params, running, part) for part in self.splits)
        counts = np.bincount(self.data.train.labels)
        spent = op_count.total(
            row.exact for row in op_count.count_ops(network.sequential, network.steps)
        )
        return (
            {
                "experiment": config.experiment,
                "cell": config.cell,
                "scale": config.scale,
                "T": network.steps,
                "weights": network.count_params(),
                "muls": spent.muls,
                "adds": spent.adds,
                "examples": [len(part) for part in self.splits],
                "epochs": state.epoch,
                "selected_epoch": chosen.epoch,
                "train_accuracy": learn,
                "validation_accuracy": validate,
                "test_accuracy": report,
                "majority_accuracy": float((test.labels == counts.argmax()).mean()),
                "seed": config.seed,
            }
            | self._optional_entries()
            | early_stopping_entry(state, config.loop_settings())
        )

    def _optional_entries(self) -> dict[str, Any]:
        """What is told of a run that asked for it alone."""
        config, shapes = self.config, self.network.param_shapes()
        text: dict[str, Any] = {}
        if config.fold is not None:
            text |= {"fold": config.fold, "folds": config.folds or DEFAULT_FOLDS}
        if fixed := self._frozen_parameters():
            text["weights_fixed"] = sum(math.prod(shapes[name]) for name in fixed)
        return text

    def _score(
        self, params: ArrayDict, running_stats: ArrayDict | None, frames: FrameDataset
    ) -> float:
        passes, size = self.network.unchecked_functions(), self.config.batch_size
        return compute_score(
            passes, self.network.loss, params, frames, size, running_stats
        ).accuracy


def _split_frames(data: FrameData, config: DVSConfig) -> _FrameSplits:
    check_instance("data", data, FrameData, "run", "the FrameData that load_frames returned")
    check_instance("config", config, DVSConfig, "run", "a Config")
    _, rng, _ = _spawn_generators(config)
    groups = np.arange(len(data.train)) if data.groups is None else data.groups
    unit = experiment_spec(config.experiment).unit
    learn, validate = split_validation(groups, config.validation_fraction, rng, unit)
    return _FrameSplits(data.train.subset(learn), data.train.subset(validate), data.test)


def _run_folder(
    data: FrameData,
    config: DVSConfig,
    folder: Path | None,
    resume: bool,
    source: DataSource | None = None,
) -> RunFolder | None:
    if folder is not None:
        origin = source and source.to_record(config.experiment)
        return RunFolder(folder, config.record() | {"data_sha256": data.sha256}, origin)
    if check_bool("resume", resume, "run"):
        raise InputError.for_argument(
            "resume", "run", "expected a folder for resume=True, got none"
        )
    return None


def _spawn_generators(config: DVSConfig) -> list[np.random.Generator]:
    """Draw initial parameters, validation split and batch order from streams of their own."""
    return [np.random.default_rng(s) for s in np.random.SeedSequence(config.seed).spawn(3)]
