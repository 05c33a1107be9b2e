"""An experiment that takes no time and does what its configuration says; a plugin of workers."""

import os
import signal
from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from threadpoolctl import threadpool_info

from liaf_ref._core.errors import TrainingError
from liaf_ref._core.kinds import About, one_of, whole
from liaf_ref.experiments.experiment import DataSource, Experiment
from liaf_ref.experiments.registry import EXPERIMENTS, register_experiment
from liaf_ref.experiments.runner.execute import KILLED_MESSAGE
from liaf_ref.experiments.runner.jobs import Job, Order
from liaf_ref.experiments.training_config import TrainingConfig
from liaf_ref.experiments.training_run import JobEstimate, RunFinished, Splits
from liaf_ref.networks.base import Network
from liaf_ref.training.run_folder import DATA_SHA256, RunFolder
from liaf_ref.training.state import Event

SHA = "00000000"  # of its data
BEHAVIORS = ("end", "fail", "raise", "kill")
PLUGIN = str(Path(__file__).resolve())


class Config(TrainingConfig):
    """The number of a job, and how it behaves."""

    number: Annotated[int, whole(0), About("the number of the job")]
    behavior: Annotated[str, one_of(*BEHAVIORS), About("how it ends")] = "end"
    weight: Annotated[float, About("its cost")] = 1.0


@dataclass(frozen=True)
class FakeExperiment(Experiment[Config, int]):
    """Jobs that only keep their record."""

    name: str = "fake"
    title: str = "Fake"
    config_class: type[Config] = Config
    source_fields: tuple[str, ...] = ("folder",)

    def data_key(self, config: Config, source: DataSource) -> Hashable:
        return config.number % 2

    def load(self, config: Config, source: DataSource) -> int:
        return config.number % 2

    def data_sha256(self, data: int) -> str:
        return SHA

    def split(self, data: int, config: Config) -> Splits[Any]:
        raise NotImplementedError

    def build_network(self, data: int, config: Config) -> Network:
        raise NotImplementedError

    def estimate_job(self, config: Config, source: DataSource) -> JobEstimate:
        return JobEstimate(config.behavior, config.weight, SHA)

    def check(
        self, data: int, config: Config, folder: Path | None = None, resume: bool = False
    ) -> Any:
        assert data == config.number % 2

    def run(
        self, data: int, config: Config, folder: Path | None = None, resume: bool = False
    ) -> Generator[Event | RunFinished, None, None]:
        assert folder is not None
        record = RunFolder(folder, config.record() | {DATA_SHA256: SHA}, self.name, self.title)
        record.start_or_resume(resume)
        if config.behavior == "fail":
            record.write_run_json(status="failed", error="this job is meant to fail")
            raise TrainingError("this job is meant to fail")
        if config.behavior == "raise":
            raise ZeroDivisionError("a mistake in the code")
        if config.behavior == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        result: dict[str, Any] = {
            "test_accuracy": 1 / (1 + config.number),
            "seconds": 0.0,
            "process": os.getpid(),
            "threads": max(pool["num_threads"] for pool in threadpool_info()),
        }
        record.write_run_json(status="finished", seconds=0.0, result=result)
        yield RunFinished(result)


if __name__ == Path(__file__).stem and "fake" not in EXPERIMENTS:  # imported as a plugin
    register_experiment(FakeExperiment())


MIXED_BEHAVIORS = ("end", "fail", "end", "kill", "raise", "end", "end", "end")


def make_jobs(behaviors: Sequence[str]) -> list[Job]:
    return [
        Job(f"job{k}", "", Config(number=k, behavior=each), JobEstimate(each, 1.0, None))
        for k, each in enumerate(behaviors)
    ]


def make_order(folder: Path, **changes: Any) -> Order:
    folder.mkdir(parents=True, exist_ok=True)  # as the runner does, before it sends jobs
    source = DataSource().to_record()
    return Order("fake", source, str(folder), plugins=(PLUGIN,))._replace(**changes)


def errors_by_behavior(jobs: Sequence[Job], ended: Sequence[Job]) -> dict[str, list[str | None]]:
    """Errors by what the job was to do, each job having ended once."""
    assert sorted(job.name for job in jobs) == sorted(job.name for job in ended)
    found: dict[str, list[str | None]] = {}
    for job in sorted(ended, key=lambda job: job.name):
        found.setdefault(job.config.behavior, []).append(job.error)
        assert (job.result is None) != (job.error is None)
        assert not job.result or job.result["test_accuracy"] == 1 / (1 + job.config.number)
    return found


EXPECTED_ERRORS = {
    "end": [None] * 5,
    "fail": ["this job is meant to fail"],
    "kill": [KILLED_MESSAGE],
    "raise": ["ZeroDivisionError: a mistake in the code"],
}
