"""``liaf-ref sweep``: every job of a specification, on this machine or on a Dask cluster."""

import argparse
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from liaf_ref._core.atomic import write_atomic
from liaf_ref._core.errors import InputError, SweepError
from liaf_ref._core.optional import import_optional_dependency
from liaf_ref.cli import options
from liaf_ref.cli.default_data import default_data_dir
from liaf_ref.cli.interrupt import resume_hint, with_resume_hint
from liaf_ref.cli.output_dir import make_numbered_dir
from liaf_ref.cli.sweep_progress import SweepProgress
from liaf_ref.experiments import sweep
from liaf_ref.experiments.babi import DATA_ENV_VAR
from liaf_ref.experiments.data_source import DataSource
from liaf_ref.experiments.registry import Experiment
from liaf_ref.training.run_folder import library_versions

if TYPE_CHECKING:
    from liaf_ref.cli.options import Commands

# What else than an option of its name an argument or a fact of a run came from.
OPTION_NAMES = {
    "fraction": "validation_fraction in the specification",
    "data_sha256": "the data (--data, --edition, --generated)",
    "validation_by": options.VALIDATION_BY,
}
ORIGIN_FILE = (
    "origin.json"  # beside the copy of the specification: where the data are, and the pool
)
EXAMPLE = """example:
  liaf-ref sweep docs/sweeps/table03-ec.toml --data tasks_1-20_v1-2 --jobs 2 --out ec
run the same command again to resume an interrupted sweep"""


def add(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "sweep",
        help="run a grid of configurations in parallel",
        description="Run every job of a specification: tasks x cells x seeds x anything.\n"
        "The result of a job depends only on its configuration. An interrupted\n"
        "or killed sweep resumes when it is started again.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option(
        "spec",
        type=options.file_path,
        metavar="SPEC.toml",
        help="sweep specification; see docs/sweeps.md",
    )
    where = parser.add_mutually_exclusive_group()
    several = "local worker processes (default: 1)"
    where.add_argument(
        "--jobs", type=options.bounded_int(1, maximum=1024), metavar="N", help=several
    )
    cluster = "the scheduler of a Dask cluster, such as tcp://127.0.0.1:8786"
    where.add_argument("--dask", metavar="ADDRESS", help=cluster)
    _add_data(parser)
    folder = "output folder, new or to resume (default: a new runs/sweep-N)"
    option("--out", type=options.dir_path, metavar="DIR", help=folder)
    again = "restart failed jobs from scratch"
    option("--retry-failed", action="store_true", help=again)
    option("--dry-run", action="store_true", help="list the jobs without running them")
    option("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(command=command)


def _add_data(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    published = (
        "the experiment's published folder, or its parent (default: simulated "
        f"recordings; of bAbI and n-mnist the folder named by {DATA_ENV_VAR}, or generated text"
    )
    source.add_argument("--data", type=options.dir_path, metavar="DIR", help=published)
    made = "use generated text or simulated recordings even if a data folder is set"
    source.add_argument("--generated", action="store_true", help=made)
    option = parser.add_argument
    option("--edition", metavar="NAME", help="published edition of bAbI")
    go_on = "recordings: use an incomplete data folder as it is"
    option("--partial", action="store_const", const=True, help=go_on)
    saved = "recordings: cache folder for preprocessed frames"
    option("--cache", type=options.dir_path, metavar="DIR", help=saved)


def command(args: argparse.Namespace) -> int:
    """Run a sweep; see ``liaf-ref sweep --help``."""
    spec = sweep.read_spec(args.spec)
    source = _source(args, spec.experiment)
    if args.out:
        sweep.check_spec_extends(args.out, args.spec, spec)
    with options.errors_as_options(**OPTION_NAMES):
        jobs = sweep.plan_jobs(spec, source, args.out)
    if args.dry_run:
        return _print_jobs(args, jobs)
    with _open_executor(args) as pool:
        out = (args.out or make_numbered_dir(Path("runs"), "sweep")).resolve()
        with sweep.lock_sweep_dir(out, args.spec, spec):
            text = source.to_record(spec.experiment.name) | {"jobs": args.jobs, "dask": args.dask}
            write_atomic(out / ORIGIN_FILE, json.dumps(text, indent=2).encode() + b"\n")
            todo = [
                sweep.Job(
                    name=job.name,
                    experiment=spec.experiment,
                    config=job.config,
                    source=source,
                    folder=sweep.job_dir(out, job.name),
                    parent_pid=pool.parent_pid,
                    data_sha256=job.estimate.data_sha256,
                    restart=args.retry_failed,
                )
                for job in sweep.longest_first(jobs)
                if job.state in ("new", "begun") or (args.retry_failed and job.state == "failed")
            ]
            outcomes = _run(jobs, todo, pool, out)
    return _print_summary(args, jobs, outcomes, out)


def _source(args: argparse.Namespace, experiment: Experiment) -> DataSource:
    folder = None if args.generated else args.data or default_data_dir(experiment.name)
    source = DataSource(folder and folder.resolve(), args.edition, args.partial, args.cache)
    for name, value in source._asdict().items():
        if value is not None and name not in experiment.source_fields:
            reason = f"expected none with {experiment.name}, got {value}"
            raise InputError(f"--{'data' if name == 'folder' else name}: {reason}")
    return source._replace(cache=args.cache and args.cache.resolve())


class JobExecutor(NamedTuple):
    """What runs jobs, how many at once, and the process without which they stop."""

    run: Callable[[list[sweep.Job]], Generator[sweep.JobResult, None, None]]
    workers: int
    parent_pid: int | None


@contextlib.contextmanager
def _open_executor(args: argparse.Namespace) -> Iterator[JobExecutor]:
    if args.dask is None:
        import_optional_dependency("joblib", sweep.EXTRA)
        workers = args.jobs or 1
        yield JobExecutor(lambda jobs: sweep.run_local(jobs, workers), workers, os.getpid())
        return
    with options.errors_as_options():
        client = sweep.connect(args.dask)
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what it says, we say
    with client:
        yield JobExecutor(lambda jobs: sweep.run_on_dask(jobs, client), len(client.ncores()), None)


def _run(
    jobs: list[sweep.PlannedJob], pending: list[sweep.Job], executor: JobExecutor, out: Path
) -> dict[str, sweep.JobResult]:
    """Outcomes of all jobs, those of before among them."""
    names = {job.name for job in pending}
    ended = {
        job.name: sweep.JobResult(job.name, job.result, job.error)
        for job in jobs
        if job.name not in names
    }
    done = sum(job.result is not None for job in jobs)
    if done:
        print(f"{done} of {len(jobs)} jobs already finished, skipped", file=sys.stderr)
    try:
        with (
            with_resume_hint(out),
            SweepProgress(jobs, names, executor.workers, sys.stderr) as progress,
            contextlib.closing(
                executor.run(pending)
            ) as running,  # processes end before the last word
            contextlib.closing(sweep.collect_results(out, jobs, running)) as saved,
        ):
            for outcome in saved:
                ended[outcome.name] = outcome
                progress.update(outcome)
    except SweepError as error:
        raise SweepError(f"{error}{resume_hint(out)}") from error
    return ended


def _print_summary(
    args: argparse.Namespace,
    jobs: list[sweep.PlannedJob],
    outcomes: dict[str, sweep.JobResult],
    out: Path,
) -> int:
    failed = [job for job in jobs if outcomes[job.name].error is not None]
    for job in failed:
        message = f"{job.title} ({job.name}): {outcomes[job.name].error}"
        print(f"liaf-ref: error: {message}", file=sys.stderr)
    counts = {"jobs": len(jobs), "finished": len(jobs) - len(failed), "failed": len(failed)}
    table = out / "results.csv"
    if args.json:
        errors = [{"job": job.name, "error": outcomes[job.name].error} for job in failed]
        facts = {
            "out": str(out),
            "table": str(table),
            "versions": library_versions(),
            "errors": errors,
        }
        print(json.dumps(counts | facts, indent=2))
    else:
        print(", ".join(f"{count} {name}" for name, count in counts.items()))
        print(f"table: {table}   runs: {out / 'jobs'}")
    return 1 if failed else 0


def _print_jobs(args: argparse.Namespace, jobs: list[sweep.PlannedJob]) -> int:
    order = sweep.longest_first(jobs)
    if args.json:
        rows = [{"job": job.name, "state": job.state, **asdict(job.config)} for job in order]
        print(json.dumps({"jobs": rows}, indent=2))
        return 0
    for job in order:
        print(f"{job.name}  {job.state:<8}  {job.title}")
    print(f"{len(jobs)} jobs")
    return 0
