"""Run a manifest: check, lock the folder, run the unfinished jobs, update the tables."""

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from liaf_ref._core.atomic import make_folder, remove_temp_files
from liaf_ref._core.errors import RunError
from liaf_ref._core.locks import directory_lock
from liaf_ref._core.provenance import library_versions
from liaf_ref._core.system import quote
from liaf_ref.experiments.runner.execute import Executor
from liaf_ref.experiments.runner.job import Job, JobResult
from liaf_ref.experiments.runner.manifest import (
    JOBS_DIR,
    MANIFEST_FILE,
    SWEEP,
    THIS_FOLDER,
    Manifest,
    read_manifest,
    write_manifest,
)
from liaf_ref.experiments.runner.plan import (
    FAILED,
    FINISHED,
    PlannedJob,
    group_by_data,
    sweep_order,
)
from liaf_ref.experiments.runner.result_tables import TABLE_FILES, with_tables
from liaf_ref.training.run_folder import RUN_FILE

SUMMARY_FILES = ("results.json", "table.md", "figure.png")
MAX_SHOWN = 3  # listed runs that would be lost


class Progress(Protocol):
    """Receives the progress of runs."""

    def start(self, jobs: list[PlannedJob], pending: Collection[str], workers: int) -> None:
        """The runs start."""

    def end(self, result: JobResult) -> None:
        """A run has ended."""


def merge_manifest(out: Path, manifest: Manifest, extend: bool) -> Manifest:
    """Add the runs of a folder to a manifest, or refuse the folder."""
    # Without ``extend`` the folder must not contain a started run. The specification of a sweep
    # may add jobs to a folder, but not remove any.
    before = read_manifest(out) if (out / MANIFEST_FILE).exists() else None
    started = before and any((out / name / RUN_FILE).exists() for name in before.configs)
    if before is None or not (started or extend):
        held = [name for name in (*SUMMARY_FILES, *TABLE_FILES, RUN_FILE) if (out / name).exists()]
        held += [path.parent.name for path in out.glob(f"*/{RUN_FILE}")]
        if held:
            raise RunError(f"{out}: already contains {held[0]}; choose another folder with --out")
        return manifest
    theirs = before.study or before.experiment.name, before.kind
    ours = manifest.study or manifest.experiment.name, manifest.kind
    if theirs != ours:
        raise RunError(
            f"{out}: expected a {manifest.kind} of {ours[0]}, got a {before.kind} of {theirs[0]}; "
            "choose another folder with --out"
        )
    if not extend:
        raise RunError(
            f"{out}: already contains a {before.kind}; continue it with liaf-ref resume "
            f"{quote(str(out))}, or choose another folder with --out"
        )
    lost = {name: config for name, config in before.configs.items() if name not in manifest.configs}
    if lost and manifest.kind == SWEEP:
        more = f" and {len(lost) - MAX_SHOWN} more" if len(lost) > MAX_SHOWN else ""
        shown = ", ".join(map(str, list(lost.values())[:MAX_SHOWN]))
        raise RunError(
            f"{out}: contains a sweep with jobs that are not in the specification: {shown}{more}; "
            "jobs cannot be removed: add them to the specification, "
            "or choose another folder with --out"
        )
    return manifest._replace(configs=before.configs | manifest.configs)


def check_first_data(manifest: Manifest, jobs: list[PlannedJob], out: Path | None) -> None:
    """Load the data of the next run, and refuse runs on these data that cannot start."""
    experiment, source = manifest.experiment, manifest.source
    pending = [job for job in jobs if job.state != FINISHED]
    if not pending:
        return
    key = experiment.data_key(pending[0].config, source)
    data = experiment.load_shared(pending[0].config, source)
    for job in pending:
        if experiment.data_key(job.config, source) == key:
            experiment.check(data, job.config, out and out / job.name, resume=out is not None)


@contextlib.contextmanager
def open_folder(out: Path, manifest: Manifest) -> Iterator[None]:
    """Lock an output folder and write its manifest."""
    with directory_lock(out):
        merge_manifest(out, manifest, extend=True)  # another process may have written it since
        _check_no_links(out, manifest)
        remove_temp_files(out)
        write_manifest(out, manifest)
        if any(name.startswith(f"{JOBS_DIR}/") for name in manifest.configs):
            make_folder(out / JOBS_DIR)
        yield
        remove_temp_files(out)


def _check_no_links(out: Path, manifest: Manifest) -> None:
    """Refuse folders of runs that lead elsewhere: nothing is written outside ``out``."""
    places = {JOBS_DIR, *manifest.configs} - {THIS_FOLDER}
    if links := [name for name in sorted(places) if (out / name).is_symlink()]:
        place = out / links[0]
        raise RunError(f"{place}: expected a folder, got a link to {place.readlink()}")


def run_jobs(
    manifest: Manifest,
    jobs: list[PlannedJob],
    out: Path,
    executor: Executor,
    progress: Progress,
    restart_failed: bool = False,
    skip: Collection[str] = (),
) -> dict[str, JobResult]:
    """Run the unfinished jobs of a manifest in an open folder; return all results."""
    pending = [job for job in jobs if job.state != FINISHED and job.name not in skip]
    if manifest.kind == SWEEP:
        left_alone = () if restart_failed else (FAILED,)
        pending = sweep_order(manifest, (job for job in pending if job.state not in left_alone))
    else:
        pending = group_by_data(manifest, pending)
    names = {job.name for job in pending}
    results = {
        job.name: JobResult(job.name, job.result, job.error)
        for job in jobs
        if job.name not in names
        and (job.result is not None or (job.error is not None and job.name not in skip))
    }
    record = manifest.source.to_record()
    work = [
        Job(
            name=job.name,
            experiment=manifest.experiment.name,
            config={k: v for k, v in asdict(job.config).items() if k != "experiment"},
            source=record,
            folder=str((out / job.name).resolve()),
            data_sha256=job.estimate.data_sha256,
            restart=restart_failed,
            plugins=manifest.plugins,
            versions=library_versions(),
        )
        for job in pending
    ]
    progress.start(jobs, names, executor.workers)
    with (
        contextlib.closing(executor.run(work)) as running,  # workers end before the final message
        contextlib.closing(
            running if THIS_FOLDER in manifest.configs else with_tables(out, jobs, running)
        ) as saved,
    ):
        for result in saved:
            results[result.name] = result
            progress.end(result)
    return {job.name: results[job.name] for job in jobs if job.name in results}
