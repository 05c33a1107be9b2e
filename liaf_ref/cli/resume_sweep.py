"""Continue a sweep with its own copy of the specification, on the data it was started with."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from liaf_ref._core.safe_load import read_json_object
from liaf_ref.cli import sweep
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.sweep.sweep_dir import SPEC_FILE as SPEC

__all__ = ["SPEC", "is_sweep_dir", "resume"]


def is_sweep_dir(folder: Path) -> bool:
    """Whether a folder is a sweep's."""
    return (folder / SPEC).exists()


def resume(folder: Path, data: Path | None, as_json: bool) -> int:
    """Go on with a sweep."""
    text = read_origin(folder / sweep.ORIGIN_FILE)
    source = DataSource.from_record(text or None, folder / sweep.ORIGIN_FILE)
    given = source or DataSource(partial=None)
    where = data or given.folder
    dask, jobs = text.get("dask"), text.get("jobs")
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


def read_origin(path: Path) -> Mapping[str, Any]:
    """What the sweep was told; nothing in a folder that is older than this record."""
    if not path.exists():
        return {}
    return read_json_object(path)
