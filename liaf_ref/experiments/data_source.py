"""Location of the data of a run, and estimated cost of a run."""

import os
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
        known = self._asdict().items()
        return {k: str(v.absolute()) if isinstance(v, Path) else v for k, v in known}

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
        kinds = {"folder": str, "edition": str, "partial": bool, "cache": str}
        known: dict[str, Any] = facts if isinstance(facts, dict) else {}
        right = all(isinstance(known.get(name), kind | None) for name, kind in kinds.items())
        if known is not facts or not right:
            raise FormatError(path, f"expected a data source, got {short_text(facts)}")
        given: dict[str, Any] = {name: known.get(name) for name in kinds}
        for name in ("folder", "cache"):
            given[name] = given[name] and Path(given[name])
        return cls(**given)
