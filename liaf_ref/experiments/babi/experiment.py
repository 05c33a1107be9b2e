"""Section VI-A as an experiment of the registry."""

import dataclasses
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

from liaf_ref.data.babi import Task
from liaf_ref.experiments.babi.config import BabiConfig
from liaf_ref.experiments.babi.job import check_run, run
from liaf_ref.experiments.babi.task_data import load_or_generate_task
from liaf_ref.experiments.data_source import DataSource, JobEstimate, coerce_floats
from liaf_ref.experiments.runner import RunFinished
from liaf_ref.training.state import Event


@dataclasses.dataclass(frozen=True)
class BabiExperiment:
    """As :class:`liaf_ref.experiments.registry.Experiment`."""

    name: str = "babi"
    config_fields: tuple[str, ...] = tuple(f.name for f in dataclasses.fields(BabiConfig))
    required_fields: tuple[str, ...] = ("task", "cell")
    source_fields: tuple[str, ...] = ("folder", "edition")

    def make_config(self, values: Mapping[str, Any]) -> BabiConfig:
        return BabiConfig(**coerce_floats(BabiConfig, values))

    def data_key(self, config: BabiConfig, source: DataSource) -> Hashable:
        return config.task, None if source.folder else config.seed

    def load(self, config: BabiConfig, source: DataSource) -> Task:
        return load_or_generate_task(config.task, source.folder, source.edition, config.seed)

    def data_sha256(self, data: Task) -> str:
        return data.sha256

    def estimate_jobs(self, configs: list[BabiConfig], source: DataSource) -> Iterator[JobEstimate]:
        task = self.load(configs[0], source)
        for config in configs:
            check_run(task, config)
            passes = config.epochs * len(task.train.answer) * (task.T + task.Q)
            yield JobEstimate(config.cell, float(passes), task.sha256)

    def check(self, data: Task, config: BabiConfig, folder: Path) -> None:
        check_run(data, config, folder, resume=True)

    def run(
        self, data: Task, config: BabiConfig, folder: Path | None, source: DataSource | None = None
    ) -> Iterator[Event | RunFinished]:
        return run(data, config, folder, resume=folder is not None, source=source)
