"""``liaf-ref sweep``: run all jobs of a specification, locally or on a Dask cluster."""

import argparse
import json
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liaf_ref._core.atomic import check_writable
from liaf_ref._core.errors import SweepError
from liaf_ref._core.provenance import library_versions
from liaf_ref.cli import options, run_options
from liaf_ref.cli.interrupt import resume_hint, with_resume_hint
from liaf_ref.cli.numbered_dir import RUNS, make_numbered_dir
from liaf_ref.cli.output import say
from liaf_ref.cli.run_summary import failure_code
from liaf_ref.cli.sweep_progress import SweepProgress
from liaf_ref.experiments.runner.job import SMALLER, JobResult
from liaf_ref.experiments.runner.manifest import JOBS_DIR, SWEEP, Manifest
from liaf_ref.experiments.runner.plan import PlannedJob, plan_jobs, sweep_order
from liaf_ref.experiments.runner.run_manifest import merge_manifest, open_folder, run_jobs
from liaf_ref.experiments.runner.spec import read_spec

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

EXAMPLE = """example:
  liaf-ref sweep docs/sweeps/table03.toml --data tasks_1-20_v1-2 --jobs 2 --out babi
the same command again resumes the sweep if it was interrupted"""
Estimate = Mapping[str, Any] | None
OPTION_NAMES = run_options.OPTION_NAMES | {
    "fraction": "validation_fraction of the specification",
}


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "sweep",
        description="Run all jobs of a sweep specification: a grid of tasks, cells, seeds and\n"
        "other options. The result of a job depends only on its configuration. To resume an\n"
        "interrupted or killed sweep, start it again with the same --out.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option(
        "spec",
        type=options.file_path,
        metavar="SPEC.toml",
        help="sweep specification; see docs/use/sweeps.md",
    )
    run_options.add_worker_options(parser)
    run_options.add_data_options(parser)
    run_options.add_plugin_option(parser)
    folder = "output folder, new or to resume (default: a new runs/sweep-N)"
    option("--out", type=options.dir_path, metavar="DIR", help=folder)
    option("--retry-failed", action="store_true", help="restart failed jobs from scratch")
    option("--dry-run", action="store_true", help="list the jobs without running them")
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command, smaller=SMALLER, option_names=OPTION_NAMES)


def command(args: argparse.Namespace) -> int:
    """Run a sweep; see ``liaf-ref sweep --help``."""
    if not args.dry_run:
        check_writable(args.out or RUNS)
    spec = read_spec(args.spec)
    source = run_options.data_source(args, spec.experiment)
    say(f"data: {source.describe()}")
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
        return _print_jobs(manifest, jobs, args.json, estimate)
    return run_sweep(manifest, jobs, args, estimate)


def run_sweep(
    manifest: Manifest,
    jobs: list[PlannedJob],
    args: argparse.Namespace,
    estimate: Estimate = None,
) -> int:
    """Run the unfinished jobs of a sweep and print how many finished and failed."""
    progress = SweepProgress(sys.stderr)
    with (
        run_options.executor(args.jobs, args.dask, None) as executor,
    ):
        out = (args.out or make_numbered_dir("sweep")).resolve()
        try:
            with with_resume_hint(out, args), open_folder(out, manifest), closing(progress):
                results = run_jobs(manifest, jobs, out, executor, progress, args.retry_failed)
        except SweepError as error:
            raise SweepError(f"{error}{resume_hint(out, args)}") from error
    return print_counts(jobs, results, out, args.json, estimate)


def print_counts(
    jobs: list[PlannedJob],
    results: Mapping[str, JobResult],
    out: Path,
    as_json: bool,
    estimate: Estimate = None,
) -> int:
    """Print the failed jobs, and the numbers of finished and failed jobs."""
    failed = [job for job in jobs if results[job.name].error is not None]
    for job in failed:
        say(f"error: {job.title} ({Path(job.name).name}): {results[job.name].error}")
    counts = {"jobs": len(jobs), "finished": len(jobs) - len(failed), "failed": len(failed)}
    table = out / "results.csv"
    if as_json:
        errors = [{"job": Path(job.name).name, "error": results[job.name].error} for job in failed]
        facts = {
            "out": str(out),
            "table": str(table),
            "versions": library_versions(),
            "errors": errors,
            **({"estimate": estimate} if estimate else {}),
        }
        print(json.dumps(counts | facts, indent=2))
    else:
        print(", ".join(f"{count} {name}" for name, count in counts.items()))
        print(f"table: {table}   runs: {out / JOBS_DIR}")
    return failure_code([results[job.name] for job in failed])


def _print_jobs(
    manifest: Manifest, jobs: list[PlannedJob], as_json: bool, estimate: Estimate
) -> int:
    order = sweep_order(manifest, jobs)
    if as_json:
        rows = [
            {"job": Path(job.name).name, "state": job.state, **asdict(job.config)} for job in order
        ]
        print(json.dumps({"jobs": rows, "estimate": estimate}, indent=2))
        return 0
    for job in order:
        print(f"{Path(job.name).name}  {job.state:<8}  {job.title}")
    print(f"{len(jobs)} jobs")
    return 0
