"""The set that comes with the package."""

from importlib.resources import files
from pathlib import Path

from liaf_ref.oracle.golden.golden_case import GoldenCase
from liaf_ref.oracle.golden.reader import read_store
from liaf_ref.oracle.golden.store import Store, archive_store

ARCHIVE = "golden-1.zip"


def golden_cases() -> tuple[GoldenCase, ...]:
    """Give the golden set that comes with this version.

    Returns
    -------
    tuple of Golden
        Fresh arrays at every call.

    Raises
    ------
    FormatError
        If the installed file is damaged.
    """
    return read_store(published_store())


def published_store() -> Store:
    """Where it is."""
    place = files("liaf_ref.oracle") / "data" / ARCHIVE
    return archive_store(Path(str(place)), place.read_bytes())
