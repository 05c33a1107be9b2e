"""A study: train networks of an experiment on event frames, then measure them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from liaf_ref.experiments.dvs import EXPERIMENT_SPECS, SCALES, DVSConfig
from liaf_ref.experiments.trained_network import TrainedNetwork
from liaf_ref.experiments.training_config import option

ReportProgress = Callable[[str], None]
Measure = Callable[[Mapping[str, TrainedNetwork], ReportProgress], dict[str, Any]]


@dataclass(frozen=True)
class StudyConfig:
    """The networks that a study trains."""

    on: str = option(
        "mnist-dvs", help="experiment whose networks are trained", choices=EXPERIMENT_SPECS
    )
    scale: str = option(
        "small",
        help="size: smoke runs for seconds, small for minutes, paper has the sizes of the paper",
        choices=SCALES,
    )
    epochs: int | None = option(
        None, help="number of epochs", metavar="N", shown_default="the scale's"
    )
    seed: int = option(0, help="random seed", metavar="S")

    def training_config(self, cell: str) -> DVSConfig:
        """Configuration of one network."""
        config = DVSConfig(self.on, cell, self.scale, seed=self.seed)
        return config if self.epochs is None else replace(config, epochs=self.epochs)


class Study(NamedTuple):
    """A study; its table and figure are in :mod:`liaf_ref.report`."""

    name: str
    section: str
    description: str
    cells: tuple[str, ...]  # the networks it needs
    measure: Measure  # returns the results for networks by cell
