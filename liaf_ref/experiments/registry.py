"""Every experiment as a value: what a run of it is told, reads and costs, and the run itself."""

from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from liaf_ref.experiments.babi.entry import Babi
from liaf_ref.experiments.conduct import Finished
from liaf_ref.experiments.given import Source, Survey
from liaf_ref.experiments.vision.catalogue import EXPERIMENTS as VISION
from liaf_ref.experiments.vision.entry import Vision
from liaf_ref.training.loop import Event


class Experiment(Protocol):
    """An experiment; every method is a pure function of what it is given and of the data."""

    @property
    def name(self) -> str:
        """As ``liaf-ref run NAME`` calls it."""

    @property
    def fields(self) -> tuple[str, ...]:
        """What a configuration can say."""

    @property
    def needed(self) -> tuple[str, ...]:
        """What it must say."""

    @property
    def options(self) -> tuple[str, ...]:
        """Fields of :class:`Source` that it has a use for."""

    def config(self, given: Mapping[str, Any]) -> Any:
        """Make a configuration, or refuse it with an InputError.

        It is a dataclass with a method ``record``: what run.json is to say of it.
        """

    def data_key(self, config: Any, source: Source) -> Hashable:
        """Equal for runs that read the same data."""

    def load(self, config: Any, source: Source) -> Any:
        """Read or make the data of a run."""

    def sha256(self, data: Any) -> str:
        """Hash of data, as run.json has it."""

    def survey(self, configs: list[Any], source: Source) -> Iterator[Survey]:
        """Say what runs of one data key will cost, and refuse what cannot be run."""

    def check(self, data: Any, config: Any, folder: Path) -> None:
        """Refuse what :meth:`run` would refuse before its first step."""

    def run(
        self, data: Any, config: Any, folder: Path, source: Source | None = None
    ) -> Iterator[Event | Finished]:
        """Run, or go on with what is in the folder; its record says where the data are from."""


_ALL: tuple[Experiment, ...] = (Babi(), *map(Vision, VISION))
EXPERIMENTS = {experiment.name: experiment for experiment in _ALL}
