"""Every experiment as a value: what a run of it is told, reads and costs, and the run itself."""

from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from liaf_ref.experiments.babi.experiment import BabiExperiment
from liaf_ref.experiments.data_source import DataSource, JobEstimate
from liaf_ref.experiments.dvs.catalog import EXPERIMENT_SPECS as VISION
from liaf_ref.experiments.dvs.experiment import DVSExperiment
from liaf_ref.experiments.runner import RunFinished
from liaf_ref.training.state import Event


class Experiment(Protocol):
    """An experiment; every method is a pure function of what it is given and of the data."""

    @property
    def name(self) -> str:
        """As ``liaf-ref run NAME`` calls it."""

    @property
    def config_fields(self) -> tuple[str, ...]:
        """What a configuration can say."""

    @property
    def required_fields(self) -> tuple[str, ...]:
        """What it must say."""

    @property
    def source_fields(self) -> tuple[str, ...]:
        """Fields of :class:`DataSource` that it has a use for."""

    def make_config(self, values: Mapping[str, Any]) -> Any:
        """Make a configuration, or refuse it with an InputError.

        It is a dataclass with a method ``record``: what run.json is to say of it.
        """

    def data_key(self, config: Any, source: DataSource) -> Hashable:
        """Equal for runs that read the same data."""

    def load(self, config: Any, source: DataSource) -> Any:
        """Read or make the data of a run."""

    def data_sha256(self, data: Any) -> str:
        """Hash of data, as run.json has it."""

    def estimate_jobs(self, configs: list[Any], source: DataSource) -> Iterator[JobEstimate]:
        """Say what runs of one data key will cost, and refuse what cannot be run."""

    def check(self, data: Any, config: Any, folder: Path) -> None:
        """Refuse what :meth:`run` would refuse before its first step."""

    def run(
        self, data: Any, config: Any, folder: Path | None, source: DataSource | None = None
    ) -> Iterator[Event | RunFinished]:
        """Run, or go on with what is in the folder; its record says where the data are from."""


_ALL: tuple[Experiment, ...] = (BabiExperiment(), *map(DVSExperiment, VISION))
EXPERIMENTS = {experiment.name: experiment for experiment in _ALL}
