"""Sections VI-B and VI-C as experiments of the registry."""

import dataclasses
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import DataError
from liaf_ref.analysis import op_count
from liaf_ref.experiments.data_source import DataSource, JobEstimate, coerce_floats
from liaf_ref.experiments.dvs.catalog import experiment_spec
from liaf_ref.experiments.dvs.config import DVSConfig
from liaf_ref.experiments.dvs.frame_data import FrameData, load_frames
from liaf_ref.experiments.dvs.job import check_run, run
from liaf_ref.experiments.runner import RunFinished
from liaf_ref.training.state import Event

DEFAULT_SCALE = "small"  # where none is named, as on the command line


@dataclasses.dataclass(frozen=True)
class DVSExperiment:
    """As :class:`liaf_ref.experiments.registry.Experiment`; frames of one data set."""

    name: str
    config_fields: tuple[str, ...] = tuple(
        f.name for f in dataclasses.fields(DVSConfig) if f.name != "experiment"
    )
    required_fields: tuple[str, ...] = ("cell",)

    @property
    def source_fields(self) -> tuple[str, ...]:
        """Of data that are always simulated nothing but a cache."""
        return ("folder", "partial", "cache") if experiment_spec(self.name).load else ("cache",)

    def make_config(self, values: Mapping[str, Any]) -> DVSConfig:
        usual = DVSConfig.default(self.name, values["cell"], values.get("scale", DEFAULT_SCALE))
        return dataclasses.replace(usual, **coerce_floats(DVSConfig, values))

    def data_key(self, config: DVSConfig, source: DataSource) -> Hashable:
        frames = config.frames, config.frame_order
        part = config.fold, config.folds
        return config.scale, config.seed, frames, part  # the seed draws recordings, or makes them

    def load(self, config: DVSConfig, source: DataSource) -> FrameData:
        folder = _check_folder(self.name, source)
        return load_frames(config, folder, bool(source.partial), source.cache)

    def data_sha256(self, data: FrameData) -> str:
        return data.sha256

    def estimate_jobs(self, configs: list[DVSConfig], source: DataSource) -> Iterator[JobEstimate]:
        _check_folder(self.name, source)
        for config in configs:
            network = config.build_network()
            spent = op_count.total(
                row.exact for row in op_count.count_ops(network.sequential, network.steps)
            )
            kind = f"{config.cell} {config.scale} {config.processes}"
            yield JobEstimate(kind, float(config.epochs * (spent.muls + spent.adds)), None)

    def check(self, data: FrameData, config: DVSConfig, folder: Path) -> None:
        check_run(data, config, folder, resume=True)

    def run(
        self,
        data: FrameData,
        config: DVSConfig,
        folder: Path | None,
        source: DataSource | None = None,
    ) -> Iterator[Event | RunFinished]:
        return run(data, config, folder, resume=folder is not None, source=source)


def _check_folder(name: str, source: DataSource) -> Path | None:
    if source.folder is None and experiment_spec(name).simulate is None:
        raise DataError(
            f"{name}: expected the published folder, got none; pass --data; "
            f"liaf-ref data --where {name} says where to get it"
        )
    return source.folder
