"""Find the finished runs on event frames in some folders, and measure their networks."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

from config_names import distinguish

from liaf_ref._core.errors import InputError
from liaf_ref.cli.options import dir_path
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.dvs import DVSConfig, DVSExperiment
from liaf_ref.experiments.study import TrainedNetwork, load_config, load_trained_network
from liaf_ref.training.run_folder import RUN_FILE, read_run_json


class Run(NamedTuple):
    """A finished run on event frames."""

    folder: Path
    config: DVSConfig


class Group(NamedTuple):
    """The runs of one network with several seeds, and what was measured of each."""

    name: str  # what tells the network from those of other groups
    runs: list[Run]
    results: list[Any]

    @property
    def seeds(self) -> list[int]:
        """The seed of each run."""
        return [run.config.seed for run in self.runs]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which runs are measured."""
    runs = "folder of a run, of several runs, or of a sweep"
    parser.add_argument("runs", type=dir_path, nargs="+", metavar="RUN_FOLDER", help=runs)
    cache = "folder that keeps prepared frames"
    parser.add_argument("--cache", type=dir_path, metavar="DIR", help=cache)


def find_runs(folders: Sequence[Path]) -> list[Run]:
    """List the finished runs in some folders."""
    found = [
        Run(file.parent, load_config(file.parent))
        for folder in folders
        for file in [folder / RUN_FILE, *sorted(folder.glob(f"**/*/{RUN_FILE}"))]
        if file.is_file() and read_run_json(file.parent).get("status") == "finished"
    ]
    if not found:
        raise InputError(f"expected a folder with finished runs, got none in {folders[0]}")
    return found


def measure_networks(
    runs: Sequence[Run], cache: Path | None, measure: Callable[[TrainedNetwork], Any]
) -> list[Group]:
    """Measure each network; networks that differ in their seeds alone are one group."""
    found: dict[str, list[tuple[Run, Any]]] = {}
    for run, trained in _load_networks(runs, DataSource(cache=cache)):
        print(run.folder, file=sys.stderr, flush=True)
        network = repr(replace(run.config, seed=0, data_seed=None))
        found.setdefault(network, []).append((run, measure(trained)))
    names = distinguish([[asdict(run.config) for run, _ in group] for group in found.values()])
    return [
        Group(name or group[0][0].config.cell, *map(list, zip(*group, strict=True)))
        for name, group in zip(names, found.values(), strict=True)
    ]


def _load_networks(runs: Sequence[Run], source: DataSource) -> Iterator[tuple[Run, TrainedNetwork]]:
    """Yield each network with its recordings, which runs of one seed share."""
    data, key = None, None
    for run in sorted(runs, key=lambda run: (run.config.experiment, run.config.seed_of_data)):
        experiment = DVSExperiment(run.config.experiment)
        own = run.config.experiment, experiment.data_key(run.config, source)
        if data is None or own != key:
            data, key = experiment.load(run.config, source), own
        yield run, load_trained_network(run.config, data, run.folder)
