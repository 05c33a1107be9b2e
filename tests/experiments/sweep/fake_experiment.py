"""An experiment that takes no time and does what its configuration says."""

import os
import signal
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

from liaf_ref._core.errors import TrainingError
from liaf_ref._core.validation import check_choice, check_int
from liaf_ref.experiments.data_source import DataSource, JobEstimate, coerce_floats
from liaf_ref.experiments.runner import RunFinished
from liaf_ref.training.run_folder import RunFolder
from liaf_ref.training.state import Event

SHA = "00000000"  # of its data
BEHAVIORS = ("end", "fail", "raise", "kill")


@dataclass(frozen=True)
class Config:
    """The number of a job, and how it behaves."""

    number: int
    behavior: str = "end"
    weight: float = 1.0

    def __post_init__(self) -> None:
        check_int("number", self.number, "fake", minimum=0)
        check_choice("behavior", self.behavior, BEHAVIORS, "fake")

    def record(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class FakeExperiment:
    """As :class:`liaf_ref.experiments.registry.Experiment`."""

    name: str = "fake"
    config_fields: tuple[str, ...] = ("number", "behavior", "weight")
    required_fields: tuple[str, ...] = ("number",)
    source_fields: tuple[str, ...] = ("folder",)

    def make_config(self, values: Mapping[str, Any]) -> Config:
        return Config(**coerce_floats(Config, values))

    def data_key(self, config: Config, source: DataSource) -> Hashable:
        return config.number % 2

    def load(self, config: Config, source: DataSource) -> int:
        return config.number % 2

    def data_sha256(self, data: int) -> str:
        return SHA

    def estimate_jobs(self, configs: list[Config], source: DataSource) -> Iterator[JobEstimate]:
        return (JobEstimate(config.behavior, config.weight, SHA) for config in configs)

    def check(self, data: int, config: Config, folder: Path) -> None:
        assert data == config.number % 2

    def run(
        self, data: int, config: Config, folder: Path | None, source: DataSource | None = None
    ) -> Iterator[Event | RunFinished]:
        assert folder is not None
        record = RunFolder(folder, config.record() | {"data_sha256": SHA})
        record.start_or_resume(resume=True)
        if config.behavior == "fail":
            record.write_run_json(status="failed", error="this job is meant to fail")
            raise TrainingError("this job is meant to fail")
        if config.behavior == "raise":
            raise ZeroDivisionError("a mistake in the code")
        if config.behavior == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        result = {
            "test_accuracy": 1 / (1 + config.number),
            "seconds": 0.0,
            "process": os.getpid(),
            "threads": max(pool["num_threads"] for pool in threadpool_info()),
        }
        record.write_run_json(status="finished", seconds=0.0, result=result)
        yield RunFinished(result)
