"""Sections VI-B and VI-C for whoever runs experiments by name."""

import dataclasses
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

from liaf_ref import cost
from liaf_ref.errors import DataError
from liaf_ref.experiments.conduct import Finished
from liaf_ref.experiments.given import Source, Survey, with_floats
from liaf_ref.experiments.vision.catalogue import experiment
from liaf_ref.experiments.vision.config import Config
from liaf_ref.experiments.vision.job import check, run
from liaf_ref.experiments.vision.source import Data, load
from liaf_ref.training.loop import Event

SCALE = "small"  # where none is named, as on the command line


@dataclasses.dataclass(frozen=True)
class Vision:
    """As :class:`liaf_ref.experiments.registry.Experiment`; frames of one data set."""

    name: str
    fields: tuple[str, ...] = tuple(
        f.name for f in dataclasses.fields(Config) if f.name != "experiment"
    )
    needed: tuple[str, ...] = ("cell",)

    @property
    def options(self) -> tuple[str, ...]:
        """Of data that are always simulated nothing but a cache."""
        return ("folder", "partial", "cache") if experiment(self.name).load else ("cache",)

    def config(self, given: Mapping[str, Any]) -> Config:
        usual = Config.usual(self.name, given["cell"], given.get("scale", SCALE))
        return dataclasses.replace(usual, **with_floats(Config, given))

    def data_key(self, config: Config, source: Source) -> Hashable:
        frames = config.frames, config.frame_order
        part = config.fold, config.folds
        return config.scale, config.seed, frames, part  # the seed draws recordings, or makes them

    def load(self, config: Config, source: Source) -> Data:
        folder = _folder(self.name, source)
        return load(config, folder, bool(source.partial), source.cache)

    def sha256(self, data: Data) -> str:
        return data.sha256

    def survey(self, configs: list[Config], source: Source) -> Iterator[Survey]:
        _folder(self.name, source)
        for config in configs:
            network = config.network()
            spent = cost.total(row.exact for row in cost.walk(network.chain, network.steps))
            kind = f"{config.cell} {config.scale} {config.processes}"
            yield Survey(kind, float(config.epochs * (spent.muls + spent.adds)), None)

    def check(self, data: Data, config: Config, folder: Path) -> None:
        check(data, config, folder, resume=True)

    def run(
        self, data: Data, config: Config, folder: Path, source: Source | None = None
    ) -> Iterator[Event | Finished]:
        return run(data, config, folder, resume=True, source=source)


def _folder(name: str, source: Source) -> Path | None:
    if source.folder is None and experiment(name).simulate is None:
        raise DataError(
            f"{name}: expected the published folder, got none; pass --data; "
            f"liaf-ref data --where {name} says where to get it"
        )
    return source.folder
