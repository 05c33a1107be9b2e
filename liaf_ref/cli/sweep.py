"""``liaf-ref sweep``: run all jobs of a specification, locally or on a Dask cluster."""

import argparse
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from liaf_ref._core.atomic import check_writable
from liaf_ref._core.errors import SweepError
from liaf_ref._core.provenance import library_versions
from liaf_ref.cli import options, run_options
from liaf_ref.cli.interrupt import resume_hint, with_resume_hint
from liaf_ref.cli.numbered_dir import RUNS, make_numbered_dir
from liaf_ref.cli.options import Answer, Parser, option
from liaf_ref.cli.output import say
from liaf_ref.cli.run_summary import failure_code
from liaf_ref.cli.sweep_progress import SweepProgress
from liaf_ref.experiments.runner.job import SMALLER, JobResult
from liaf_ref.experiments.runner.manifest import JOBS_DIR, SWEEP, Manifest
from liaf_ref.experiments.runner.plan import PlannedJob, plan_jobs, sweep_order
from liaf_ref.experiments.runner.run_manifest import merge_manifest, open_folder, run_jobs
from liaf_ref.experiments.runner.spec import read_spec

Estimate = Mapping[str, Any] | None
OPTION_NAMES = run_options.OPTION_NAMES | {"fraction": "validation_fraction of the specification"}


def add(parser: Parser) -> None:
    """Add the options."""
    text = "sweep specification; see docs/use/sweeps.md"
    option(parser, "spec SPEC.toml", options.file_path, text)
    run_options.add_worker_options(parser)
    run_options.add_data_options(parser)
    folder = "output folder, new or to resume (default: a new runs/sweep-N)"
    option(parser, "--out DIR", options.dir_path, folder)
    option(parser, "--retry-failed", bool, "restart failed jobs from scratch")
    option(parser, "--dry-run", bool, "list the jobs without running them")
    parser.runs(command, SMALLER, **OPTION_NAMES)


def command(args: argparse.Namespace) -> Answer:
    """Run all jobs of a sweep specification: a grid of tasks, cells, seeds and other options.

    The result of a job depends only on its configuration. To resume an interrupted or killed
    sweep, start it again with the same --out.

    example:
      liaf-ref sweep docs/sweeps/table03.toml --data tasks_1-20_v1-2 --jobs 2 --out babi
    the same command again resumes the sweep if it was interrupted
    """
    if not args.dry_run:
        check_writable(args.out or RUNS)
    spec = read_spec(args.spec)
    source = run_options.data_source(args, spec.experiment)
    if source.folder is None and not args.generated and "folder" in spec.experiment.source_fields:
        say("data: generated, as --data names no folder of published data")
    configs = {f"{JOBS_DIR}/{name}": config for name, config in spec.configs.items()}
    workers = run_options.local_workers(args)
    manifest = Manifest(
        SWEEP, spec.experiment, source, configs, workers=workers, plugins=args.plugins
    )
    if args.out:
        manifest = merge_manifest(args.out, manifest, extend=True)
    jobs = plan_jobs(manifest, args.out)
    estimate = run_options.show_estimate(manifest, jobs, workers)
    if args.dry_run:
        return _list_jobs(manifest, jobs, estimate)
    return run_sweep(manifest, jobs, args, estimate)


def run_sweep(
    manifest: Manifest,
    jobs: list[PlannedJob],
    args: argparse.Namespace,
    estimate: Estimate = None,
) -> Answer:
    """Run the unfinished jobs of a sweep and print how many finished and failed."""
    progress = SweepProgress(sys.stderr)
    with run_options.executor(args.jobs, args.dask, None) as executor:
        out = (args.out or make_numbered_dir("sweep")).resolve()
        try:
            with with_resume_hint(out, args), open_folder(out, manifest), closing(progress):
                results = run_jobs(manifest, jobs, out, executor, progress, args.retry_failed)
        except SweepError as error:
            raise SweepError(f"{error}{resume_hint(out, args)}") from error
    return count_jobs(jobs, results, out, estimate)


def count_jobs(
    jobs: list[PlannedJob],
    results: Mapping[str, JobResult],
    out: Path,
    estimate: Estimate = None,
) -> Answer:
    """Print the failed jobs, and count the finished and failed ones."""
    failed = [job for job in jobs if results[job.name].error is not None]
    errors = [{"job": Path(job.name).name, "error": results[job.name].error} for job in failed]
    for job, error in zip(failed, errors, strict=True):
        say(f"error: {job.title} ({error['job']}): {error['error']}")
    counts = {"jobs": len(jobs), "finished": len(jobs) - len(failed), "failed": len(failed)}
    table = out / "results.csv"
    facts = {
        "out": str(out),
        "table": str(table),
        "versions": library_versions(),
        "errors": errors,
        **({"estimate": estimate} if estimate else {}),
    }
    text = ", ".join(f"{count} {name}" for name, count in counts.items())
    text += f"\ntable: {table}   runs: {out / JOBS_DIR}"
    return Answer(counts | facts, text, failure_code([results[job.name] for job in failed]))


def _list_jobs(manifest: Manifest, jobs: list[PlannedJob], estimate: Estimate) -> Answer:
    names = [(Path(job.name).name, job) for job in sweep_order(manifest, jobs)]
    rows = [{"job": name, "state": job.state, **asdict(job.config)} for name, job in names]
    lines = [f"{name}  {job.state:<8}  {job.title}" for name, job in names]
    return Answer({"jobs": rows, "estimate": estimate}, "\n".join([*lines, f"{len(jobs)} jobs"]))
