"""The specification of a sweep: a TOML file of values and lists of values."""

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.safe_load import read_toml
from liaf_ref._core.text import describe_value, short_repr, short_text
from liaf_ref._core.validation import check_path
from liaf_ref.experiments.experiment import Experiment
from liaf_ref.experiments.registry import find_experiment

TOP_LEVEL_KEYS = ("experiment", "common", "grid", "also")
MAX_JOBS = 100_000  # jobs
NAME_DIGITS = 16  # in a name: two of 100,000 jobs have the same name with probability 3e-10


class SweepSpec(NamedTuple):
    """An experiment, and configurations by the name of the job, in the file's order."""

    experiment: Experiment[Any, Any]
    configs: dict[str, Any]


def job_name(experiment: str, config: Any) -> str:
    """Name a job by a hash of the experiment and all values of its configuration."""
    # Without those that are None, so that a new option, unless it is given, changes no name.
    values = {name: value for name, value in asdict(config).items() if value is not None}
    content = json.dumps([experiment, values], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:NAME_DIGITS]


def read_spec(path: Path) -> SweepSpec:
    """Read a specification and expand it to jobs."""
    path = check_path("path", path, "a sweep")
    document, _ = read_toml(path, "a sweep specification (TOML)")
    try:
        _check_keys("", document, TOP_LEVEL_KEYS)
        experiment = find_experiment(document.get("experiment"))
        return SweepSpec(experiment, expand_grid(experiment, document))
    except InputError as error:
        raise FormatError(path, str(error)) from error


def expand_grid(experiment: Experiment[Any, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Expand a document to the configurations of an experiment, by the names of the jobs."""
    common = _parse_grid("common", document.get("common", {}), experiment)
    also = document.get("also", [])
    if not isinstance(also, list):
        expected = "expected tables that start with [[also]]"
        raise InputError(f"also: {expected}, got {describe_value(also)}")
    tables = {"grid": document["grid"]} if "grid" in document else {}
    tables |= {f"also[{k}]": table for k, table in enumerate(also, 1)}
    if not tables:
        raise InputError("expected a table [grid] or [[also]] with the values to run, got neither")
    own = {place: _parse_grid(place, table, experiment) for place, table in tables.items()}
    groups = {place: dict(experiment.expand(common | values)) for place, values in own.items()}
    count = sum(math.prod(map(len, group.values())) for group in groups.values())
    if count > MAX_JOBS:
        raise InputError(f"expected at most {MAX_JOBS:,} jobs, got {count:,}")
    configs: dict[str, Any] = {}
    for place, group in groups.items():
        for given in _combinations(group):
            try:
                config = experiment.make_config(given)
            except InputError as error:
                named = ", ".join(f"{name} = {short_repr(value)}" for name, value in given.items())
                fault = f"with {named}"[:300] + f": {error}"
                if error.name in given:
                    is_common = error.name in common and error.name not in own[place]
                    fault = f"{'common' if is_common else place}.{error.name}: {error.reason}"
                raise InputError(fault) from error
            configs.setdefault(job_name(experiment.name, config), config)
    return configs


def expand_values(
    experiment: Experiment[Any, Any], values: Mapping[str, list[Any]]
) -> Iterator[Any]:
    """Make the configurations of every combination of values."""
    return map(experiment.make_config, _combinations(experiment.expand(values)))


def _check_keys(location: str, table: object, allowed: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise InputError(f"{location}: expected a table, got {describe_value(table)}")
    for unknown in [key for key in table if key not in allowed]:
        where = short_text(f"{location}.{unknown}" if location else unknown)
        raise InputError(f"{where}: expected one of {', '.join(allowed)}, got an unknown key")
    return table


def _parse_grid(
    location: str, table: object, experiment: Experiment[Any, Any]
) -> dict[str, list[Any]]:
    """Return the values to run by field, as lists."""
    group = {}
    for name, value in _check_keys(location, table, experiment.config_fields).items():
        values, place = value if isinstance(value, list) else [value], f"{location}.{name}"
        nested = [item for item in values if isinstance(item, dict | list)]
        if nested or not values:
            wrong = describe_value(nested[0]) if nested else "none"
            raise InputError(f"{place}: expected a value or a list of them, got {wrong}")
        if twice := [item for item in values if values.count(item) > 1]:
            reason = f"expected each value once, got {short_repr(twice[0])} again"
            raise InputError(f"{place}: {reason}")
        group[name] = values
    return group


def _combinations(grid: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    return (dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values()))
