"""Sections VI-B and VI-C: networks on frames of one data set of recordings."""

import dataclasses
import math
import time
from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from liaf_ref._core.declared import part
from liaf_ref._core.imports import progress_bar
from liaf_ref._core.validation import check_instance
from liaf_ref.analysis import op_count
from liaf_ref.data.batches import split_validation
from liaf_ref.experiments import training_run
from liaf_ref.experiments.dvs import frame_data
from liaf_ref.experiments.dvs.catalog import DEFAULT_FOLDS, SIMULATED, experiment_spec
from liaf_ref.experiments.dvs.config import MAX_FOLDS, DVSConfig
from liaf_ref.experiments.dvs.frame_data import FrameData, FrameDataset
from liaf_ref.experiments.experiment import DataSource, Experiment
from liaf_ref.experiments.training_run import Splits
from liaf_ref.networks import SequenceClassifier
from liaf_ref.networks.base import Network
from liaf_ref.training.optimizers import FrozenParameters, Optimizer


@dataclasses.dataclass(unsafe_hash=True)
class DVSExperiment(Experiment[DVSConfig, FrameData]):
    """Networks on frames of one data set of the catalog."""

    name: str
    config_class = DVSConfig
    list_fields: ClassVar[Mapping[str, str]] = {"cell": "cells"}
    run_fields = ("fold",)

    def __post_init__(self) -> None:
        spec = self.spec = experiment_spec(self.name)
        self.title, self.section = spec.title, spec.section
        # Data that are always simulated use the cache only.
        self.source_fields = ("folder", "partial", "cache") if spec.load else ("cache",)
        # A simulation is the default: the environment's folder is used only without one.
        self.data_required = self.uses_data_dir = spec.simulate is None
        self.fixed_fields = {"experiment": self.name}
        self.unsupported_fields = spec.unsupported_options
        self.field_choices = {"scale": tuple(spec.scales)}

    def list_choices(self, field: str) -> Sequence[Any]:
        return self.spec.cells

    def list_default(self, field: str) -> Sequence[Any]:
        return self.spec.default_cells

    def expand(self, values: Mapping[str, list[Any]]) -> Mapping[str, list[Any]]:
        folds = next(iter(values.get("folds", ())), None)
        if not isinstance(folds, int) or "fold" in values:
            return values
        return {**values, "fold": list(range(1, min(max(folds, 1), MAX_FOLDS) + 1))}

    def job_name(self, config: DVSConfig) -> str:
        return config.cell if config.fold is None else f"{config.cell}-fold{config.fold}"

    def data_key(self, config: DVSConfig, source: DataSource) -> Hashable:
        sizes = config.frames, config.train_per_class, config.test_per_class
        folds = config.fold, config.folds
        simulated = tuple(part(config, owner()) for owner in SIMULATED)
        frames = config.frame_order, config.events
        return config.scale, config.seed_of_data, frames, sizes, folds, simulated

    def load(self, config: DVSConfig, source: DataSource) -> FrameData:
        progress = partial(
            progress_bar, desc="reading", unit="recording", leave=False, disable=None
        )
        return frame_data.load_frames(
            config, source.folder, bool(source.partial), source.cache, progress
        )

    def data_sha256(self, data: FrameData) -> str:
        return data.sha256

    def describe_data(self, data: FrameData) -> str:
        return data.description

    def split(self, data: FrameData, config: DVSConfig) -> Splits[FrameDataset]:
        """Hold out recordings for validation; for gestures, all recordings of some people."""
        where = f"run {self.name}"
        check_instance("data", data, FrameData, where, "the FrameData of load_frames")
        _, rng, _ = training_run.spawn_generators(config.seed_of_data)
        if (each := config.validation_per_class) is not None:
            parts = frame_data.split_per_class(data.train.labels, each, rng, config.where())
        else:
            groups = np.arange(len(data.train)) if data.groups is None else data.groups
            parts = split_validation(groups, config.validation_fraction, rng, self.spec.unit)
        learn, validate = map(data.train.subset, parts)
        return Splits(learn, validate, data.test)

    def split_key(self, config: DVSConfig) -> Hashable:
        return config.seed_of_data, config.validation_fraction, config.validation_per_class

    def build_network(self, data: FrameData, config: DVSConfig) -> SequenceClassifier:
        return config.network

    def make_optimizer(self, config: DVSConfig, network: Network) -> Optimizer:
        optimizer, frozen = config.make_optimizer(), config.frozen_parameters
        return FrozenParameters(optimizer, frozen) if frozen else optimizer

    def result_columns(self, run: training_run.Prepared) -> dict[str, Any]:
        config, network = run.config, run.network
        spent, shapes = op_count.count_total(network, network.steps), network.param_shapes()
        columns: dict[str, Any] = {
            "experiment": config.experiment,
            "cell": config.cell,
            "scale": config.scale,
            "T": network.steps,
            "weights": network.count_params(),
            "muls": spent.muls,
            "adds": spent.adds,
            "samples": [len(part) for part in run.splits],
        }
        if config.fold is not None:
            columns |= {"fold": config.fold, "folds": config.folds or DEFAULT_FOLDS}
        if frozen := config.frozen_parameters:
            columns["frozen_weights"] = sum(math.prod(shapes[name]) for name in frozen)
        return columns

    def estimate_job(self, config: DVSConfig, source: DataSource) -> training_run.JobEstimate:
        spent = op_count.count_total(config.network, config.network.steps)
        each, _ = config.scale_settings.max_per_class
        kind = f"{config.cell} {config.scale} {config.processes}"
        kind += " all" if each is None else ""  # the cost is then of one recording
        recordings = config.epochs * (each or 1)
        return training_run.JobEstimate(kind, float(recordings * (spent.muls + spent.adds)), None)

    def estimate_run(self, config: DVSConfig, source: DataSource) -> training_run.RunEstimate:
        parts = frame_data.select_parts(config, source.folder, bool(source.partial), source.cache)
        parts[0].frames(0)  # what is made once, at first use, is not of every recording
        start = time.process_time()
        frames = parts[0].frames(len(parts[0]) // 2)
        preparing = time.process_time() - start
        train, test = map(len, parts)
        held = train * config.validation_fraction
        if (each := config.validation_per_class) is not None:
            held = each * len(parts[0].dataset.classes)
        estimate = training_run.estimate_run(
            config.network,
            config,
            (frames[None].astype(np.float32),),
            (max(1, train - round(held)), round(held), test),
            preparing=preparing * (train + test),
            data_bytes=sum(part.memory_bytes for part in parts),
        )
        return estimate._replace(seconds=estimate.seconds / config.processes)
