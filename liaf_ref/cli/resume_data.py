"""The data of runs that go on: where they are, and one set of them after the other."""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from liaf_ref.cli.asked import Asked
from liaf_ref.cli.usual import usual_folder
from liaf_ref.errors import ConfigError, DataError
from liaf_ref.experiments import again, babi
from liaf_ref.experiments.given import DataSource
from liaf_ref.experiments.latest import LastValueCache
from liaf_ref.experiments.registry import Experiment


class Data:
    """Loads the data of a run, again only if they are not those of the run before.

    Parameters
    ----------
    experiment : Experiment
        What the runs are of.
    source : Source
        Where their data are.
    named : Path
        The folder that goes on, for messages.
    """

    def __init__(self, experiment: Experiment, source: DataSource, named: Path) -> None:
        self.experiment, self.description, self.named = experiment, source, named
        self.last = LastValueCache()

    def of(self, config: Any) -> Any:
        """Give the data of a run.

        Parameters
        ----------
        config : object
            The run's.

        Returns
        -------
        object
            As the experiment loads them.

        Raises
        ------
        LiafError
            If they are not where they were, or cannot be read.
        """
        folder = self.description.folder
        if folder is not None and not folder.exists():
            raise DataError(
                f"{folder}: expected the data of {self.named}, got no such folder; "
                "if it has moved, name it with --data"
            )
        return self.last.get(self._key(config), partial(self._load, config))

    def _load(self, config: Any) -> Any:
        if sys.stderr.isatty():
            print(f"reading {self.description.folder or 'generated data'}", file=sys.stderr)
        return self.experiment.load(config, self.description)

    def check_seen(self, config: Any, parent: Path, configs: Mapping[str, Any]) -> None:
        """Refuse data that are not those of the runs beside it.

        Parameters
        ----------
        config : object
            A run's.
        parent : Path
            The folder of all runs.
        configs : mapping of str to object
            All runs, by the names of their folders.

        Raises
        ------
        ConfigError
            If a run that has begun was on others, by their hash.
        """
        key, found = self._key(config), self.experiment.data_sha256(self.of(config))
        for name, other in configs.items():
            if self._key(other) == key and (parent / name / again.RUN_FILE).exists():
                seen = again.load_run_record(parent / name).data_sha256
                if seen != found:
                    change = f"was {seen!r}, is {found!r}"
                    raise ConfigError(parent / name, {again.DATA_SHA256: change})

    def _key(self, config: Any) -> Any:
        return self.experiment.data_key(config, self.description)


def source_of(runs: Asked, parent: Path, named: Path | None) -> DataSource:
    """Say where the data of runs are.

    Parameters
    ----------
    runs : Asked
        What goes on.
    parent : Path
        Where the runs' folders are.
    named : Path or None
        Where the data are now, if someone says so.

    Returns
    -------
    Source
        Of a record that does not say, where they would be looked for in a new run.
    """
    source = runs.source or _guessed(runs, parent)
    return source if named is None else source._replace(folder=named)


def _guessed(runs: Asked, parent: Path) -> DataSource:
    name = runs.experiment.name
    if name != "babi":
        # The hash says whether the part is the same part.
        return DataSource(usual_folder(name), partial=True)
    folder = babi.data_dir_from_env()
    if folder is None:
        return DataSource()
    for name, config in runs.configs.items():
        if (parent / name / again.RUN_FILE).exists():
            seen = again.load_run_record(parent / name).data_sha256
            generated = runs.experiment.load(config, DataSource())
            return DataSource() if runs.experiment.data_sha256(generated) == seen else DataSource(folder)
    return DataSource(folder)
