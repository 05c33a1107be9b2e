"""``liaf-ref sweep`` and ``resume``: run all jobs of a specification; continue any runs."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from liaf_ref._core.errors import InputError, RunError
from liaf_ref._core.provenance import library_versions
from liaf_ref._core.system import available_cores
from liaf_ref.cli import options, run_options, run_study
from liaf_ref.cli.options import Answer, Parser, option
from liaf_ref.cli.output import say
from liaf_ref.cli.run import Estimate, work
from liaf_ref.cli.run_summary import failure_code, write_summary
from liaf_ref.experiments.runner import manifest as manifests
from liaf_ref.experiments.runner.jobs import SMALLER, Job
from liaf_ref.experiments.runner.spec import read_spec

OPTION_NAMES = run_options.OPTION_NAMES | {"fraction": "validation_fraction of the specification"}


def add(parser: Parser) -> None:
    """Add the options."""
    option(parser, "spec SPEC.toml", options.any_path, "specification; see docs/use/runs.md")
    run_options.add_worker_options(parser)
    run_options.add_data_options(parser)
    option(parser, "--out DIR", options.any_path, "new, or to resume (default: runs/sweep-N)")
    option(parser, "--retry-failed", bool, "restart failed jobs from scratch")
    option(parser, "--dry-run", bool, "list the jobs without running them")
    parser.runs(command, SMALLER, **OPTION_NAMES)


def command(args: argparse.Namespace) -> int | Answer:
    """Run all jobs of a sweep specification: a grid of tasks, cells, seeds and other options.

    The result of a job depends only on its configuration. To resume an interrupted or killed
    sweep, start it again with the same --out.

    example:
      liaf-ref sweep docs/sweeps/table03.toml --data tasks_1-20_v1-2 --jobs 2 --out babi
    the same command again resumes the sweep if it was interrupted
    """
    spec = read_spec(args.spec)
    configs = {f"{manifests.JOBS_DIR}/{name}": config for name, config in spec.configs.items()}
    manifest = run_options.make_manifest(
        manifests.SWEEP, spec.experiment, configs, args, extend=True
    )
    is_told = manifest.source.folder or args.generated
    if not is_told and "folder" in spec.experiment.source_fields:
        say("data: generated, as --data names no folder of published data")
    return work(manifest, args.out, args, _list_jobs if args.dry_run else count_jobs)


def count_jobs(out: Path, jobs: Sequence[Job], estimate: Estimate = None) -> Answer:
    """Count the finished and failed jobs of a sweep, and print the errors."""
    out = out.resolve()
    failed = [job for job in jobs if job.error is not None]
    for job in failed:
        say(f"error: {job.title} ({Path(job.name).name}): {job.error}")
    counts = {"jobs": len(jobs), "finished": len(jobs) - len(failed), "failed": len(failed)}
    table = out / "results.csv"
    facts = {
        "out": str(out),
        "table": str(table),
        "versions": library_versions(),
        "errors": [{"job": Path(job.name).name, "error": job.error} for job in failed],
        **({"estimate": estimate} if estimate else {}),
    }
    text = ", ".join(f"{count} {name}" for name, count in counts.items())
    text += f"\ntable: {table}   runs: {out / manifests.JOBS_DIR}"
    return Answer(counts | facts, text, failure_code(failed))


def _list_jobs(_: Path, jobs: Sequence[Job], estimate: Estimate) -> Answer:
    names = [(Path(job.name).name, job) for job in jobs]
    rows = [{"job": name, "state": job.state, **asdict(job.config)} for name, job in names]
    lines = [f"{name}  {job.state:<8}  {job.title}" for name, job in names]
    return Answer({"jobs": rows, "estimate": estimate}, "\n".join([*lines, f"{len(jobs)} jobs"]))


def add_resume(parser: Parser) -> None:
    """Add the options of ``resume``."""
    option(parser, "folder DIR", options.any_path, "output folder, or that of one run in it")
    option(parser, "--data DIR", options.any_path, "new location of the same data, if moved")
    option(parser, "--cache DIR", options.output_path, run_options.CACHE_HELP)
    run_options.add_worker_options(parser)
    parser.runs(resume, SMALLER, **run_options.OPTION_NAMES)


def resume(args: argparse.Namespace) -> int | Answer:
    """Resume the work in a folder: one run, all runs or the study of a `liaf-ref run`, or a sweep.

    The configuration and the location of the data are read from the manifest of the folder;
    plugins, which are code, are not. Finished runs are skipped; runs that had not started are
    started.

    example: liaf-ref resume runs/babi-1
    """
    found = manifests.find_manifest(args.folder, args.plugins)
    if found is None:
        expected = f"expected a run, a folder of runs or a sweep, got no {manifests.MANIFEST_FILE}"
        raise RunError(f"{args.folder}: nothing to resume: {expected}")
    resolved, name, manifest = found
    out = args.folder if name is None else resolved
    moved = {"folder": args.data, "cache": args.cache}
    places = {field: path.resolve() for field, path in moved.items() if path is not None}
    source = replace(manifest.source, **places)
    manifest = manifest._replace(plugins=args.plugins, source=source)
    if args.dask is None and args.jobs is None:
        if manifest.workers is None:
            advice = "pass --dask ADDRESS to continue there, or --jobs N to continue here"
            raise InputError(f"{out}: was run on a Dask cluster; {advice}")
        args.jobs = min(manifest.workers, available_cores())
    if name is None and manifest.kind == manifests.STUDY:
        return run_study.resume(manifest, out, args)
    is_sweep = name is None and manifest.kind == manifests.SWEEP
    finish = count_jobs if is_sweep else partial(write_summary, manifest, only=name)
    return work(manifest, out, args, finish, name and [name], args.folder)
