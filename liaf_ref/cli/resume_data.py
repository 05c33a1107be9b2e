"""The data of runs that go on: where they are, and one set of them after the other."""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from liaf_ref._core.errors import ConfigError, DataError
from liaf_ref.cli.default_data import default_data_dir
from liaf_ref.cli.manifest import RunManifest
from liaf_ref.experiments import babi, run_record
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.last_value_cache import LastValueCache
from liaf_ref.experiments.registry import Experiment


class CachedDataLoader:
    """Loads the data of a run, again only if they are not those of the run before."""

    def __init__(self, experiment: Experiment, source: DataSource, run_dir: Path) -> None:
        self.experiment, self.description, self.run_dir = experiment, source, run_dir
        self.cache = LastValueCache()

    def load(self, config: Any) -> Any:
        """Give the data of a run."""
        folder = self.description.folder
        if folder is not None and not folder.exists():
            raise DataError(
                f"{folder}: expected the data of {self.run_dir}, got no such folder; "
                "if it was moved, pass its new location with --data"
            )
        return self.cache.get(self._data_key(config), partial(self._read, config))

    def _read(self, config: Any) -> Any:
        if sys.stderr.isatty():
            print(f"reading {self.description.folder or 'generated data'}", file=sys.stderr)
        return self.experiment.load(config, self.description)

    def check_same_data(self, config: Any, parent: Path, configs: Mapping[str, Any]) -> None:
        """Refuse data that are not those of the runs beside it."""
        key, found = self._data_key(config), self.experiment.data_sha256(self.load(config))
        for name, other in configs.items():
            if self._data_key(other) == key and (parent / name / run_record.RUN_FILE).exists():
                seen = run_record.load_run_record(parent / name).data_sha256
                if seen != found:
                    change = f"was {seen!r}, is {found!r}"
                    raise ConfigError(parent / name, {run_record.DATA_SHA256: change})

    def _data_key(self, config: Any) -> Any:
        return self.experiment.data_key(config, self.description)


def data_source(runs: RunManifest, parent: Path, data_dir: Path | None) -> DataSource:
    """Say where the data of runs are."""
    source = runs.source or _default_source(runs, parent)
    return source if data_dir is None else source._replace(folder=data_dir)


def _default_source(runs: RunManifest, parent: Path) -> DataSource:
    name = runs.experiment.name
    if name != "babi":
        # The hash says whether the part is the same part.
        return DataSource(default_data_dir(name), partial=True)
    folder = babi.data_dir_from_env()
    if folder is None:
        return DataSource()
    for name, config in runs.configs.items():
        if (parent / name / run_record.RUN_FILE).exists():
            seen = run_record.load_run_record(parent / name).data_sha256
            generated = runs.experiment.load(config, DataSource())
            return (
                DataSource()
                if runs.experiment.data_sha256(generated) == seen
                else DataSource(folder)
            )
    return DataSource(folder)
