"""Section VI-A for whoever runs experiments by name."""

import dataclasses
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

from liaf_ref.data.babi import Task
from liaf_ref.experiments.babi.config import Config
from liaf_ref.experiments.babi.job import check, run
from liaf_ref.experiments.babi.source import load
from liaf_ref.experiments.conduct import Finished
from liaf_ref.experiments.given import Source, Survey, with_floats
from liaf_ref.training.loop import Event


@dataclasses.dataclass(frozen=True)
class Babi:
    """As :class:`liaf_ref.experiments.registry.Experiment`."""

    name: str = "babi"
    fields: tuple[str, ...] = tuple(f.name for f in dataclasses.fields(Config))
    needed: tuple[str, ...] = ("task", "cell")
    options: tuple[str, ...] = ("folder", "edition")

    def config(self, given: Mapping[str, Any]) -> Config:
        return Config(**with_floats(Config, given))

    def data_key(self, config: Config, source: Source) -> Hashable:
        return config.task, None if source.folder else config.seed

    def load(self, config: Config, source: Source) -> Task:
        return load(config.task, source.folder, source.edition, config.seed)

    def sha256(self, data: Task) -> str:
        return data.sha256

    def survey(self, configs: list[Config], source: Source) -> Iterator[Survey]:
        task = self.load(configs[0], source)
        for config in configs:
            check(task, config)
            passes = config.epochs * len(task.train.answer) * (task.T + task.Q)
            yield Survey(config.cell, float(passes), task.sha256)

    def check(self, data: Task, config: Config, folder: Path) -> None:
        check(data, config, folder, resume=True)

    def run(
        self, data: Task, config: Config, folder: Path, source: Source | None = None
    ) -> Iterator[Event | Finished]:
        return run(data, config, folder, resume=True, source=source)
