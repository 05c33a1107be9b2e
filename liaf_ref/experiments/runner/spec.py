"""The specification of a sweep: a TOML file of values and lists of values."""

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, field
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from liaf_ref._core.declared import Declared
from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.kinds import many
from liaf_ref._core.safe_load import read_toml
from liaf_ref.experiments.experiment import AnyExperiment
from liaf_ref.experiments.registry import find_experiment
from liaf_ref.experiments.runner.manifest import TABLE

MAX_JOBS = 100_000  # jobs
NAME_DIGITS = 16  # in a name: two of 100,000 jobs have the same name with probability 3e-10


class Document(Declared):
    """The content of the file."""

    experiment: str
    common: Annotated[dict[str, Any], TABLE] = field(default_factory=dict)
    grid: Annotated[dict[str, Any] | None, TABLE] = None
    also: Annotated[tuple[Any, ...], many(TABLE)] = ()


class SweepSpec(NamedTuple):
    """An experiment, and configurations by the name of the job, in the file's order."""

    experiment: AnyExperiment
    configs: dict[str, Any]


def job_name(experiment: str, config: Any) -> str:
    """Name a job by a hash of the experiment and all values of its configuration."""
    # Without those that are None, so that a new option, unless it is given, changes no name.
    values = {name: value for name, value in asdict(config).items() if value is not None}
    content = json.dumps([experiment, values], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:NAME_DIGITS]


def read_spec(path: Path) -> SweepSpec:
    """Read a specification and expand it to jobs."""
    found, _ = read_toml(path, "a sweep specification (TOML)")
    try:
        document = Document.from_record(found, "sweep")
        experiment = find_experiment(document.experiment)
        return SweepSpec(experiment, expand_grid(experiment, document))
    except InputError as error:
        raise FormatError(path, str(error)) from error


def expand_grid(experiment: AnyExperiment, document: Document) -> dict[str, Any]:
    """Expand a document to the configurations of an experiment, by the names of the jobs."""
    tables = {} if document.grid is None else {"grid": document.grid}
    tables |= {f"also[{k}]": table for k, table in enumerate(document.also, 1)}
    groups = {
        place: experiment.expand(as_lists(document.common | own)) for place, own in tables.items()
    }
    count = sum(math.prod(map(len, group.values())) for group in groups.values())
    if not 1 <= count <= MAX_JOBS:
        expected = f"expected 1 to {MAX_JOBS:,} jobs in [grid] and all [[also]]"
        raise InputError(f"{expected}, got {count:,}")
    configs: dict[str, Any] = {}
    for place, group in groups.items():
        for given in _combinations(group):
            try:
                config = experiment.make_config(given)
            except InputError as error:
                is_common = error.name in document.common and error.name not in tables[place]
                table = "common" if is_common else place
                raise InputError(f"{table}.{error.name}: {error.reason}") from error
            configs.setdefault(job_name(experiment.name, config), config)
    return configs


def expand_values(experiment: AnyExperiment, values: Mapping[str, Any]) -> Iterator[Any]:
    """Make the configurations of every combination of values."""
    return map(experiment.make_config, _combinations(experiment.expand(as_lists(values))))


def as_lists(values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The values to run of each field, one or several."""
    return {name: value if isinstance(value, list) else [value] for name, value in values.items()}


def _combinations(grid: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    return (dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values()))
