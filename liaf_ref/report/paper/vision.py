"""Runs on recordings, read off their folders."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref.errors import FormatError
from liaf_ref.experiments.vision import EXPERIMENTS

RESULT = (
    *("train_accuracy", "validation_accuracy", "test_accuracy", "majority_accuracy"),
    *("weights", "muls", "adds", "seconds"),
)


class VisionRun(NamedTuple):
    """A finished run on recordings.

    Attributes
    ----------
    folder : Path
        Where it is.
    config, result : mapping
        As in its run.json.
    metrics : sequence of mapping
        A row for each epoch.
    origin : str
        simulated, published or unrecorded.
    """

    folder: Path
    config: Mapping[str, Any]
    result: Mapping[str, Any]
    metrics: Sequence[Mapping[str, float]]
    origin: str

    @property
    def cell(self) -> str:
        """What the network is built of."""
        return str(self.config["cell"])

    @property
    def key(self) -> tuple[Hashable, ...]:
        """Equal for runs of two cells that can be paired: their seed, fold and recordings."""
        return self.config["seed"], self.fold, self.config.get("data_sha256")

    @property
    def fold(self) -> Any:
        """Number of the fold that was tested on; None if it was the data set's own part."""
        return self.config.get("fold")


def as_vision(folder: Path, record: Mapping[str, Any], metrics: Any, source: str) -> VisionRun:
    """Take a record for that of a finished run on recordings.

    Parameters
    ----------
    folder : Path
        Where it was found.
    record : mapping
        Its run.json.
    metrics : list of dict
        Its metrics.jsonl.
    source : str
        What results.json beside it calls the data; may be empty.

    Returns
    -------
    VisionRun
        The run.

    Raises
    ------
    FormatError
        If configuration, result or metrics lack something.
    """
    config, result = record["config"], record.get("result")
    known = EXPERIMENTS[config["experiment"]]
    whole = isinstance(result, dict) and all(
        isinstance(result.get(name), int | float) for name in RESULT
    )
    seed, scale = config.get("seed"), config.get("scale")
    if config.get("cell") not in known.cells or scale not in known.scales or type(seed) is not int:
        wanted = f"expected cell, scale and seed of a run of {known.title}"
        got = f"{config.get('cell')!r}, {scale!r} and {seed!r}"
        raise FormatError(folder / "run.json", f"{wanted}, got {got}")
    if type(config.get("fold", 0)) not in (int, type(None)):
        raise FormatError(folder / "run.json", f"expected a fold's number, got {config['fold']!r}")
    if not whole:
        raise FormatError(folder / "run.json", f"expected a result with {', '.join(RESULT)}")
    if not metrics:
        raise FormatError(folder / "metrics.jsonl", "expected a line for each epoch, got none")
    config = {**config, "experiment": known.data or config["experiment"]}
    return VisionRun(folder, config, result or {}, metrics, _origin(record, source))


def _origin(record: Mapping[str, Any], source: str) -> str:
    """Where recordings were from, by the run's own record or, if older, by what is beside it."""
    origin = record.get("origin")
    told = origin.get("data") if isinstance(origin, dict) else None
    if isinstance(told, dict) and "folder" in told:
        return "simulated" if told["folder"] is None else "published"
    if source.endswith(", simulated"):
        return "simulated"
    return "published" if source else "unrecorded"
