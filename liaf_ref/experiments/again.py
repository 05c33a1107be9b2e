"""What a run's record says of it: enough to start it again, or to know that it is done."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref.door.values import brief, shown
from liaf_ref.errors import FormatError, InputError
from liaf_ref.experiments.given import Source
from liaf_ref.experiments.registry import EXPERIMENTS, Experiment
from liaf_ref.training.record import RunFolder

RUN = "run.json"
SHA = "data_sha256"
BESIDES = (SHA, "experiment", "validation_by")  # in a record, and no option


class Begun(NamedTuple):
    """A run as its record has it.

    Attributes
    ----------
    experiment : Experiment
        What it is a run of,
    config : object
        and as what.
    data_sha256 : str or None
        Hash of its data.
    source : Source or None
        Where they were; None in a record that does not say.
    """

    experiment: Experiment
    config: Any
    data_sha256: str | None
    source: Source | None


def begun(folder: Path) -> Begun:
    """Read what a run was told.

    Parameters
    ----------
    folder : Path
        Of the run, with its run.json.

    Returns
    -------
    Begun
        As described there.

    Raises
    ------
    FormatError
        If run.json cannot be read, or is no experiment's.
    """
    path, record = folder / RUN, RunFolder(folder, {}).read()
    told = record.get("config")
    if not isinstance(told, dict):
        raise FormatError(path, "expected the configuration of a run, got none")
    origin = record.get("origin")
    kind = origin.get("experiment") if isinstance(origin, dict) else told.get("experiment", "babi")
    experiment = known(kind, path)
    config = configured(experiment, told, path)
    return Begun(experiment, config, told.get(SHA), Source.of(origin, path))


def known(name: object, path: Path) -> Experiment:
    """Look an experiment up that a record names.

    Parameters
    ----------
    name : object
        What the record says.
    path : Path
        The record, for messages.

    Returns
    -------
    Experiment
        Of that name.

    Raises
    ------
    FormatError
        If there is none.
    """
    if not isinstance(name, str) or name not in EXPERIMENTS:
        raise FormatError(path, f"expected one of {', '.join(EXPERIMENTS)}, got {shown(name)}")
    return EXPERIMENTS[name]


def configured(experiment: Experiment, told: Mapping[str, Any], path: Path) -> Any:
    """Make the configuration that a record has.

    Parameters
    ----------
    experiment : Experiment
        Of the run.
    told : mapping of str to object
        The record's names and values; what came after it has its default.
    path : Path
        The record, for messages.

    Returns
    -------
    object
        Of the experiment's own class.

    Raises
    ------
    FormatError
        If it is no configuration of the experiment.
    """
    given = {name: value for name, value in told.items() if name not in BESIDES}
    unknown = [name for name in given if name not in experiment.fields]
    missing = [name for name in experiment.needed if name not in given]
    if unknown or missing:
        wanted = f"expected a configuration of {experiment.name}"
        came = brief(unknown[0]) if unknown else f"none of {missing[0]}"
        raise FormatError(path, f"{wanted}, got {came}")
    try:
        return experiment.config(given)
    except (InputError, TypeError) as error:
        raise FormatError(path, f"expected a configuration of a run, got {error}") from error


def result(folder: Path, config: Any) -> dict[str, Any] | None:
    """Read the row of a run that has finished as it is asked for.

    Parameters
    ----------
    folder : Path
        Of the run; need not be there.
    config : object
        What is asked for: with more epochs than the record's it has not finished.

    Returns
    -------
    dict or None
        None if there is something left to run.

    Raises
    ------
    FormatError
        If run.json cannot be read.
    """
    if not (folder / RUN).exists():
        return None
    record = RunFolder(folder, {}).read()
    told = record.get("config")
    sha = told.get(SHA) if isinstance(told, dict) else None
    row = record.get("result")
    done = record.get("status") == "finished" and isinstance(row, dict)
    return row if done and RunFolder(folder, config.record() | {SHA: sha}).told(told) else None
