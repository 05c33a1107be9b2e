"""What a run's record says of it: enough to start it again, or to know that it is done."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.errors import FormatError, InputError
from liaf_ref._core.validation.scalars import short_repr, short_text
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.registry import EXPERIMENTS, Experiment
from liaf_ref.training.run_folder import RunFolder

RUN_FILE = "run.json"
DATA_SHA256 = "data_sha256"
BESIDES = (DATA_SHA256, "experiment", "validation_by")  # in a record, and no option


class RunRecord(NamedTuple):
    """A run as its record has it.

    Attributes
    ----------
    experiment : Experiment
        What it is a run of,
    config : object
        and as what.
    data_sha256 : str or None
        Hash of its data.
    source : DataSource or None
        Where they were; None in a record that does not say.
    """

    experiment: Experiment
    config: Any
    data_sha256: str | None
    source: DataSource | None


def load_run_record(folder: Path) -> RunRecord:
    """Read what a run was told."""
    path, record = folder / RUN_FILE, RunFolder(folder, {}).read_run_json()
    text = record.get("config")
    if not isinstance(text, dict):
        raise FormatError(path, "no run configuration")
    origin = record.get("origin")
    kind = origin.get("experiment") if isinstance(origin, dict) else text.get("experiment", "babi")
    experiment = experiment_of_record(kind, path)
    config = config_of_record(experiment, text, path)
    return RunRecord(
        experiment, config, text.get(DATA_SHA256), DataSource.from_record(origin, path)
    )


def experiment_of_record(name: object, path: Path) -> Experiment:
    """Look an experiment up that a record names."""
    if not isinstance(name, str) or name not in EXPERIMENTS:
        raise FormatError(path, f"expected one of {', '.join(EXPERIMENTS)}, got {short_repr(name)}")
    return EXPERIMENTS[name]


def config_of_record(experiment: Experiment, recorded: Mapping[str, Any], path: Path) -> Any:
    """Make the configuration that a record has."""
    given = {name: value for name, value in recorded.items() if name not in BESIDES}
    unknown = [name for name in given if name not in experiment.config_fields]
    missing = [name for name in experiment.required_fields if name not in given]
    if unknown or missing:
        expected = f"expected a configuration of {experiment.name}"
        actual = short_text(unknown[0]) if unknown else f"none of {missing[0]}"
        raise FormatError(path, f"{expected}, got {actual}")
    try:
        return experiment.make_config(given)
    except (InputError, TypeError) as error:
        raise FormatError(path, f"expected a configuration of a run, got {error}") from error


def finished_result(folder: Path, config: Any) -> dict[str, Any] | None:
    """Read the row of a run that has finished as it is asked for."""
    if not (folder / RUN_FILE).exists():
        return None
    record = RunFolder(folder, {}).read_run_json()
    text = record.get("config")
    sha = text.get(DATA_SHA256) if isinstance(text, dict) else None
    row = record.get("result")
    done = record.get("status") == "finished" and isinstance(row, dict)
    return (
        row
        if done and RunFolder(folder, config.record() | {DATA_SHA256: sha}).matches_config(text)
        else None
    )
