"""Location of the data of a run, and estimated cost of a run."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from liaf_ref._core.errors import DataError, FormatError
from liaf_ref._core.text import short_text

DATA_ENV_VAR = "LIAF_REF_DATA"


def data_dir_from_env() -> Path | None:
    """The folder of data sets that the environment names, or None."""
    folder = os.environ.get(DATA_ENV_VAR)
    return Path(folder) if folder else None


class DataSource(NamedTuple):
    """Where the data come from; fields that an experiment does not use are None.

    Attributes
    ----------
    folder : Path or None
        The published folder, or the one around it; None for generated data.
    edition : str or None
        Which of several published editions.
    partial : bool or None
        Whether to go on with what is there of a folder that is not whole.
    cache : Path or None
        Where prepared data are kept for another time.

    Examples
    --------
    >>> from liaf_ref.experiments import DataSource
    >>> DataSource() == DataSource(folder=None)  # generated data
    True
    """

    folder: Path | None = None
    edition: str | None = None
    partial: bool | None = None
    cache: Path | None = None

    def to_record(self) -> dict[str, Any]:
        """Return what a manifest holds, so that runs can be resumed without options."""
        return {name: _path_to_str(value) for name, value in self._asdict().items()}

    def check_exists(self) -> None:
        """Refuse a folder that is not there."""
        if self.folder is not None and not self.folder.exists():
            raise DataError(
                f"{self.folder}: expected the folder of the data, got no such folder; "
                "if it was moved, pass the new location with --data"
            )

    @classmethod
    def from_record(cls, facts: object, path: Path) -> "DataSource":
        """Read back what :meth:`to_record` returned."""
        if not isinstance(facts, dict) or not _is_valid_source(facts):
            raise FormatError(path, f"expected a data source, got {short_text(facts)}")
        folder, cache = facts.get("folder"), facts.get("cache")
        return cls(
            None if folder is None else Path(folder),
            facts.get("edition"),
            facts.get("partial"),
            None if cache is None else Path(cache),
        )


def _path_to_str(value: object) -> object:
    return str(value.absolute()) if isinstance(value, Path) else value


def _is_valid_source(facts: Mapping[str, Any]) -> bool:
    texts = [facts.get(name) for name in ("folder", "edition", "cache")]
    return all(isinstance(text, str | None) for text in texts) and isinstance(
        facts.get("partial"), bool | None
    )
