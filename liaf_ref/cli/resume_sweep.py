"""A sweep that goes on with its own copy of the specification, on the data it was begun with."""

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from liaf_ref.cli import sweep
from liaf_ref.errors import FormatError
from liaf_ref.experiments.given import Source
from liaf_ref.files import reason
from liaf_ref.sweep.folder import COPY as SPEC

__all__ = ["SPEC", "command", "is_sweep"]


def is_sweep(folder: Path) -> bool:
    """Whether a folder is a sweep's."""
    return (folder / SPEC).exists()


def command(folder: Path, data: Path | None, as_json: bool) -> int:
    """Go on with a sweep.

    Parameters
    ----------
    folder : Path
        The sweep's.
    data : Path or None
        Where the data are now, if they have moved.
    as_json : bool
        Whether to print one JSON document.

    Returns
    -------
    int
        As ``liaf-ref sweep``.
    """
    origin = _origin(folder / sweep.ORIGIN)
    source = Source.of(origin or None, folder / sweep.ORIGIN)
    given = source or Source(partial=None)
    where = data or given.folder
    dask, jobs = origin.get("dask"), origin.get("jobs")
    return sweep.command(
        argparse.Namespace(
            spec=folder / SPEC,
            out=folder,
            data=where,
            generated=source is not None and where is None,
            edition=given.edition,
            partial=given.partial,
            cache=given.cache,
            dask=dask if isinstance(dask, str) else None,
            jobs=min(jobs, os.cpu_count() or 1) if isinstance(jobs, int) and jobs > 0 else None,
            retry_failed=False,
            dry_run=False,
            json=as_json,
        )
    )


def _origin(path: Path) -> Mapping[str, Any]:
    """What the sweep was told; nothing in a folder that is older than this record."""
    if not path.exists():
        return {}
    try:
        origin = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise FormatError(path, f"expected a JSON object, got {reason(error)}") from error
    if not isinstance(origin, dict):
        raise FormatError(path, f"expected a JSON object, got a {type(origin).__name__}")
    return origin
