"""A sweep's folder: one sweep at a time, of one specification, which can only grow."""

import contextlib
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

from liaf_ref._core.atomic import make_folder, remove_temp_files, write_atomic
from liaf_ref._core.errors import RunError, WriteError
from liaf_ref._core.locks import LOCK_FILE, file_lock
from liaf_ref.experiments.sweep import results
from liaf_ref.experiments.sweep.plan import PlannedJob
from liaf_ref.experiments.sweep.spec import SweepSpec, read_spec
from liaf_ref.experiments.sweep.worker import JobResult

SPEC_FILE, JOBS_DIR = "spec.toml", "jobs"
MAX_JOBS_SHOWN = 3  # of the jobs that a folder would lose
REWRITE_GROWTH = (
    1.1  # the table is written when it has grown by so much: in all, 11 times its length
)


def check_spec_extends(out: Path, spec_path: Path, spec: SweepSpec) -> None:
    """Refuse a folder of something else, or of jobs that are not asked for any more."""
    copy = out / SPEC_FILE
    if not copy.exists():
        found = [item.name for item in out.iterdir()] if out.is_dir() else []
        other = sorted(name for name in found if not name.startswith("."))
        if other:
            raise RunError(
                f"{out}: contains {other[0]} but no sweep; choose another folder with --out"
            )
        return
    before = read_spec(copy)
    lost = [config for name, config in before.configs.items() if name not in spec.configs]
    if lost:
        more = f" and {len(lost) - MAX_JOBS_SHOWN} more" if len(lost) > MAX_JOBS_SHOWN else ""
        raise RunError(
            f"{out}: contains a sweep with jobs that are not in {spec_path}: "
            f"{', '.join(map(str, lost[:MAX_JOBS_SHOWN]))}{more}; jobs can only be added: "
            "add to its specification, or choose another folder with --out"
        )


@contextlib.contextmanager
def lock_sweep_dir(out: Path, spec_path: Path, spec: SweepSpec) -> Iterator[None]:
    """Hold a folder for the length of a sweep, with a copy of its specification."""
    make_folder(out)
    with file_lock(out / LOCK_FILE, blocking=False):
        check_spec_extends(out, spec_path, spec)
        remove_temp_files(out)
        write_atomic(out / SPEC_FILE, spec_path.read_bytes())
        make_folder(out / JOBS_DIR)
        yield


def collect_results(
    out: Path, jobs: Iterable[PlannedJob], outcomes: Iterable[JobResult]
) -> Generator[JobResult, None, None]:
    """Pass outcomes on, and keep the table of what has finished."""
    ranks, configs = {}, {}
    rows: dict[int, dict[str, Any]] = {}
    for rank, job in enumerate(jobs):
        ranks[job.name], configs[job.name] = rank, job.config
        if job.result is not None:
            rows[rank] = results.result_row(job.name, job.config, job.result)
    written = 0
    try:
        for outcome in outcomes:
            if outcome.is_write_error:
                raise WriteError(outcome.error)
            if outcome.result is not None:
                row = results.result_row(outcome.name, configs[outcome.name], outcome.result)
                rows[ranks[outcome.name]] = row
            if len(rows) >= REWRITE_GROWTH * written and outcome.result is not None:
                results.write_tables(out, (rows[rank] for rank in sorted(rows)))
                written = len(rows)
            yield outcome
    finally:
        if rows:
            results.write_tables(out, (rows[rank] for rank in sorted(rows)))
