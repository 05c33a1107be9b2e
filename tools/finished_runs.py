"""Find the finished runs on event frames in some folders, and load their networks."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from liaf_ref._core.errors import InputError
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.dvs import DVSConfig, DVSExperiment
from liaf_ref.experiments.trained_network import TrainedNetwork, load_config, load_trained_network
from liaf_ref.training.run_folder import RUN_FILE, read_run_json


class Run(NamedTuple):
    """A finished run on event frames."""

    folder: Path
    config: DVSConfig


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


def load_networks(runs: Sequence[Run], source: DataSource) -> Iterator[tuple[Run, TrainedNetwork]]:
    """Yield each network with its recordings, which runs of one seed share."""
    data, key = None, None
    for run in sorted(runs, key=lambda run: (run.config.experiment, run.config.seed_of_data)):
        experiment = DVSExperiment(run.config.experiment)
        own = run.config.experiment, experiment.data_key(run.config, source)
        if data is None or own != key:
            data, key = experiment.load(run.config, source), own
        yield run, load_trained_network(run.config, data, run.folder)
